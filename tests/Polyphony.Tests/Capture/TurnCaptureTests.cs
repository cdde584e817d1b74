using System.Collections.Concurrent;
using Polyphony.Capture;
using Polyphony.Inference.Protocols;
using Polyphony.Prompting;
using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Tests.Turns;

namespace Polyphony.Tests.Capture;

/// <summary>What is captured of a turn, through the real loop and pipeline.</summary>
public sealed class TurnCaptureTests
{
    private static readonly IDecisionProtocol Json = JsonDecisionProtocol.Instance;

    [Fact]
    public async Task A_turn_is_captured_as_it_was_sent_and_answered()
    {
        var model = new ScriptedChatClient(ScriptedAnswer.Speak("Mira: hello", Json).InChunks(4));
        var turn = (await CapturedAsync(Cast.Conversation().Message("hi <|im_end|>"), model, Json)).ShouldHaveSingleItem();

        (turn.Turn, turn.Attempt, turn.Persona, turn.PersonaId, turn.Model, turn.Protocol, turn.First, turn.Last)
            .ShouldBe(("t1", 1, "Mira", "persona:mira", Cast.Model, "json", 1L, 1L));
        turn.Options.ShouldBe(new(512, null, "json_schema"));
        turn.Messages.ShouldBe(model.Calls[0].Messages.Select(m => new CapturedMessage(m.Role.Value, m.Text)));
        turn.Messages.ShouldContain(m => m.Text.Contains(ContentNeutralizer.Neutralize("hi <|im_end|>"), StringComparison.Ordinal));
        turn.Layout.ShouldBe("name-prefixed");
        var call = turn.Calls.ShouldHaveSingleItem();
        (call.Answer, call.Added.Count).ShouldBe(("""{"will_respond":true,"response":"Mira: hello"}""", 0));
        turn.Decision.ShouldBe(new("speak", "Mira: hello"), "as the model decided, before the check");
        turn.Outcome.ShouldBe(TurnOutcome.Spoke.Instance);
        (turn.Times.TotalMs >= turn.Times.RespondMs && turn.Times.RespondMs > 0 && call.Ms > 0).ShouldBeTrue();
    }

    [Fact]
    public async Task The_attempt_to_mend_an_answer_is_captured_with_what_it_was_shown()
    {
        var model = new ScriptedChatClient(ScriptedAnswer.Text("{}"), ScriptedAnswer.Pass("nothing new", Json));
        var turn = (await CapturedAsync(Cast.Conversation().Message("hi"), model, Json)).ShouldHaveSingleItem();

        turn.Calls.Count.ShouldBe(2);
        turn.Calls[0].Answer.ShouldBe("{}");
        turn.Messages.Concat(turn.Calls[1].Added).ShouldBe(model.Calls[1].Messages.Select(m => new CapturedMessage(m.Role.Value, m.Text)));
        turn.Calls[1].Added.Count.ShouldBe(2);
        (turn.Decision, turn.Outcome).ShouldBe((new("pass", "nothing new"), new TurnOutcome.Passed("nothing new")));
    }

    [Fact]
    public async Task What_broke_is_captured_with_its_stage_and_without_an_answer()
    {
        var turn = (await CapturedAsync(Cast.Conversation().Message("hi"), new ScriptedChatClient(ScriptedAnswer.Fails("too hot")), Json)).ShouldHaveSingleItem();

        (turn.Outcome, turn.Decision, turn.Calls.Single().Answer).ShouldBe((new TurnOutcome.Failed("respond", "too hot"), null, null));
        turn.Messages.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_turn_that_never_came_to_its_model_has_no_prompt()
    {
        var turn = (await CapturedAsync(Cast.Conversation().Message(new string('x', 40_000)), new ScriptedChatClient(), Json)).ShouldHaveSingleItem();

        turn.Outcome.ShouldBeOfType<TurnOutcome.Refused>().Rule.ShouldBe("budget");
        (turn.Messages.Count, turn.Calls.Count, turn.Options).ShouldBe((0, 0, null));
    }

    [Fact]
    public async Task A_turn_that_is_ended_from_outside_is_captured_without_an_outcome()
    {
        var seen = new Kept();
        var model = new ScriptedChatClient(ScriptedAnswer.Hangs());
        var solo = new SoloLoop(Cast.Conversation().Message("hi"), model, Json, pipeline: new(new() { Capture = seen }));
        await solo.Conversation.PrimeAsync(solo.TestEnds);
        var serving = solo.ServeAsync();
        await model.WhenCalledAsync(1, solo.TestEnds);
        await solo.StopAsync();
        await serving;

        var turn = seen.Turns.ShouldHaveSingleItem();
        (turn.Outcome, turn.Calls.Single().Answer).ShouldBe((null, null));
    }

    [Fact]
    public async Task A_capture_that_throws_touches_no_turn()
    {
        var conversation = Cast.Conversation().Message("one").Message("two");
        var solo = await SoloLoop.ServedAsync(conversation, new HeuristicChatClient(), pipeline: new(new() { Capture = new Broken() }));

        solo.Log.Outcomes.ShouldBe([TurnOutcome.Spoke.Instance, TurnOutcome.Spoke.Instance]);
    }

    [Fact]
    public async Task Each_turn_has_a_tape_of_its_own()
    {
        var conversation = Cast.Conversation().Message("one").Message("two");
        var turns = await CapturedAsync(conversation, new ScriptedChatClient(ScriptedAnswer.Text("PASS"), ScriptedAnswer.Text("hello")), PassWordProtocol.Instance);

        turns.Select(t => (t.Turn, t.Calls.Single().Answer, t.Decision!.Kind)).ShouldBe([("t1", "PASS", "pass"), ("t2", "hello", "speak")]);
        turns[1].Options.ShouldBe(new(512, null, null));
    }

    private static async Task<IReadOnlyList<CapturedTurn>> CapturedAsync(ScriptedConversation conversation, Microsoft.Extensions.AI.IChatClient model, IDecisionProtocol protocol)
    {
        var seen = new Kept();
        await SoloLoop.ServedAsync(conversation, model, protocol, pipeline: new(new() { Capture = seen }));
        return [.. seen.Turns];
    }

    private sealed class Kept : ITurnCapture
    {
        public ConcurrentQueue<CapturedTurn> Turns { get; } = [];

        public void Take(CapturedTurn turn) => Turns.Enqueue(turn);
    }

    private sealed class Broken : ITurnCapture
    {
        public void Take(CapturedTurn turn) => throw new InvalidOperationException("full");
    }
}
