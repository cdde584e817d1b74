using Microsoft.Extensions.Time.Testing;
using Polyphony.Inference.Protocols;
using Polyphony.Rooms;
using Polyphony.Testing;

namespace Polyphony.Tests.Turns;

/// <summary>The ways in which a turn ends before its model is done. Each leaves an outcome with its reason, and a persona that is free for the next.</summary>
public sealed class TurnEndTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Cancellation_while_it_waits_ends_the_loop_quietly()
    {
        var conversation = Cast.Conversation();
        conversation.OpenFeed();
        var solo = new SoloLoop(conversation, new ScriptedChatClient());
        var serving = solo.ServeAsync();

        await solo.StopAsync();

        await serving;
        solo.Log.Turns.ShouldBeEmpty();
        solo.Log.Faults.ShouldBeEmpty("to be stopped is no fault");
    }

    [Fact]
    public async Task A_loop_that_was_stopped_takes_no_further_offer()
    {
        var conversation = Cast.Conversation().Message("hello");
        var solo = new SoloLoop(conversation, new ScriptedChatClient());
        await solo.StopAsync();

        await solo.ServeAsync();

        conversation.OfferCount.ShouldBe(0);
    }

    [Fact]
    public async Task Cancellation_in_mid_turn_ends_the_turn_as_cancelled_and_hands_it_in()
    {
        var conversation = Cast.Conversation().Message("hello").Message("and hello again");
        var model = new ScriptedChatClient(ScriptedAnswer.Hangs());
        var solo = new SoloLoop(conversation, model);
        var serving = solo.ServeAsync();
        await model.WhenCalledAsync(1, solo.TestEnds);

        await solo.StopAsync();

        await serving;
        conversation.Results.ShouldHaveSingleItem().Outcome.ShouldBeOfType<TurnOutcome.Cancelled>();
        solo.Log.Outcomes.ShouldHaveSingleItem().ShouldBeOfType<TurnOutcome.Cancelled>();
        conversation.Said.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_deadline_ends_the_turn_as_timed_out_and_not_a_moment_before()
    {
        var time = new FakeTimeProvider();
        var conversation = Cast.Conversation().WithTurnTimeout(Deadline).Message("hello").Message("still there?");
        var model = new ScriptedChatClient(time, ScriptedAnswer.Hangs(), ScriptedAnswer.Text("yes"));
        var solo = new SoloLoop(conversation, model, time: time);
        var serving = solo.ServeAsync();
        await model.WhenCalledAsync(1, solo.TestEnds);

        time.Advance(Deadline - TimeSpan.FromTicks(1));
        conversation.Results.ShouldBeEmpty();
        time.Advance(TimeSpan.FromTicks(1));
        await serving;

        solo.Log.Outcomes[0].ShouldBeOfType<TurnOutcome.TimedOut>().Reason.ShouldContain("30 s");
        solo.Log.Outcomes[1].ShouldBe(TurnOutcome.Spoke.Instance);
    }

    [Fact]
    public async Task The_time_of_one_turn_is_not_taken_from_the_next()
    {
        var time = new FakeTimeProvider();
        var slow = new ScriptedAnswerInTime(Deadline - TimeSpan.FromSeconds(1));
        var conversation = Cast.Conversation().WithTurnTimeout(Deadline).Message("one").Message("two").Message("three");
        var model = new ScriptedChatClient(time, slow.Saying("first"), slow.Saying("second"), slow.Saying("third"));
        var solo = new SoloLoop(conversation, model, time: time);
        var serving = solo.ServeAsync();

        for (var turn = 1; turn <= 3; turn++)
        {
            await model.WhenCalledAsync(turn, solo.TestEnds);
            time.Advance(slow.Duration);
            await conversation.WhenCompletedAsync(turn, solo.TestEnds);
        }

        await serving;
        conversation.Said.Select(s => s.Text).ShouldBe(["first", "second", "third"]);
    }

    [Fact]
    public async Task A_withdrawn_offer_ends_as_superseded_and_is_answered_at_the_next_attempt()
    {
        var conversation = Cast.Conversation().Message("hello");
        var model = new ScriptedChatClient(ScriptedAnswer.Hangs(), ScriptedAnswer.Text("hello yourself"));
        var solo = new SoloLoop(conversation, model);
        var serving = solo.ServeAsync();
        await model.WhenCalledAsync(1, solo.TestEnds);

        conversation.WithdrawOffer();

        await serving;
        solo.Log.Turns.Select(t => (t.Offer.Turn.Value, t.Offer.Attempt)).ShouldBe([(1, 1), (1, 2)]);
        solo.Log.Outcomes[0].ShouldBeOfType<TurnOutcome.Superseded>();
        solo.Log.Outcomes[1].ShouldBe(TurnOutcome.Spoke.Instance);
        model.Calls[0].CancellationToken.IsCancellationRequested.ShouldBeTrue("the model is told to stop");
    }

    [Fact]
    public async Task A_reply_to_an_offer_that_was_withdrawn_meanwhile_is_superseded_and_unsaid()
    {
        var conversation = Cast.Conversation().Message("hello");
        var gate = new TaskCompletionSource();
        var late = ScriptedAnswer.Text("too late") with { Gate = gate.Task, IgnoresCancellation = true };
        var model = new ScriptedChatClient(late, ScriptedAnswer.Text("in time"));
        var solo = new SoloLoop(conversation, model);
        var serving = solo.ServeAsync();
        await model.WhenCalledAsync(1, solo.TestEnds);

        conversation.WithdrawOffer();
        gate.SetResult();

        await serving;
        conversation.Said.ShouldHaveSingleItem().Text.ShouldBe("in time");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_model_that_ignores_its_token_does_not_hold_its_persona(bool answersLate)
    {
        var time = new FakeTimeProvider();
        var release = new TaskCompletionSource();
        var deaf = answersLate
            ? ScriptedAnswer.Text("words of ", "long ago") with { Gate = release.Task, IgnoresCancellation = true }
            : ScriptedAnswer.HangsForEver();
        var conversation = Cast.Conversation().WithTurnTimeout(Deadline).WithDraftsShown();
        var feed = conversation.OpenFeed();
        feed.Arrive("hello");
        feed.AfterOffer(1, new ScriptedEvent.Message("still there?"));
        var model = new ScriptedChatClient(time, deaf, ScriptedAnswer.Text("I am"), ScriptedAnswer.Text("indeed"));
        var solo = new SoloLoop(conversation, model, time: time);
        var serving = solo.ServeAsync();
        await model.WhenCalledAsync(1, solo.TestEnds);

        time.Advance(Deadline);
        await conversation.WhenCompletedAsync(2, solo.TestEnds);
        release.SetResult();
        feed.Arrive("and now?");
        feed.Close();
        await serving;

        solo.Log.Outcomes.Select(o => o.GetType()).ShouldBe([typeof(TurnOutcome.TimedOut), typeof(TurnOutcome.Spoke), typeof(TurnOutcome.Spoke)]);
        conversation.Said.Select(s => s.Text).ShouldBe(["I am", "indeed"]);
        conversation.Drafts.ShouldAllBe(d => !d.Words.Contains("long ago"));
    }

    [Fact]
    public async Task A_model_that_writes_nothing_without_end_is_ended_by_the_deadline()
    {
        // What this catches: a stream whose every step is there at once leaves the loop no wait in which to see its token.
        var time = new FakeTimeProvider();
        var conversation = Cast.Conversation().WithTurnTimeout(Deadline).Message("hello");
        var chunks = Enumerable.Repeat("", 100_000).ToArray();
        var model = new BusyChatClient(chunks, at: 10, () => time.Advance(Deadline));
        var solo = new SoloLoop(conversation, model, time: time);

        await solo.ServeAsync();

        solo.Log.Outcomes.ShouldHaveSingleItem().ShouldBeOfType<TurnOutcome.TimedOut>();
        model.Written.ShouldBeLessThan(20);
    }

    private sealed record ScriptedAnswerInTime(TimeSpan Duration)
    {
        public ScriptedAnswer Saying(string words) => ScriptedAnswer.Speak(words, PassWordProtocol.Instance) with { TimeToFirstToken = Duration };
    }
}
