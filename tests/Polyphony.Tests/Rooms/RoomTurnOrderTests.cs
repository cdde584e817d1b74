using Microsoft.Extensions.Time.Testing;
using Polyphony.Rooms;

namespace Polyphony.Tests.Rooms;

/// <summary>A room that takes results in the order of their turns.</summary>
public sealed class RoomTurnOrderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_result_waits_for_those_of_earlier_turns()
    {
        await using var room = await OpenAsync();
        var (ada, bo) = (await room.SeatAsync("Ada"), await room.SeatAsync("Bo"));
        await room.SayAsync("hello");
        var (first, second) = (await ada.OfferAsync(), await bo.OfferAsync());

        var held = bo.SpeakAsync(second, "hello from Bo");
        (await room.AccountsAsync()).Outcomes.Spoke.ShouldBe(0);
        await ada.SpeakAsync(first, "hello from Ada");
        await held.Soon();

        (await room.LookAsync(state => (state.Transcript[2].Text, state.Transcript[3].Text))).ShouldBe(("hello from Ada", "hello from Bo"));
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_result_that_waits_is_taken_when_the_persona_before_it_leaves()
    {
        // What this catches: a result that is looked at again only when another one comes.
        await using var room = await OpenAsync();
        var (ada, bo) = (await room.SeatAsync("Ada"), await room.SeatAsync("Bo"));
        await room.SayAsync("hello");
        await ada.OfferAsync();
        var held = bo.SpeakAsync(await bo.OfferAsync(), "hello from Bo");

        await room.LeaveAsync(LiveRoom.PersonaId("Ada"), "gone");

        (await held.Soon()).ShouldBeOfType<Receipt.Accepted>();
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_result_that_waits_when_the_room_closes_hears_that_its_turn_has_ended()
    {
        var room = await OpenAsync();
        var (ada, bo) = (await room.SeatAsync("Ada"), await room.SeatAsync("Bo"));
        await room.SayAsync("hello");
        await ada.OfferAsync();
        var held = bo.SpeakAsync(await bo.OfferAsync(), "hello from Bo");

        await room.DisposeAsync();

        (await held.Soon()).ShouldBeOfType<Receipt.Refused>().Rule.ShouldBe("stale");
    }

    private static ValueTask<Room> OpenAsync() =>
        Room.OpenAsync(LiveRoom.Id, LiveRoom.EveryoneHumansOnly, new InMemoryRoomLog(), new FakeTimeProvider(), inTurnOrder: true, cancellationToken: Token);
}
