using Microsoft.Extensions.Time.Testing;
using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Turns;

namespace Polyphony.Tests.Turns;

/// <summary>What the loop of the seed system was held to.</summary>
public sealed class SeedLoopTests
{
    [Fact]
    public async Task A_message_of_somebody_else_is_replied_to()
    {
        var conversation = Cast.Conversation().Message("hello");

        var solo = await SoloLoop.ServedAsync(conversation, new HeuristicChatClient());

        var counts = solo.Log.Report.Outcomes;
        (counts.Offers, counts.Spoke, counts.Failed, solo.Log.Report.Faults).ShouldBe((1, 1, 0, 0));
        conversation.NotOffered.ShouldBe(new(Own: 0, History: 0));
        conversation.PrimedCount.ShouldBe(1, "the loop does not prime; its caller did, once");
        conversation.Said.ShouldHaveSingleItem().Text.ShouldEndWith("ack: \"Vera: hello\"");
    }

    [Fact]
    public async Task A_reply_is_one_latency_sample_with_a_minimum_a_maximum_and_a_mean()
    {
        var solo = await SoloLoop.ServedAsync(Cast.Conversation().Message("hello"), new HeuristicChatClient());

        var turn = solo.Log.Report.Turn;
        turn.Count.ShouldBe(1);
        turn.MinUs.ShouldNotBeNull();
        turn.MaxUs.ShouldBe(turn.MinUs);
        turn.MeanUs.ShouldBe(turn.MinUs);
        for (var stage = TurnStage.Recall; stage <= TurnStage.Say; stage++)
        {
            solo.Log.Report.Stage(stage).ShouldNotBeNull().Count.ShouldBe(1, $"stage {stage}");
        }
    }

    [Fact]
    public async Task A_turn_that_broke_off_is_no_sample_of_the_stages_after_it()
    {
        // What this catches: the time that a broken model took, told as the time that handing in took.
        var solo = await SoloLoop.ServedAsync(Cast.Conversation().Message("hello"), new ScriptedChatClient(ScriptedAnswer.Fails("broken")));

        solo.Log.Report.Turn.Count.ShouldBe(1);
        solo.Log.Report.Stage(TurnStage.Assemble).ShouldNotBeNull().Count.ShouldBe(1);
        solo.Log.Report.Stage(TurnStage.Respond).ShouldBeNull();
        solo.Log.Report.Overhead.Count.ShouldBe(0, "a broken model call is not the substrate's time");
        solo.Log.Report.Stage(TurnStage.Say).ShouldBeNull();
    }

    [Fact]
    public async Task An_own_message_is_skipped()
    {
        var conversation = Cast.Conversation().OwnMessage("I said that");

        var solo = await SoloLoop.ServedAsync(conversation, new ScriptedChatClient());

        solo.Log.Turns.ShouldBeEmpty();
        conversation.NotOffered.ShouldBe(new(Own: 1, History: 0));
    }

    [Fact]
    public async Task History_is_not_offered_and_what_follows_it_is_answered()
    {
        var conversation = Cast.Conversation().WithHighWaterMark(100).Message("long ago", 50).Message("just before", 100).Message("now", 101);

        var solo = await SoloLoop.ServedAsync(conversation, new HeuristicChatClient());

        conversation.NotOffered.ShouldBe(new(Own: 0, History: 2));
        solo.Log.Turns.ShouldHaveSingleItem().Offer.Last.ShouldBe(101);
        conversation.Said.ShouldHaveSingleItem().Text.ShouldContain("now");
    }

    [Fact]
    public async Task A_transient_fault_costs_no_message()
    {
        var conversation = Cast.Conversation().Fault("stream lag").Message("are you there?");

        var solo = await SoloLoop.ServedAsync(conversation, new HeuristicChatClient());

        solo.Log.Faults.ShouldBe(["stream lag"]);
        solo.Log.Outcomes.ShouldBe([TurnOutcome.Spoke.Instance]);
    }

    [Fact]
    public async Task A_conversation_that_was_not_primed_gives_a_fault_and_no_reply()
    {
        var conversation = Cast.Conversation().RequirePrimeBeforeNext().Message("hello");
        var solo = new SoloLoop(conversation, new ScriptedChatClient());

        await solo.ServeAsync();

        solo.Log.Faults.ShouldHaveSingleItem().ShouldContain("prime");
        solo.Log.Turns.ShouldBeEmpty();
        conversation.PrimedCount.ShouldBe(0);
    }

    [Fact]
    public async Task Latency_follows_a_delay_of_80_ms()
    {
        var time = new FakeTimeProvider();
        var latency = new LatencyHistogram();
        var conversation = Cast.Conversation().WithClock(time).Message("hello");
        var solo = new SoloLoop(conversation, new HeuristicChatClient(time) { Delay = TimeSpan.FromMilliseconds(80) }, time: time,
            ended: offer => latency.RecordNanoseconds((long)time.GetElapsedTime(offer.ArrivedTimestamp).TotalNanoseconds));
        var serving = solo.ServeAsync();

        time.Advance(TimeSpan.FromMilliseconds(79));
        conversation.Results.ShouldBeEmpty("the model still has a millisecond to go");
        time.Advance(TimeSpan.FromMilliseconds(1));
        await serving;

        conversation.Said.Count.ShouldBe(1);
        (latency.Count, latency.MinUs, latency.MaxUs, latency.MeanUs).ShouldBe((1, 80_000, 80_000, 80_000));
    }
}
