using Polyphony.Floor;
using Polyphony.Rooms;

namespace Polyphony.Tests.Rooms;

/// <summary>The books of a room: whether they see what is missing from them.</summary>
public sealed class RoomAccountsTests
{
    private static readonly RoomRules OneAtATimeRules = new() { Floor = OneAtATime.PolicyName };

    [Fact]
    public void A_cursor_that_jumps_over_a_message_is_a_lost_delivery()
    {
        // What this catches: counting what the floor skipped as the remainder, which makes every loss look like the floor's.
        var room = new PureRoom(OneAtATimeRules, "Ada", "Bo");
        room.Human("one");
        var turn = room.TurnOf(room.Speaker);
        var speaker = room.Seat(room.Speaker).Persona;
        room.Human("two");
        RoomAccounts.Of(room.State).Conserved.ShouldBeTrue();

        room.State.Apply(new TurnClosed(turn.Turn, turn.Attempt, speaker, new TurnOutcome.Passed("nothing"), turn.Last + 1, null, DateTimeOffset.UnixEpoch));

        RoomAccounts.Of(room.State).Conserved.ShouldBeFalse();
    }

    [Fact]
    public void A_cursor_that_stays_behind_what_was_dealt_with_is_a_delivery_counted_twice()
    {
        var room = new PureRoom(OneAtATimeRules, "Ada", "Bo");
        room.Human("one");
        var turn = room.TurnOf(room.Speaker);
        var speaker = room.Seat(room.Speaker).Persona;

        room.State.Apply(new TurnClosed(turn.Turn, turn.Attempt, speaker, new TurnOutcome.Passed("nothing"), turn.Last - 1, null, DateTimeOffset.UnixEpoch));

        RoomAccounts.Of(room.State).Conserved.ShouldBeFalse();
    }

    [Fact]
    public void What_the_floor_skips_is_counted_where_the_cursor_passes_over_it()
    {
        // Of the two that come while it is asked, a burst of one takes the last; the one before it went by.
        var room = new PureRoom(OneAtATimeRules with { BurstLimit = 1 }, "Ada");
        room.Human("one");
        room.Human("two");
        room.Human("three");
        room.Pass("Ada");
        room.Pass("Ada");

        (room.Seat("Ada").PassedOver, room.Seat("Ada").Settled).ShouldBe((1, 2));
        RoomAccounts.Of(room.State).Conserved.ShouldBeTrue();
    }

    [Fact]
    public void What_stood_before_a_persona_when_it_left_is_the_floors_and_what_it_missed_is_history()
    {
        var room = new PureRoom(OneAtATimeRules, "Ada", "Bo");
        room.Human("one");
        var waiting = room.Speaker == "Ada" ? "Bo" : "Ada";
        room.Leave(waiting);
        room.Human("two");
        room.Join(waiting);

        var seat = room.Seat(waiting);
        (seat.PassedOver, seat.History, seat.Settled).ShouldBe((1, 1, 0));
        RoomAccounts.Of(room.State).Conserved.ShouldBeTrue();
    }
}
