using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Tests.Rooms;

/// <summary>What those see who follow a room.</summary>
public sealed class RoomFollowingTests
{
    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_draft_reaches_followers_and_nothing_else()
    {
        var log = new ScriptedRoomLog();
        await using var room = await LiveRoom.OpenAsync(log);
        var ada = await room.SeatAsync("Ada");
        ada.ShowsDrafts.ShouldBeFalse("nobody follows");
        using var follower = room.Subscribe();
        ada.ShowsDrafts.ShouldBeTrue();
        await room.SayAsync("hello");
        var offer = await ada.OfferAsync();
        var appends = log.Appends.Count;

        ada.Draft(offer.Turn, "hel");
        ada.Draft(offer.Turn, "hello you");

        follower.Taken().OfType<RoomSignal.Draft>().ShouldBe(
            [new RoomSignal.Draft(ada.Persona, offer.Turn, "hel"), new RoomSignal.Draft(ada.Persona, offer.Turn, "hello you")]);
        log.Appends.Count.ShouldBe(appends);
        (await room.AccountsAsync()).Messages.ShouldBe(1);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_follower_that_falls_behind_is_told_so_and_slows_nobody()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog());
        using var slow = room.Subscribe(capacity: 2);
        using var quick = room.Subscribe();
        for (var n = 0; n < 5; n++)
        {
            await room.SayAsync($"message {n}");
        }

        slow.Taken().Count.ShouldBe(2, "what it had is not taken away");
        (await Should.ThrowAsync<FollowerLaggedException>(async () => await slow.Signals.Completion.Soon())).Message.ShouldContain("subscribe again");
        quick.Taken().Count.ShouldBe(6);
        slow.Dispose();
        quick.Dispose();
        room.IsFollowed.ShouldBeFalse();
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_draft_that_finds_no_place_is_left_out_and_the_follower_stays()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog());
        var ada = await room.SeatAsync("Ada");
        using var follower = room.Subscribe(capacity: 1);

        ada.Draft(new(1), "one");
        ada.Draft(new(1), "one two");

        follower.Taken().ShouldHaveSingleItem();
        await room.JoinAsync(new("human:Hana"), AuthorKind.Human, "Hana");
        follower.Taken().ShouldHaveSingleItem().ShouldBeOfType<RoomSignal.Published>();
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_follower_leaves_by_itself_or_with_the_room()
    {
        var room = await LiveRoom.OpenAsync(new InMemoryRoomLog());
        using var first = room.Subscribe();
        using var second = room.Subscribe();
        first.Dispose();
        await room.SayAsync("hello");

        await room.DisposeAsync();

        first.Taken().ShouldBeEmpty();
        await first.Signals.Completion.Soon();
        second.Taken().Cast<RoomSignal.Published>().Select(s => s.Event).Last().ShouldBeOfType<PersonasAway>();
        await second.Signals.Completion.Soon();
        using var late = room.Subscribe();
        await late.Signals.Completion.Soon();
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task Closing_a_room_cancels_its_open_turns_and_ends_everything()
    {
        var log = new ScriptedRoomLog();
        var room = await LiveRoom.OpenAsync(log);
        var ada = await room.SeatAsync("Ada");
        await room.SayAsync("hello");
        var offer = await ada.OfferAsync();
        var withdrawn = new TaskCompletionSource();
        await using var signal = offer.Withdrawn.Register(withdrawn.SetResult);

        await room.DisposeAsync();
        await room.DisposeAsync();

        await withdrawn.Task.Soon();
        var closed = log.Appends[^1][0].ShouldBeOfType<TurnClosed>();
        (closed.Outcome, closed.Reply, closed.Cursor).ShouldBe((new TurnOutcome.Cancelled("the room was closed"), null, 0));
        log.Appends[^1][1].ShouldBeOfType<PersonasAway>();
        (await ada.SpeakAsync(offer, "too late")).ShouldBeOfType<Receipt.Refused>().Rule.ShouldBe("stale");
        (await ada.NextAsync(TestContext.Current.CancellationToken)).ShouldBeOfType<ConversationEnded>();
        await Should.ThrowAsync<ObjectDisposedException>(room.SayAsync("hello?"));
        RoomLedger.Of(log.Events).Open.ShouldBeEmpty();
    }
}
