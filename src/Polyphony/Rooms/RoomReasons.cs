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

        return seat.LastClosed is { } last && state.NextPostAfter(last.Last) == 0
            ? $"{Verb(last.Outcome)} (turn {last.Turn}{(last.Attempt > 1 ? $", attempt {last.Attempt}" : "")}; {last.Ground})"
            : NotOffered(state, seat);
    }

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
