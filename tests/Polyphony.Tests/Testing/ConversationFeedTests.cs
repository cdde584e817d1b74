using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Tests.Turns;
using Polyphony.Turns;

namespace Polyphony.Tests.Testing;

public sealed class ConversationFeedTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task With_an_open_feed_a_step_waits_for_an_arrival()
    {
        var conversation = Cast.Conversation();
        var feed = conversation.OpenFeed();
        var step = conversation.NextAsync(TestEnds).AsTask();
        step.IsCompleted.ShouldBeFalse();

        feed.Arrive("hello");

        (await step).ShouldBeOfType<Offer>().Newest.Text.ShouldBe("hello");
    }

    [Fact]
    public async Task A_waiting_step_ends_when_the_feed_is_closed()
    {
        var conversation = Cast.Conversation();
        var feed = conversation.OpenFeed();
        var step = conversation.NextAsync(TestEnds).AsTask();

        feed.Close();

        (await step).ShouldBeOfType<ConversationEnded>();
        Should.Throw<InvalidOperationException>(() => feed.Arrive("too late")).Message.ShouldContain("closed");
    }

    [Fact]
    public async Task A_waiting_step_can_be_cancelled_and_loses_nothing()
    {
        var conversation = Cast.Conversation();
        var feed = conversation.OpenFeed();
        using var stop = new CancellationTokenSource();
        var step = conversation.NextAsync(stop.Token).AsTask();

        await stop.CancelAsync();

        await step.ShouldThrowAsync<OperationCanceledException>();
        feed.Arrive("hello");
        (await conversation.NextAsync(TestEnds)).ShouldBeOfType<Offer>();
    }

    [Fact]
    public async Task An_arrival_comes_before_what_is_left_of_the_script()
    {
        var conversation = Cast.Conversation().Message("scripted 1").Message("scripted 2");
        var feed = conversation.OpenFeed();
        feed.AfterOffer(1, new ScriptedEvent.Message("while the first turn runs"));
        feed.AfterOffer(2, new ScriptedEvent.Fault("and a fault after the second"));
        feed.Arrive("before the first call");

        var seen = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            var step = await conversation.NextAsync(TestEnds);
            seen.Add(step is Offer o ? o.Newest.Text : ((ConversationFault)step).Reason);
            if (step is Offer offer)
            {
                await conversation.CompleteAsync(TurnResult.Of(offer, new TurnOutcome.Passed("no")), TestEnds);
            }
        }

        seen.ShouldBe(["before the first call", "while the first turn runs", "and a fault after the second", "scripted 1", "scripted 2"]);
    }

    [Fact]
    public async Task What_arrives_from_inside_a_model_arrives_while_that_turn_runs()
    {
        var conversation = Cast.Conversation().Message("one").Message("two");
        var feed = conversation.OpenFeed();
        var calls = 0;
        var model = new HeuristicChatClient
        {
            OnGenerate = () =>
            {
                if (++calls == 1)
                {
                    feed.Arrive("in between");
                    feed.Close();
                }
            },
        };

        var solo = await SoloLoop.ServedAsync(conversation, model);

        solo.Log.Turns.Select(t => t.Offer.Newest.Text).ShouldBe(["one", "in between", "two"]);
    }

    [Fact]
    public async Task An_arrival_for_an_offer_that_is_past_is_misuse()
    {
        var conversation = Cast.Conversation().Message("one");
        var feed = conversation.OpenFeed();
        await conversation.NextAsync(TestEnds);

        Should.Throw<InvalidOperationException>(() => feed.AfterOffer(1, new ScriptedEvent.Fault("late"))).Message.ShouldContain("given already");
    }

    [Fact]
    public async Task A_scripted_end_ends_also_with_an_open_feed()
    {
        var conversation = Cast.Conversation().Ends();
        var feed = conversation.OpenFeed();

        (await conversation.NextAsync(TestEnds)).ShouldBeOfType<ConversationEnded>();

        Should.Throw<InvalidOperationException>(() => feed.Arrive("hello")).Message.ShouldContain("ended");
    }
}
