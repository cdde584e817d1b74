using Microsoft.Extensions.Time.Testing;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Tests.Rooms;

/// <summary>What a persona's loop sees of a live room.</summary>
public sealed class RoomSeatTests
{
    [ThreadStatic]
    private static int _inside;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_seat_is_given_out_once()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog());
        room.SeatFor(LiveRoom.PersonaId("Ada"), "Ada");

        Should.Throw<InvalidOperationException>(() => room.SeatFor(LiveRoom.PersonaId("Ada"), "Ada")).Message.ShouldContain("one loop");
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task What_was_said_before_a_persona_sat_down_is_never_offered_to_it()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog());
        await room.SayAsync("before");
        var ada = room.SeatFor(LiveRoom.PersonaId("Ada"), "Ada");

        (await ada.PrimeAsync(Token)).ShouldBe(1);
        await room.SayAsync("after");

        var offer = await ada.OfferAsync();
        (offer.First, offer.Last, offer.Newest.Text).ShouldBe((2, 2, "after"));
        offer.Transcript[1].Text.ShouldBe("before");
        await ada.PassAsync(offer);
        (await room.AccountsAsync()).History.ShouldBe(1);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_reply_is_a_message_of_the_persona_and_comes_back_to_it_as_nobody_elses()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog(), LiveRoom.EveryoneAll);
        var (ada, bo) = (await room.SeatAsync("Ada"), await room.SeatAsync("Bo"));
        await room.SayAsync("hello");
        await bo.PassAsync(await bo.OfferAsync());

        var message = (await ada.SpeakAsync(await ada.OfferAsync(), "hello, Bo")).ShouldBeOfType<Receipt.Accepted>().Message.ShouldNotBeNull();

        (message.Author, message.Kind, message.Hops, message.ReplyTo).ShouldBe((ada.Persona, AuthorKind.Persona, 1, new MessageId("#1")));
        message.Mentions.ShouldBe([bo.Persona]);
        var offer = await bo.OfferAsync();
        offer.Newest.ShouldBeSameAs(message);
        await bo.PassAsync(offer);
        await room.WhenQuietAsync(Token);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_result_belongs_to_the_seat_it_is_handed_in_at()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog());
        var (ada, bo) = (await room.SeatAsync("Ada"), await room.SeatAsync("Bo"));
        await room.SayAsync("hello");
        var bosOffer = await bo.OfferAsync();

        Should.Throw<ArgumentException>(() => { _ = ada.SpeakAsync(bosOffer, "I am Bo"); });

        (await bo.SpeakAsync(bosOffer, "hello")).ShouldBeOfType<Receipt.Accepted>();
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_withdrawn_offer_is_signalled_and_its_result_is_stale()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog());
        var ada = await room.SeatAsync("Ada");
        await room.SayAsync("hello");
        var offer = await ada.OfferAsync();
        var withdrawn = new TaskCompletionSource();
        await using var signal = offer.Withdrawn.Register(withdrawn.SetResult);

        await room.LeaveAsync(ada.Persona, "it had to go");

        await withdrawn.Task.Soon();
        (await ada.SpeakAsync(offer, "too late")).ShouldBeOfType<Receipt.Refused>().Rule.ShouldBe("stale");
        (await room.AccountsAsync()).Messages.ShouldBe(1);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_loop_may_stop_waiting_and_ask_again_without_losing_an_offer()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog());
        var ada = await room.SeatAsync("Ada");
        using var stop = new CancellationTokenSource();
        var waiting = ada.NextAsync(stop.Token).AsTask();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(waiting.Soon());
        await Should.ThrowAsync<OperationCanceledException>(async () => await ada.NextAsync(stop.Token));

        await room.SayAsync("hello");

        (await ada.OfferAsync()).Newest.Text.ShouldBe("hello");
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_wait_that_is_stopped_as_it_begins_ends()
    {
        // What this catches: the token signalled between the look at it and the wait, after which nobody would end the wait.
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog());
        var ada = await room.SeatAsync("Ada");
        var begun = -1;
        var stops = Enumerable.Range(0, 4_000).Select(_ => new CancellationTokenSource()).ToArray();
        var stopping = Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < stops.Length; i++)
                {
                    SpinWait.SpinUntil(() => Volatile.Read(ref begun) >= i || Token.IsCancellationRequested);
                    Thread.SpinWait(i % 40);
                    stops[i].Cancel();
                }
            },
            Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        for (var i = 0; i < stops.Length; i++)
        {
            Volatile.Write(ref begun, i);
            await Should.ThrowAsync<OperationCanceledException>(ada.NextAsync(stops[i].Token).AsTask().Soon());
            Token.ThrowIfCancellationRequested();
        }

        await stopping;
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task The_end_of_the_room_reaches_a_loop_that_waits_one_that_is_about_to_and_one_that_asks_again()
    {
        for (var i = 0; i < 500; i++)
        {
            var room = await LiveRoom.OpenAsync(new InMemoryRoomLog());
            var (ada, bo) = (await room.SeatAsync("Ada"), await room.SeatAsync("Bo"));
            var waiting = ada.NextAsync(Token).AsTask();
            var racing = Task.Run(() => bo.NextAsync(Token).AsTask(), Token);

            await room.DisposeAsync();

            (await waiting.Soon()).ShouldBeOfType<ConversationEnded>();
            (await racing.Soon()).ShouldBeOfType<ConversationEnded>();
            (await ada.NextAsync(Token).AsTask().Soon()).ShouldBeOfType<ConversationEnded>();
            (await bo.NextAsync(Token).AsTask().Soon()).ShouldBeOfType<ConversationEnded>();
        }
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task No_loop_runs_on_top_of_another_ones_result()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog(), LiveRoom.EveryoneAll with { PersonaTurnBound = 100 });
        var nested = 0;
        using var stop = new CancellationTokenSource();
        var loops = new List<Task>();
        foreach (var name in new[] { "Ada", "Bo", "Cem", "Dora" })
        {
            var seat = await room.SeatAsync(name);
            loops.Add(Task.Run(() => TalkAsync(seat, () => Interlocked.Increment(ref nested), stop.Token), Token));
        }

        for (var i = 0; i < 10; i++)
        {
            await room.SayAsync("go on");
            await room.WhenQuietAsync(Token);
        }

        await stop.CancelAsync();
        await Task.WhenAll(loops).Soon();
        (await room.AccountsAsync()).Outcomes.Offers.ShouldBeGreaterThan(1_000);
        nested.ShouldBe(0);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_waiting_loop_does_not_go_on_inside_the_call_that_wakes_it()
    {
        // As above, for a result from a thread that no room has woken, such as a model's own.
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog(), LiveRoom.EveryoneAll);
        var (ada, bo) = (await room.SeatAsync("Ada"), await room.SeatAsync("Bo"));
        await room.SayAsync("hello");
        await bo.PassAsync(await bo.OfferAsync());
        var offer = await ada.OfferAsync();
        var wentOnInside = GoesOnInsideAsync(bo);

        await Task.Factory.StartNew(
            () =>
            {
                _inside++;
                var receipt = ada.SpeakAsync(offer, "hello, Bo");
                _inside--;
                receipt.IsCompletedSuccessfully.ShouldBeTrue();
            },
            Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        (await wentOnInside.Soon()).ShouldBeFalse();
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task An_offer_says_when_its_message_arrived_or_nothing()
    {
        // What this catches: the arrival of a much newer message in place of an old one's.
        var time = new FakeTimeProvider();
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog(), time: time);
        var ada = await room.SeatAsync("Ada");
        var arrivals = new List<long>();
        for (var n = 0; n < 100; n++)
        {
            time.Advance(TimeSpan.FromMilliseconds(5));
            arrivals.Add(time.GetTimestamp());
            await room.SayAsync($"message {n}");
        }

        for (var n = 0; n < 100; n++)
        {
            var offer = await ada.OfferAsync();
            offer.ArrivedTimestamp.ShouldBeOneOf(arrivals[n], n is > 0 and < 37 ? 0 : arrivals[n]);
            await ada.PassAsync(offer);
        }
    }

    private static async Task<bool> GoesOnInsideAsync(IConversation seat)
    {
        await seat.NextAsync(Token);
        return _inside > 0;
    }

    private static async Task TalkAsync(IConversation seat, Action whenNested, CancellationToken stop)
    {
        try
        {
            while (await seat.NextAsync(stop) is Offer offer)
            {
                if (_inside > 0)
                {
                    whenNested();
                }

                _inside++;
                var receipt = seat.CompleteAsync(TurnResult.Of(offer, TurnOutcome.Spoke.Instance, $"{offer.Turn}"), CancellationToken.None);
                _inside--;
                await receipt;
                if (_inside > 0)
                {
                    whenNested();
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
