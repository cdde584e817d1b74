using Microsoft.Extensions.AI;
using Polyphony.Inference.Protocols;
using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Turns;

namespace Polyphony.Tests.Turns;

/// <summary>What becomes of what a model answers.</summary>
public sealed class AnswerTests
{
    private static readonly IDecisionProtocol Json = JsonDecisionProtocol.Instance;

    public static TheoryData<string> Protocols => [.. DecisionProtocols.Names];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Speech_is_said_in_every_protocol(string protocol)
    {
        const string Words = "She said: \"line one\nline two\" 😀 \\ done";
        var spoken = DecisionProtocols.Find(protocol);

        var solo = await AskedAsync(spoken, ScriptedAnswer.Speak(Words, spoken));

        solo.Log.Outcomes.ShouldBe([TurnOutcome.Spoke.Instance]);
        solo.Conversation.Said.ShouldHaveSingleItem().Text.ShouldBe(Words);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Silence_is_a_pass_with_the_models_reason_in_every_protocol(string protocol)
    {
        var spoken = DecisionProtocols.Find(protocol);

        var solo = await AskedAsync(spoken, ScriptedAnswer.Pass("nothing new to me", spoken));

        solo.Log.Outcomes.ShouldBe([new TurnOutcome.Passed("nothing new to me")]);
        solo.Conversation.Said.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_failing_model_is_a_failure_of_its_stage_and_never_a_pass()
    {
        var conversation = Cast.Conversation().Message("one").Message("two");
        var model = new ScriptedChatClient(ScriptedAnswer.Fails("out of\nmemory"), ScriptedAnswer.Text("I am back"));

        var solo = await SoloLoop.ServedAsync(conversation, model);

        solo.Log.Outcomes.ShouldBe([new TurnOutcome.Failed("respond", "out of memory"), TurnOutcome.Spoke.Instance]);
        model.Calls.Count.ShouldBe(2, "a failed call is not tried again");
    }

    [Fact]
    public async Task A_model_that_breaks_off_in_mid_answer_has_said_nothing()
    {
        var broken = ScriptedAnswer.Text("I was about to") with { Failure = new IOException("connection reset") };

        var solo = await AskedAsync(PassWordProtocol.Instance, broken);

        solo.Log.Outcomes.ShouldBe([new TurnOutcome.Failed("respond", "connection reset")]);
        solo.Conversation.Said.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_models_own_cancellation_is_a_failure_and_not_the_loops()
    {
        // What this catches: HTTP clients report their own time-out as a cancellation.
        var solo = await AskedAsync(PassWordProtocol.Instance, ScriptedAnswer.Fails(new TaskCanceledException("the server took too long")));

        solo.Log.Outcomes.ShouldBe([new TurnOutcome.Failed("respond", "the server took too long")]);
    }

    [Fact]
    public async Task A_bad_answer_gets_one_attempt_to_mend_it_that_shows_the_model_its_error()
    {
        const string Bad = """{"will_respond":"yes","response":"hello"}""";
        var model = new ScriptedChatClient(ScriptedAnswer.Text(Bad), ScriptedAnswer.Speak("hello", Json));

        var solo = await SoloLoop.ServedAsync(Cast.Conversation().Message("hi"), model, Json);

        solo.Conversation.Said.ShouldHaveSingleItem().Text.ShouldBe("hello");
        model.Calls.Count.ShouldBe(2);
        var (first, second) = (model.Calls[0].Messages, model.Calls[1].Messages);
        second.Take(first.Count).ShouldBe(first, "it sees the same conversation again");
        second[^2].Role.ShouldBe(ChatRole.Assistant);
        second[^2].Text.ShouldBe(Bad);
        second[^1].Role.ShouldBe(ChatRole.User);
        second[^1].Text.ShouldContain("will_respond is not true or false");
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_second_bad_answer_is_a_failure_and_there_is_no_third_attempt(string protocol)
    {
        var model = new ScriptedChatClient(ScriptedAnswer.Text(" "), ScriptedAnswer.Text(" "), ScriptedAnswer.Text("never asked for"));

        var solo = await SoloLoop.ServedAsync(Cast.Conversation().Message("hi"), model, DecisionProtocols.Find(protocol));

        var failed = solo.Log.Outcomes.ShouldHaveSingleItem().ShouldBeOfType<TurnOutcome.Failed>();
        failed.Stage.ShouldBe("respond");
        model.Calls.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("Mira: hello")]
    [InlineData("**Mira:** hello")]
    [InlineData("<mira>: hello")]
    [InlineData("Mira: Mira: hello")]
    public async Task Its_own_label_is_trimmed(string answer)
    {
        var solo = await AskedAsync(PassWordProtocol.Instance, ScriptedAnswer.Text(answer));

        solo.Conversation.Said.ShouldHaveSingleItem().Text.ShouldBe("hello");
    }

    [Theory]
    [InlineData("Vera: I agree with Mira")]
    [InlineData("Hello.\nvera: hello yourself")]
    [InlineData("Mira: Vera: hello")]
    public async Task Words_under_anothers_label_are_refused(string answer)
    {
        var solo = await AskedAsync(PassWordProtocol.Instance, ScriptedAnswer.Text(answer));

        solo.Log.Outcomes.ShouldHaveSingleItem().ShouldBeOfType<TurnOutcome.Refused>().Rule.ShouldBe("other-voice");
        solo.Conversation.Said.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Remember: tea first")]
    [InlineData("I asked Vera: is it late?")]
    public async Task A_colon_alone_is_nobodys_label(string answer)
    {
        var solo = await AskedAsync(PassWordProtocol.Instance, ScriptedAnswer.Text(answer));

        solo.Conversation.Said.ShouldHaveSingleItem().Text.ShouldBe(answer);
    }

    [Fact]
    public async Task Speech_of_nothing_but_its_own_label_is_refused_as_empty()
    {
        var solo = await AskedAsync(PassWordProtocol.Instance, ScriptedAnswer.Text("Mira: "));

        solo.Log.Outcomes.ShouldHaveSingleItem().ShouldBeOfType<TurnOutcome.Refused>().Rule.ShouldBe("empty");
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task An_answer_over_the_limit_is_refused_and_never_cut(int over, bool said)
    {
        var answer = string.Join(' ', Enumerable.Range(100_000, TurnPipeline.AnswerLimit / 7 + 1))[..(TurnPipeline.AnswerLimit + over)];

        var solo = await AskedAsync(PassWordProtocol.Instance, ScriptedAnswer.Text(answer).InChunks(8));

        if (said)
        {
            solo.Conversation.Said.ShouldHaveSingleItem().Text.Length.ShouldBe(TurnPipeline.AnswerLimit);
        }
        else
        {
            solo.Log.Outcomes.ShouldHaveSingleItem().ShouldBeOfType<TurnOutcome.Refused>().Rule.ShouldBe("too-long");
            solo.Conversation.Said.ShouldBeEmpty();
        }
    }

    [Theory]
    [InlineData("pass", 2)]
    [InlineData("pass", 40)]
    [InlineData("json", 2)]
    [InlineData("json", 40)]
    public async Task Many_chunks_fold_to_the_same_message_as_one(string protocol, int chunks)
    {
        var spoken = DecisionProtocols.Find(protocol);
        var answer = ScriptedAnswer.Speak("Well, \"that\" depends: who asks, and\nwhy? 😀", spoken);

        var whole = await AskedAsync(spoken, answer);
        var pieces = await AskedAsync(spoken, answer.InChunks(chunks));

        pieces.Conversation.Said[0].Text.ShouldBe(whole.Conversation.Said[0].Text);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task An_answer_that_was_cut_off_gets_its_repair_and_is_never_half_said(string protocol)
    {
        var spoken = DecisionProtocols.Find(protocol);
        var cut = ScriptedAnswer.Speak("I was about to say that the wall", spoken) with { FinishReason = ChatFinishReason.Length };
        var model = new ScriptedChatClient(cut, cut);

        var solo = await SoloLoop.ServedAsync(Cast.Conversation().Message("hi"), model, spoken);

        solo.Log.Outcomes.ShouldHaveSingleItem().ShouldBeOfType<TurnOutcome.Failed>().Error.ShouldContain("cut off at the length limit");
        solo.Conversation.Said.ShouldBeEmpty();
        model.Calls[1].Messages[^1].Text.ShouldContain("cut off at the length limit");
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_cut_off_answer_that_is_mended_is_said(string protocol)
    {
        var spoken = DecisionProtocols.Find(protocol);
        var cut = ScriptedAnswer.Speak("I was about to", spoken) with { FinishReason = ChatFinishReason.Length };

        var solo = await SoloLoop.ServedAsync(Cast.Conversation().Message("hi"), new ScriptedChatClient(cut, ScriptedAnswer.Speak("In short: no.", spoken)), spoken);

        solo.Conversation.Said.ShouldHaveSingleItem().Text.ShouldBe("In short: no.");
    }

    [Theory]
    [InlineData("pass")]
    [InlineData("json")]
    [InlineData("json-grammar")]
    [InlineData("tools")]
    public async Task A_call_of_an_unknown_tool_is_no_decision(string protocol)
    {
        var answer = ScriptedAnswer.Calls(new FunctionCallContent("1", "search\nweb", new Dictionary<string, object?> { ["q"] = "wall" }));
        var model = new ScriptedChatClient(answer, answer);

        var solo = await SoloLoop.ServedAsync(Cast.Conversation().Message("hi"), model, DecisionProtocols.Find(protocol));

        solo.Log.Outcomes.ShouldHaveSingleItem().ShouldBeOfType<TurnOutcome.Failed>().Error.ShouldContain("'search web'");
        model.Calls[1].Messages[^2].Text.ShouldBe("(called search web)");
    }

    [Theory]
    [InlineData("{\"antwort\":\"ja\",\"sprechen\":true}")]
    [InlineData("{\"will_respond\":true,\"response\":\"a\"}\n{\"will_respond\":true,\"response\":\"b\"}")]
    [InlineData("{\"will_respond\":true,\"response\":\"I was about")]
    public async Task Json_that_is_no_decision_is_never_said(string answer)
    {
        foreach (var protocol in new[] { "pass", "json", "json-grammar", "tools" })
        {
            var model = new ScriptedChatClient(ScriptedAnswer.Text(answer), ScriptedAnswer.Text(answer));

            var solo = await SoloLoop.ServedAsync(Cast.Conversation().Message("hi"), model, DecisionProtocols.Find(protocol));

            solo.Log.Outcomes.ShouldHaveSingleItem().ShouldBeOfType<TurnOutcome.Failed>(protocol);
            solo.Conversation.Said.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task A_megabyte_is_refused_as_too_long_and_not_asked_for_again()
    {
        var model = new ScriptedChatClient(ScriptedAnswer.Text(new string('a', 1024 * 1024)));

        var solo = await SoloLoop.ServedAsync(Cast.Conversation().Message("hi"), model);

        solo.Log.Outcomes.ShouldHaveSingleItem().ShouldBeOfType<TurnOutcome.Refused>().Rule.ShouldBe("too-long");
        model.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_megabyte_given_to_a_tool_is_refused_as_too_long_too()
    {
        var model = new ScriptedChatClient(ScriptedAnswer.Calls(new FunctionCallContent("1", "speak", new Dictionary<string, object?> { ["text"] = new string('a', 1024 * 1024) })));

        var solo = await SoloLoop.ServedAsync(Cast.Conversation().Message("hi"), model, ToolVerbProtocol.Instance);

        solo.Log.Outcomes.ShouldHaveSingleItem().ShouldBeOfType<TurnOutcome.Refused>().Rule.ShouldBe("too-long");
        model.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Reasoning_is_neither_said_nor_shown_as_a_draft()
    {
        var conversation = Cast.Conversation().Message("hi").WithDraftsShown();
        var answer = ScriptedAnswer.Text("<th", "ink>they want", " tea</think>", "\n\nTea, ", "please.") with { Contents = [new TextReasoningContent("hm")] };

        var solo = await SoloLoop.ServedAsync(conversation, new ScriptedChatClient(answer));

        solo.Conversation.Said.ShouldHaveSingleItem().Text.ShouldBe("Tea, please.");
        solo.Conversation.Drafts.ShouldAllBe(draft => draft.Words.StartsWith("Tea,", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_but_reasoning_is_no_decision()
    {
        var answer = ScriptedAnswer.Text("<think>they want tea, and so");

        var solo = await SoloLoop.ServedAsync(Cast.Conversation().Message("hi"), new ScriptedChatClient(answer, answer));

        solo.Log.Outcomes.ShouldHaveSingleItem().ShouldBeOfType<TurnOutcome.Failed>().Error.ShouldContain("nothing but reasoning");
    }

    private static Task<SoloLoop> AskedAsync(IDecisionProtocol protocol, ScriptedAnswer answer) =>
        SoloLoop.ServedAsync(Cast.Conversation().Message("hi"), new ScriptedChatClient(answer), protocol);
}
