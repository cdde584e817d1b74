using Polyphony.Rooms;

namespace Polyphony.Floor;

/// <summary>What holds under every floor policy. Pure; called after each thing that happened in a room.</summary>
internal static class FloorDecision
{
    /// <summary>Adds the turns that end because a human spoke.</summary>
    public static void Withdraw(RoomState room, FloorCause cause, DateTimeOffset now, List<RoomEvent> events)
    {
        if (cause.Message is not { Kind: AuthorKind.Human } human || room.OpenTurns == 0)
        {
            return;
        }

        foreach (var seat in room.Seats)
        {
            if (seat.Open is { } turn && room.Floor.GivesWay(room, seat, human))
            {
                events.Add(new TurnClosed(
                    turn.Turn, turn.Attempt, seat.Persona, new TurnOutcome.Superseded("a human spoke"), seat.Cursor, null, now));
            }
        }
    }

    /// <summary>Adds the turns to offer now. <paramref name="grants"/> is scratch space and comes back empty.</summary>
    public static void Offer(RoomState room, FloorCause cause, DateTimeOffset now, List<FloorGrant> grants, List<RoomEvent> events)
    {
        room.Floor.Grant(room, cause, grants);
        var turns = room.PersonaTurnsSinceHuman;
        var next = room.LastTurn + 1;
        foreach (var (seat, first, last, ground) in grants)
        {
            if (Withholds(room, seat, first, last, turns))
            {
                continue;
            }

            var (turn, attempt) = seat.Reoffer is { } again ? (again.Turn, again.Attempt + 1) : (new TurnId(next++), 1);
            events.Add(new TurnOffered(turn, attempt, seat.Persona, first, last, ground, now));
            turns++;
        }

        grants.Clear();
    }

    /// <summary>
    /// Whether the hard bound is reached for a seat. It counts every offer since the last human message, whatever became of it. A turn that was interrupted was
    /// counted before, and comes again.
    /// </summary>
    public static bool IsPastBound(RoomState room, Seat seat, int turns) => turns >= room.Rules.PersonaTurnBound && seat.Reoffer is null;

    /// <summary>Whether the hard bound withholds a turn: one that would answer no human. No person's message is left alone because personas talked.</summary>
    public static bool Withholds(RoomState room, Seat seat, long first, long last, int turns) =>
        IsPastBound(room, seat, turns) && room.NextHumanAfter(first - 1) is var human && (human == 0 || human > last);
}
