namespace Polyphony.Rooms;

/// <summary>Answers the question "why did each persona speak or stay silent last time".</summary>
public static class RoomReasons
{
    /// <summary>One sentence for each persona, in the order of the seats. Holds nothing that anybody said.</summary>
    public static IReadOnlyList<(string Persona, string Why)> Of(RoomState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return [.. state.Seats.Select(seat => (state.Roster.NameOf(seat.Persona), Of(state, seat)))];
    }

    private static string Of(RoomState state, Seat seat)
    {
        if (!seat.Present)
        {
            return "is away";
        }

        if (seat.Open is { } open)
        {
            return $"is at it: turn {open.Turn}, {open.Ground}";
        }

        if (seat.LastClosed is not { } last || state.NextPostAfter(last.Last) > 0)
        {
            return NotOffered(state, seat);
        }

        // That it had nothing to add to what followed does not explain why it spoke to the newest message.
        return seat.LastSpokeIn is { } spoke && spoke != last && state.NextPostAfter(spoke.Last) == 0
            ? $"{Told(spoke)}, then {Told(last)}"
            : Told(last);
    }

    private static string Told(ClosedTurn turn) =>
        $"{Verb(turn.Outcome)} (turn {turn.Turn}{(turn.Attempt > 1 ? $", attempt {turn.Attempt}" : "")}; {turn.Ground})";

    private static string Verb(TurnOutcome outcome) => outcome switch
    {
        TurnOutcome.Spoke => "spoke",
        TurnOutcome.Passed => $"passed: {outcome.Why}",
        TurnOutcome.Refused => $"was refused by the rule {outcome.Why}",
        TurnOutcome.Superseded => $"was interrupted: {outcome.Why}",
        TurnOutcome.Duplicate => $"had answered already: {outcome.Why}",
        TurnOutcome.TimedOut => $"ran out of time: {outcome.Why}",
        TurnOutcome.Cancelled => $"was stopped: {outcome.Why}",
        _ => $"failed: {outcome.Why}",
    };

    private static string NotOffered(RoomState state, Seat seat)
    {
        if (state.Messages == seat.JoinedAt || state.NextPostAfter(seat.JoinedAt) == 0)
        {
            return "has not been offered a turn: nobody has said anything since it came";
        }

        if (state.PersonaTurnsSinceHuman >= state.Rules.PersonaTurnBound)
        {
            return $"was not offered a turn: the {state.Rules.PersonaTurnBound} persona turns that may follow a human message were used up";
        }

        var speaking = state.Seats.Where(s => s.Open is not null).Select(s => state.Roster.NameOf(s.Persona)).ToArray();
        return speaking.Length > 0
            ? $"waits for its turn: {string.Join(", ", speaking)} has the floor"
            : "was not offered a turn: there was nothing it had not seen";
    }
}
