using Polyphony.Inference.Protocols;
using Polyphony.Testing;

namespace Polyphony.Tests.Turns;

/// <summary>Words on their way: what a looker-on sees before the room has accepted them.</summary>
public sealed class DraftTests
{
    [Fact]
    public async Task Nobody_looks_and_no_draft_is_made()
    {
        var conversation = Cast.Conversation().Message("hi");

        await SoloLoop.ServedAsync(conversation, new ScriptedChatClient(ScriptedAnswer.Text("hello ", "there")));

        conversation.Drafts.ShouldBeEmpty();
        conversation.Said.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("pass")]
    [InlineData("json")]
    public async Task A_draft_grows_from_chunk_to_chunk_up_to_what_is_said(string protocol)
    {
        const string Words = "Passing by, I say \"true\" things {like this}\nand more 😀.";

        var conversation = await DraftedAsync(protocol, ScriptedAnswer.Speak(Words, DecisionProtocols.Find(protocol)));

        conversation.Drafts.Count.ShouldBeGreaterThan(10);
        conversation.Drafts.ShouldAllBe(d => Words.StartsWith(d.Words, StringComparison.Ordinal) && d.Turn == conversation.Said[0].Turn);
        conversation.Drafts.Select(d => d.Words.Length).ShouldBeInOrder();
        conversation.Drafts[^1].Words.ShouldBe(Words);
        conversation.Said.ShouldHaveSingleItem().Text.ShouldBe(Words);
    }

    [Theory]
    [InlineData("pass", "PASS")]
    [InlineData("pass", "PASS: nothing that is true and new")]
    [InlineData("pass", "**PASS**")]
    [InlineData("pass", "**PASS**: nothing new")]
    [InlineData("pass", "\"Pass.\"")]
    [InlineData("pass", " (PASS)")]
    [InlineData("pass", """{"will_respond":false,"response":""}""")]
    [InlineData("json", """{"will_respond":false,"response":""}""")]
    [InlineData("json", """{"will_respond": false, "response": "it is true that I know nothing"}""")]
    [InlineData("json", """{"response":"true, I stay silent","will_respond":false}""")]
    [InlineData("json", """{"why":"true","will_respond":false,"response":"silence"}""")]
    public async Task Silence_shows_no_draft(string protocol, string answer)
    {
        var conversation = await DraftedAsync(protocol, ScriptedAnswer.Text(answer));

        conversation.Drafts.ShouldBeEmpty();
        conversation.Said.ShouldBeEmpty();
    }

    [Fact]
    public async Task Escapes_and_the_end_of_the_object_are_never_shown()
    {
        const string Answer = """{ "will_respond" : true , "response" : "a\u0041\\n\n\"q\" \ud83d\ude00", "more": "not speech" }""";

        var conversation = await DraftedAsync("json", ScriptedAnswer.Text(Answer));

        const string Words = "aA\\n\n\"q\" 😀";
        conversation.Drafts.ShouldAllBe(d => Words.StartsWith(d.Words, StringComparison.Ordinal));
        conversation.Drafts.ShouldAllBe(d => !char.IsHighSurrogate(d.Words.Last()), "half an emoji is not a word");
        conversation.Said.ShouldHaveSingleItem().Text.ShouldBe(Words);
    }

    [Fact]
    public async Task The_draft_of_an_object_in_another_order_waits_for_the_whole()
    {
        var conversation = await DraftedAsync("json", ScriptedAnswer.Text("""{"response":"hello there","will_respond":true}"""));

        conversation.Drafts.ShouldBeEmpty();
        conversation.Said.ShouldHaveSingleItem().Text.ShouldBe("hello there");
    }

    /// <summary>One character at a time, so that every beginning of the answer is looked at.</summary>
    private static async Task<ScriptedConversation> DraftedAsync(string protocol, ScriptedAnswer answer)
    {
        var conversation = Cast.Conversation().WithDraftsShown().Message("hi");
        await SoloLoop.ServedAsync(conversation, new ScriptedChatClient(answer.InChunks(10_000)), DecisionProtocols.Find(protocol));
        return conversation;
    }
}
