using Polyphony.Rooms;

namespace Polyphony.Tests.Rooms;

/// <summary>What waits for the log, what does not, and what happens when the log fails.</summary>
public sealed class RoomDurabilityTests
{
    private static readonly RoomLogException DiskFull = new("the disk is full; free some space");

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_receipt_waits_until_its_events_are_durable_and_receipts_come_in_order()
    {
        var log = new ScriptedRoomLog();
        await using var room = await LiveRoom.OpenAsync(log);
        log.Holds = true;

        var first = room.SayAsync("one", "a");
        var second = room.SayAsync("two", "b");
        var again = room.SayAsync("one", "a");
        await log.AppendedAsync(3);
        log.CompleteNext();

        (await first.Soon()).ShouldBeOfType<Receipt.Accepted>().Message!.Seq.ShouldBe(1);
        (await room.AccountsAsync()).Messages.ShouldBe(2);
        second.IsCompleted.ShouldBeFalse();
        again.IsCompleted.ShouldBeFalse("it says something about what is not durable yet");

        log.CompleteNext();
        (await second.Soon()).ShouldBeOfType<Receipt.Accepted>();
        (await again.Soon()).ShouldBe(new Receipt.AlreadyPosted(new("a")));
        log.CompleteAll();
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task An_append_that_becomes_durable_early_is_published_in_its_turn()
    {
        var log = new ScriptedRoomLog();
        await using var room = await LiveRoom.OpenAsync(log);
        using var follower = room.Subscribe();
        log.Holds = true;
        var first = room.SayAsync("one");
        await log.AppendedAsync(2);
        log.Holds = false;

        var second = room.SayAsync("two");
        await room.AccountsAsync();

        second.IsCompleted.ShouldBeFalse();
        follower.Taken().ShouldBeEmpty();
        log.CompleteNext();
        await Task.WhenAll(first, second).Soon();
        follower.Taken().OfType<RoomSignal.Published>().Select(s => s.Event).OfType<MessagePosted>().Select(e => e.Message.Text).ShouldBe(["one", "two"]);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task An_offer_runs_ahead_of_the_log_and_a_follower_does_not()
    {
        var log = new ScriptedRoomLog();
        await using var room = await LiveRoom.OpenAsync(log);
        var ada = await room.SeatAsync("Ada");
        using var follower = room.Subscribe();
        log.Holds = true;

        var said = room.SayAsync("hello");
        var offer = await ada.OfferAsync();

        offer.Newest.Text.ShouldBe("hello");
        said.IsCompleted.ShouldBeFalse();
        follower.Taken().ShouldBeEmpty();
        log.CompleteAll();
        await said.Soon();
        follower.Taken().Cast<RoomSignal.Published>().Select(s => s.Event.GetType())
            .ShouldBe([typeof(ParticipantJoined), typeof(MessagePosted), typeof(TurnOffered)]);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_failed_append_faults_the_room_for_everybody()
    {
        var log = new ScriptedRoomLog();
        await using var room = await LiveRoom.OpenAsync(log);
        var (ada, bo) = (await room.SeatAsync("Ada"), await room.SeatAsync("Bo"));
        using var follower = room.Subscribe();
        log.Holds = true;
        var said = room.SayAsync("hello");
        var offer = await ada.OfferAsync();
        var bosReceipt = bo.PassAsync(await bo.OfferAsync());
        var adaWaits = ada.SpeakAsync(offer, "hello yourself");
        var boWaits = bo.NextAsync(TestContext.Current.CancellationToken).AsTask();
        var quiet = room.WhenQuietAsync(TestContext.Current.CancellationToken).AsTask();
        await log.AppendedAsync(6);

        log.FailNext(DiskFull);

        (await Should.ThrowAsync<RoomFaultedException>(said.Soon())).InnerException.ShouldBe(DiskFull);
        await Should.ThrowAsync<RoomFaultedException>(quiet.Soon());
        (await Should.ThrowAsync<RoomFaultedException>(async () => await follower.Signals.Completion.Soon())).Message.ShouldContain("the disk is full");
        log.CompleteNext();
        log.CompleteNext();
        await Should.ThrowAsync<RoomFaultedException>(bosReceipt.Soon());
        await Should.ThrowAsync<RoomFaultedException>(adaWaits.Soon());
        await Should.ThrowAsync<RoomFaultedException>(boWaits.Soon());
        follower.Taken().ShouldBeEmpty();
        await MustBeFaultedAsync(room);
        log.Appends.Count.ShouldBe(6, "after an append has failed nothing more is appended");
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_log_that_throws_in_place_of_failing_faults_the_room_too()
    {
        // What this catches: the exception escaping to whoever was the writer, and the room then at work for ever.
        var log = new ScriptedRoomLog();
        await using var room = await LiveRoom.OpenAsync(log);
        log.ThrowsNext = new ObjectDisposedException("the log");

        (await Should.ThrowAsync<RoomFaultedException>(room.SayAsync("hello").Soon())).InnerException.ShouldBeOfType<ObjectDisposedException>();

        await MustBeFaultedAsync(room);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task Who_follows_a_faulted_room_is_told_at_once()
    {
        var log = new ScriptedRoomLog();
        await using var room = await LiveRoom.OpenAsync(log);
        log.ThrowsNext = DiskFull;
        await Should.ThrowAsync<RoomFaultedException>(room.SayAsync("hello").Soon());

        using var late = room.Subscribe();

        await Should.ThrowAsync<RoomFaultedException>(async () => await late.Signals.Completion.Soon());
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_room_whose_log_cannot_be_written_does_not_open()
    {
        var log = new ScriptedRoomLog { ThrowsNext = DiskFull };

        (await Should.ThrowAsync<RoomLogException>(async () => await LiveRoom.OpenAsync(log))).Message.ShouldBe(DiskFull.Message);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_poster_beyond_the_limit_waits_for_a_place()
    {
        var log = new ScriptedRoomLog();
        await using var room = await LiveRoom.OpenAsync(log);
        log.Holds = true;

        var posts = Enumerable.Range(0, Room.PostLimit + 3).Select(n => room.SayAsync($"post {n}")).ToArray();
        using var impatience = new CancellationTokenSource();
        var impatient = room.PostAsync(Post.ByHuman("Omar", "now!"), impatience.Token).AsTask();

        (await room.AccountsAsync()).Messages.ShouldBe(Room.PostLimit);
        await impatience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(impatient.Soon());
        log.CompleteAll();
        await Task.WhenAll(posts).Soon();
        (await room.AccountsAsync()).Messages.ShouldBe(Room.PostLimit + 3);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_room_is_quiet_when_no_turn_is_open_and_everything_is_durable()
    {
        var log = new ScriptedRoomLog();
        await using var room = await LiveRoom.OpenAsync(log);
        var ada = await room.SeatAsync("Ada");
        await room.WhenQuietAsync(TestContext.Current.CancellationToken);
        await room.SayAsync("hello");
        var offer = await ada.OfferAsync();

        var quiet = room.WhenQuietAsync(TestContext.Current.CancellationToken).AsTask();
        using var impatience = new CancellationTokenSource();
        var impatient = room.WhenQuietAsync(impatience.Token).AsTask();
        await impatience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(impatient.Soon());

        log.Holds = true;
        var passed = ada.PassAsync(offer);
        await room.AccountsAsync();
        quiet.IsCompleted.ShouldBeFalse("the outcome is not durable");
        log.CompleteAll();
        await Task.WhenAll(quiet, passed).Soon();
    }

    private static async Task MustBeFaultedAsync(Room room)
    {
        await Should.ThrowAsync<RoomFaultedException>(room.SayAsync("still there?").Soon());
        await Should.ThrowAsync<RoomFaultedException>(room.LookAsync(state => state.Messages).Soon());
        await Should.ThrowAsync<RoomFaultedException>(room.WhenQuietAsync(TestContext.Current.CancellationToken).AsTask().Soon());
        await Should.ThrowAsync<RoomFaultedException>(room.LeaveAsync(LiveRoom.PersonaId("Ada"), "gone").AsTask().Soon());
        await Should.ThrowAsync<RoomFaultedException>(room.SeatAsync("Late").Soon());
    }
}
