using Microsoft.Extensions.AI;
using System.Globalization;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Tests.Turns.Speech;

/// <summary>What each rule of the check refuses, and what looks like it and is heard.</summary>
public sealed class SpeechRulesTests
{
    private const string Framing = "You are Ada. A mason.\nReply with your own words only: no name in front. Speak in the first person, only for yourself, and never write a line for somebody else.";

    private static readonly PersonaCard Card = new("Ada") { ExampleLines = ["A wall is a slow conversation with gravity, I always say."] };

    private static readonly string[] Good =
    [
        "Yes.", "42", "👍", "…", "?", "OK", "Noooooooooo!", "hahahahahaha", "No, no, no!", "Вода — это жизнь, и я её люблю.", "我觉得这堵墙很老了，但是它还能再站一百年。", "نعم، الجدار قديم جدا لكنه جميل.",
        "हाँ, यह दीवार बहुत पुरानी है, पर सुंदर है।", "はい、そう思います。壁は古いですね。", "กำแพงนี้เก่ามากแล้วแต่ยังแข็งแรง", "🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉", "1. stone\n2. lime\n3. sand", "| a | b |\n|---|---|\n| 1 | 2 |",
        "```csharp\nvar x = y[0];\n```\nThat is it.", "The token <|im_end|> closes a turn.", "In ChatML, `<|im_start|>user` opens one.", "I read [INST] in a log once.", "He/she said so.", "[and/or] is ugly.",
        "I saw === SECTION === at the top of a reply.", "The header [Recent Memory] was posted by mistake.", "You are right, Bo.", "You are Bo, are you not?", "As an AI persona, I have no hands.", "As an old mason, I know.",
        "The JSON key \"will_respond\" must be a boolean.", "Use `<tool_call>` for that.", "Error: that is what my wife calls me.", "[laughs] Well.", "Note: it is late.", "At 12:03 Bo: the fool: came.",
        "@Bo: what do you think?", "I said to Bo: go home.", "A wall is a slow conversation with gravity, I always say.", "She wrote:\n\"come home\"", "https://example.org/a:b", "12:30 lunch: soup\n14:00 talk: walls",
        "> Bo: hello\n\nHello to you, Bo!", "You asked:\n> Bo: is it late?\nIt is.", "The log says:\n```\nBo: started\nUser: root\n```", "So it looks:\n```\n<|im_start|>user\nhello<|im_end|>\n```",
        "[Bo](https://example.org/bo) wrote that.", "<s>ten</s> nine euros", "[src/wall.c] is the file.", "You are Ada's best friend.", "I am Claude's neighbour.", "Exception: on Sundays I rest.",
        "502 Bad Gateway means that the proxy got no answer.", "### Instructions\n1. Mix.\n2. Wait.", "### Inputs and outputs\nLime in, wall out.", "My thought: an action is needed.",
    ];

    public static TheoryData<string> Heard => [.. Good];

    [Theory]
    [MemberData(nameof(Heard))]
    public void What_a_person_would_say_is_heard(string text) => RuleOf(text).ShouldBeNull();

    [Theory]
    [InlineData("other-voice", "Bo: I think so.")]
    [InlineData("other-voice", "Во: I think so.")]
    [InlineData("other-voice", "Ｂｏ： I think so.")]
    [InlineData("other-voice", "Dr꞉ Who: I think so.")]
    [InlineData("other-voice", "[12:03] Bo: I think so.")]
    [InlineData("other-voice", "12:03:11 PM Bo: I think so.")]
    [InlineData("other-voice", "**Bo**: I think so.")]
    [InlineData("other-voice", "Bo (persona): I think so.")]
    [InlineData("other-voice", "<Bo> I think so.")]
    [InlineData("other-voice", "[Bo] I think so.")]
    [InlineData("other-voice", "Yes.\nHana Nová: I think so.")]
    [InlineData("other-voice", "Vic (2): I think so.")]
    [InlineData("other-voice", "Dr: Who: I think so.")]
    [InlineData("other-voice", "Hana\u00a0Nová: I think so.")]
    [InlineData("other-voice", "Hana  Nová: I think so.")]
    [InlineData("other-voice", "Ｂｏ: I think so.")]
    [InlineData("other-voice", "Bo\u2236 I think so.")]
    [InlineData("other-voice", "Bo\ufe55 I think so.")]
    [InlineData("other-voice", "Yes.\u000bBo: I think so.")]
    [InlineData("other-voice", "> Bo: I think so.")]
    [InlineData("other-voice", "I think so.\n> Bo: me too")]
    [InlineData("other-voice", "```\nBo: I think so.\n```")]
    [InlineData("other-voice", "```\nwall\n```\nBo: I think so.")]
    [InlineData("other-voice", "persona:bo I think so.")]
    [InlineData("other-voice", "human:Hana Nová: I think so.")]
    [InlineData("other-voice", "123e4567-e89b-12d3-a456-426614174000 I think so.")]
    [InlineData("other-voice", "[2026-01-01 12:03] Zed: I think so.")]
    [InlineData("framing-echo", "=== RECENT MESSAGES ===\nhello")]
    [InlineData("framing-echo", "[Recent Memory]\n- hello")]
    [InlineData("framing-echo", "## [Social Awareness]\nhello")]
    [InlineData("framing-echo", "You are Ada, a mason.")]
    [InlineData("framing-echo", "System: You are Ada, a mason.")]
    [InlineData("framing-echo", "[System] You are Ada, a mason.")]
    [InlineData("framing-echo", "## Recent Memory\n- walls")]
    [InlineData("framing-echo", "**Social Awareness**\nhello")]
    [InlineData("framing-echo", "[recent memory]\n- walls")]
    [InlineData("framing-echo", "Reply with your own words only: no name in front.")]
    [InlineData("framing-echo", "Speak in the first person, only for yourself, and never write a line")]
    [InlineData("framing-echo", "Recent conversation:\nhello")]
    [InlineData("framing-echo", "New message:\nhello")]
    [InlineData("framing-echo", "New messages:\nhello")]
    [InlineData("framing-echo", "As an AI language model, I cannot lift stones.")]
    [InlineData("framing-echo", "I'm ChatGPT, made by OpenAI.")]
    [InlineData("garbage", "a\0b")]
    [InlineData("garbage", "a\u0001b\u0002c\u0003d\u0004e\u0005f\u0006")]
    [InlineData("garbage", "\ufffd\ufffd\ufffd\ufffd hm")]
    [InlineData("garbage", "I like the wall. I like the wall. I like the wall. I like it")]
    [InlineData("garbage", "wall wall wall wall wall wall and a and b and c and d and e and f")]
    [InlineData("garbage", "我很喜欢这堵古老的墙啊我很喜欢这堵古老的墙啊我很喜欢这堵古老的墙啊")]
    [InlineData("garbage", "{}[]();:,.{}[]();:,.{}[]();:,.{}[]();:,.{}[]();:,.{}[]();:,. abc")]
    [InlineData("garbage", "Traceback (most recent call last):\n  File")]
    [InlineData("garbage", "Error: model 'x' not found")]
    [InlineData("garbage", "[Error: model timed out]")]
    [InlineData("garbage", "Exception: connection refused")]
    [InlineData("garbage", "HTTP 500: Internal Server Error")]
    [InlineData("garbage", "Sorry, an error occurred while generating the response.")]
    [InlineData("garbage", "The wall is old and [truncated]")]
    [InlineData("tool-markup", "<tool_call>{\"name\":\"speak\"}</tool_call>")]
    [InlineData("tool-markup", "Let me look.\n<function_call>search</function_call>")]
    [InlineData("tool-markup", "[code/read] src/Wall.cs")]
    [InlineData("tool-markup", "[chat/send text=hello]")]
    [InlineData("tool-markup", "{\"will_respond\":true,\"response\":\"hi\"}")]
    [InlineData("tool-markup", "```json\n{\"name\": \"speak\", \"arguments\": {}}\n```")]
    [InlineData("tool-markup", "Here:\n```\n```")]
    [InlineData("tool-markup", "Here:\n```csharp\nvar x = 1;")]
    [InlineData("tool-markup", "Action: search\nAction Input: wall")]
    [InlineData("tool-markup", "speak(text=\"hello\")")]
    [InlineData("tool-markup", "```tool_code\nspeak(text='hello')\n```")]
    [InlineData("tool-markup", "Thought: I must look.\nAction: search[wall]")]
    [InlineData("template-tokens", "[|assistant|]hello[|endofturn|]")]
    [InlineData("template-tokens", "```\n<|im_start|>user\nhello\n```")]
    [InlineData("template-tokens", "<s>[INST] hello</s>")]
    [InlineData("template-tokens", "### Response\nhello")]
    [InlineData("template-tokens", "<|im_end|>")]
    [InlineData("template-tokens", "Yes.<|im_end|>")]
    [InlineData("template-tokens", "Yes.<|im_end|>\n<|im_start|>user\nno")]
    [InlineData("template-tokens", "<|start_header_id|>user<|end_header_id|> no")]
    [InlineData("template-tokens", "<｜Assistant｜>Yes")]
    [InlineData("template-tokens", "[INST] do this [/INST] now")]
    [InlineData("template-tokens", "Yes.</s>")]
    [InlineData("template-tokens", "Yes <|eot_id|> <|start_header_id|> no")]
    [InlineData("template-tokens", "Yes.\n### Human: and now?")]
    [InlineData("template-tokens", "Yes.\nUser: and now?\nAssistant: now")]
    [InlineData("empty", "Ada:")]
    public void What_breaks_a_rule_is_refused_under_its_name(string rule, string text)
    {
        RuleOf(text).ShouldBe(rule);
        RuleOf($"Ada: {text}").ShouldBe(rule, "its own label in front changes nothing");
    }

    [Theory]
    [InlineData("[12:03] Ada: hello", "hello")]
    [InlineData("Ada (persona): hello", "hello")]
    [InlineData("<Ada> hello", "hello")]
    [InlineData("[Ada] hello", "hello")]
    [InlineData("**Ada**: hello", "hello")]
    [InlineData("**Ada:** *laughs* hello", "*laughs* hello")]
    [InlineData("**Ada**: *laughs* hello", "*laughs* hello")]
    [InlineData("**[12:03] Ada:** hello", "hello")]
    [InlineData("Ada: *laughs* hello", "*laughs* hello")]
    [InlineData("Ada: `x` is it", "`x` is it")]
    [InlineData("Ada:\n```\nx\n```", "```\nx\n```")]
    [InlineData("Ada: ```\nx\n```", "```\nx\n```")]
    public void Its_own_label_is_trimmed_in_every_form(string text, string said) => Check("hi", text).Text.ShouldBe(said);

    [Fact]
    public void Pictures_without_end_are_a_loop_and_a_few_are_a_cheer()
    {
        RuleOf(string.Concat(Enumerable.Repeat("😀", 400))).ShouldBe("garbage");
        RuleOf(string.Concat(Enumerable.Repeat("😀", 40))).ShouldBeNull();
    }

    [Fact]
    public void Who_is_asked_what_it_is_may_say_so()
    {
        RuleOf("As an AI language model, I have no hands.", asked: "Are you a bot, Ada?").ShouldBeNull();
        RuleOf("I'm Claude underneath, with Ada's card.", asked: "Which model are you?").ShouldBeNull();
    }

    [Fact]
    public void Words_of_the_prompt_that_somebody_said_may_be_said_again() =>
        RuleOf("Reply with your own words only: no name in front.", asked: "Finish this: Reply with your own words only: no name in front.").ShouldBeNull();

    [Fact]
    public void The_rules_have_stable_names() => SpeechCheck.Rules.Select(r => r.Name).ShouldBe(
        ["tool-markup", "template-tokens", "framing-echo", "other-voice", "garbage", "near-duplicate"]);

    private static string? RuleOf(string text, string asked = "hi") => (Check(asked, text).Outcome as TurnOutcome.Refused)?.Rule;

    private static TurnResult Check(string asked, string text) => SpeechCheck.Check(SpeechStage.Offer(asked), Card, text, [new(ChatRole.System, Framing)]);
}

/// <summary>Offers for the rules.</summary>
internal static class SpeechStage
{
    public static readonly ParticipantId Ada = new("persona:ada");

    private static readonly ParticipantId Bo = new("persona:bo");
    private static readonly ParticipantId Hana = new("human:Hana Nová");

    private static readonly Roster Everybody = Roster.Of(
        new(Ada, AuthorKind.Persona, "Ada"), new(Bo, AuthorKind.Persona, "Bo"), new(Hana, AuthorKind.Human, "Hana Nová"), new(new("human:Vic"), AuthorKind.Human, "Vic"),
        new(new("human:vic"), AuthorKind.Human, "Vic"), new(new("human:w"), AuthorKind.Human, "Dr: Who"));

    /// <summary>An offer to answer the last of these messages; one that begins with <c>A:</c> is Ada's own, with <c>B:</c> Bo's, else Hana's.</summary>
    public static Offer Offer(params string[] said)
    {
        var messages = said.Select((text, i) => Message(text, i + 1)).ToArray();
        return new()
        {
            Room = new("r"),
            Turn = new(1),
            Attempt = 1,
            Persona = Ada,
            First = messages.Length,
            Last = messages.Length,
            Transcript = TranscriptView.Of(messages),
            Roster = Everybody,
            Timeout = TimeSpan.FromMinutes(1),
        };
    }

    private static Message Message(string text, long seq)
    {
        var (author, kind) = text.StartsWith("A:", StringComparison.Ordinal) ? (Ada, AuthorKind.Persona) : text.StartsWith("B:", StringComparison.Ordinal) ? (Bo, AuthorKind.Persona) : (Hana, AuthorKind.Human);
        var words = kind == AuthorKind.Human ? text : text[2..].Trim();
        return new()
        {
            Id = new(string.Create(CultureInfo.InvariantCulture, $"#{seq}")),
            Seq = seq,
            Author = author,
            Kind = kind,
            Text = words,
            At = DateTimeOffset.UnixEpoch,
            Mentions = Everybody.FindMentions(words),
        };
    }
}
