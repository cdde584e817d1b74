using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Tests.Turns;
using Polyphony.Turns;

namespace Polyphony.Tests.Testing;

public sealed class ScriptedConversationTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Past_its_end_it_ends_again_and_again()
    {
        var conversation = Cast.Conversation().Message("hello").Ends();
        await AnswerAsync(conversation, "hi");

        for (var i = 0; i < 3; i++)
        {
            (await conversation.NextAsync(TestEnds)).ShouldBeSameAs(ConversationEnded.Instance);
        }
    }

    [Fact]
    public void Nothing_can_be_scripted_behind_the_end() =>
        Should.Throw<InvalidOperationException>(() => Cast.Conversation().Ends().Message("too late")).Message.ShouldContain("end");

    [Fact]
    public async Task A_script_that_is_under_way_is_fixed()
    {
        var conversation = Cast.Conversation();
        await conversation.NextAsync(TestEnds);

        Should.Throw<InvalidOperationException>(() => conversation.Message("late")).Message.ShouldContain("feed");
        Should.Throw<InvalidOperationException>(() => conversation.WithHighWaterMark(3));
    }

    [Fact]
    public async Task An_offer_is_one_message_with_what_was_said_before_it()
    {
        var conversation = Cast.Conversation().Message("first").Message("second, Mira", from: Cast.Bo);
        await AnswerAsync(conversation, "reply");

        var offer = (await conversation.NextAsync(TestEnds)).ShouldBeOfType<Offer>();

        (offer.First, offer.Last, offer.Turn.Value, offer.Attempt, offer.Room.Value).ShouldBe((3, 3, 2, 1, "scripted"));
        Enumerable.Range(1, 3).Select(seq => offer.Transcript[seq].Text).ShouldBe(["first", "reply", "second, Mira"]);
        offer.Newest.Addresses(offer.Persona).ShouldBeTrue();
        offer.Transcript[2].ReplyTo.ShouldBe(offer.Transcript[1].Id);
        offer.Roster.NameOf(Cast.Bo.Id).ShouldBe("Bo");
        offer.Roster.NameOf(offer.Persona).ShouldBe("Mira");
    }

    [Fact]
    public async Task A_view_stays_as_it_was_when_the_conversation_goes_on()
    {
        var conversation = Cast.Conversation().With(Enumerable.Range(1, 40).Select(i => new ScriptedEvent.Message($"m{i}")));
        var first = (Offer)await conversation.NextAsync(TestEnds);
        await conversation.CompleteAsync(TurnResult.Of(first, new TurnOutcome.Passed("no")), TestEnds);
        for (var i = 2; i <= 40; i++)
        {
            await AnswerAsync(conversation, $"r{i}");
        }

        (first.Transcript.Count, first.Transcript.LastSeq, first.Newest.Text).ShouldBe((1, 1, "m1"));
    }

    [Fact]
    public async Task A_view_has_no_holes()
    {
        var conversation = Cast.Conversation().Message("a", 7).Message("b", 50).Message("c", 51).Message("a", 7);
        await AnswerAsync(conversation, "1");
        await AnswerAsync(conversation, "2");

        var third = (Offer)await conversation.NextAsync(TestEnds);
        await conversation.CompleteAsync(TurnResult.Of(third, new TurnOutcome.Passed("no")), TestEnds);
        var again = (Offer)await conversation.NextAsync(TestEnds);

        (third.Transcript.FirstSeq, third.Transcript.LastSeq).ShouldBe((50, 51));
        (again.Transcript.FirstSeq, again.Transcript.LastSeq, again.Newest.Text).ShouldBe((7, 7, "a"));
    }

    [Fact]
    public async Task A_second_delivery_by_number_or_by_id_is_the_same_message_in_a_new_turn()
    {
        MessageId id = new("theirs");
        var conversation = Cast.Conversation().With(
            new ScriptedEvent.Message("hello") { Id = id }, new ScriptedEvent.Message("hello") { Id = id }, new ScriptedEvent.Message("hello") { Seq = 1 });
        var offers = new List<Offer>();
        for (var i = 0; i < 3; i++)
        {
            offers.Add(await AnswerAsync(conversation, null));
        }

        offers.ShouldAllBe(o => ReferenceEquals(o.Newest, offers[0].Newest));
        offers.Select(o => o.Turn.Value).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task A_script_that_contradicts_itself_says_so()
    {
        var changed = Cast.Conversation().Message("hello", 1).Message("something else", 1);
        await AnswerAsync(changed, null);
        Should.Throw<InvalidOperationException>(() => changed.NextAsync(TestEnds).AsTask()).Message.ShouldContain("another one");

        var backwards = Cast.Conversation().Message("hello", 5).Message("late", 3);
        await AnswerAsync(backwards, null);
        Should.Throw<InvalidOperationException>(() => backwards.NextAsync(TestEnds).AsTask()).Message.ShouldContain("only grow");
    }

    [Fact]
    public async Task The_persona_itself_as_author_makes_an_own_message()
    {
        var self = new Participant(Cast.Card().Id, AuthorKind.Persona, "Mira");
        var conversation = Cast.Conversation().Message("me again", from: self);

        (await conversation.NextAsync(TestEnds)).ShouldBeOfType<ConversationEnded>();

        conversation.NotOffered.ShouldBe(new(Own: 1, History: 0));
    }

    [Fact]
    public async Task An_unprimed_step_uses_up_one_event_until_the_conversation_is_primed()
    {
        var conversation = Cast.Conversation().RequirePrimeBeforeNext().Message("lost").Message("offered");
        (await conversation.NextAsync(TestEnds)).ShouldBeOfType<ConversationFault>().Reason.ShouldContain("prime");

        await conversation.PrimeAsync(TestEnds);

        (await conversation.NextAsync(TestEnds)).ShouldBeOfType<Offer>().Newest.Text.ShouldBe("offered");
    }

    [Fact]
    public async Task A_failed_priming_is_an_attempt_and_does_not_prime()
    {
        var conversation = Cast.Conversation().RequirePrimeBeforeNext().WithPrimeFailure("no such room").Message("hello");

        (await Should.ThrowAsync<InvalidOperationException>(() => conversation.PrimeAsync(TestEnds).AsTask())).Message.ShouldBe("no such room");

        conversation.PrimedCount.ShouldBe(1);
        (await conversation.NextAsync(TestEnds)).ShouldBeOfType<ConversationFault>();
    }

    [Fact]
    public async Task Priming_answers_with_the_high_water_mark() =>
        (await Cast.Conversation().WithHighWaterMark(100).PrimeAsync(TestEnds)).ShouldBe(100);

    [Fact]
    public async Task What_was_said_is_recorded_with_its_turn_and_room()
    {
        var conversation = new ScriptedConversation(Cast.Card().Id, "Mira", new RoomId("kitchen")).Message("hello");
        var offer = await AnswerAsync(conversation, "hi");

        var said = conversation.Said.ShouldHaveSingleItem();
        (said.Room.Value, said.Turn, said.Attempt, said.Text).ShouldBe(("kitchen", offer.Turn, 1, "hi"));
        said.Message.Id.ShouldBe(new MessageId("test-2"));
        said.Message.Author.ShouldBe(conversation.Persona);
    }

    [Fact]
    public async Task A_result_for_a_turn_that_is_not_open_is_stale()
    {
        var conversation = Cast.Conversation().Message("hello");
        var offer = await AnswerAsync(conversation, "hi");

        var receipt = await conversation.CompleteAsync(TurnResult.Of(offer, TurnOutcome.Spoke.Instance, "hi again"), TestEnds);

        receipt.ShouldBeOfType<Receipt.Refused>().Rule.ShouldBe("stale");
        conversation.Said.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_step_before_the_result_is_misuse_and_uses_the_turn_up()
    {
        var conversation = Cast.Conversation().Message("one").Message("two");
        await conversation.NextAsync(TestEnds);

        Should.Throw<InvalidOperationException>(() => conversation.NextAsync(TestEnds).AsTask()).Message.ShouldContain("no result");

        (await conversation.NextAsync(TestEnds)).ShouldBeOfType<Offer>().Newest.Text.ShouldBe("two");
    }

    [Fact]
    public async Task A_cancelled_turn_is_offered_again_as_its_next_attempt()
    {
        var conversation = Cast.Conversation().Message("hello");
        var offer = (Offer)await conversation.NextAsync(TestEnds);
        await conversation.CompleteAsync(TurnResult.Of(offer, new TurnOutcome.Cancelled("the loop stopped")), TestEnds);

        var again = (await conversation.NextAsync(TestEnds)).ShouldBeOfType<Offer>();

        (again.Turn, again.Attempt, again.Last).ShouldBe((offer.Turn, 2, offer.Last));
    }

    [Fact]
    public void Only_an_open_offer_can_be_withdrawn() =>
        Should.Throw<InvalidOperationException>(() => Cast.Conversation().Message("hello").WithdrawOffer());

    [Fact]
    public async Task The_clock_dates_messages_and_measures_arrivals()
    {
        var time = new FixedTimeProvider();
        time.AdvanceTimestamp(TimeSpan.FromSeconds(3));

        var offer = (Offer)await Cast.Conversation().WithClock(time).Message("hello").NextAsync(TestEnds);

        (offer.Newest.At, offer.ArrivedTimestamp).ShouldBe((time.GetUtcNow(), time.GetTimestamp()));
    }

    private static async Task<Offer> AnswerAsync(ScriptedConversation conversation, string? words)
    {
        var offer = (await conversation.NextAsync(TestEnds)).ShouldBeOfType<Offer>();
        TurnOutcome outcome = words is null ? new TurnOutcome.Passed("nothing to say") : TurnOutcome.Spoke.Instance;
        (await conversation.CompleteAsync(TurnResult.Of(offer, outcome, words), TestEnds)).ShouldBeOfType<Receipt.Accepted>();
        return offer;
    }
}
