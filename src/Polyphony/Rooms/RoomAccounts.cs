namespace Polyphony.Rooms;

/// <summary>The books of a room at one moment: every offer and every delivery, and what became of it. A copy; the room goes on without it.</summary>
public sealed record RoomAccounts
{
    /// <summary>Offers and outcomes of all personas.</summary>
    public required OutcomeCounts Outcomes { get; init; }

    /// <summary>Deliveries that were not offered because the persona said the message itself.</summary>
    public required long Own { get; init; }

    /// <summary>Deliveries that were not offered because the message was said while the persona was not here.</summary>
    public required long History { get; init; }

    /// <summary>Deliveries that were not offered because the floor went to others, or the bound withheld them.</summary>
    public required long Floor { get; init; }

    /// <summary>Messages in the room.</summary>
    public required long Messages { get; init; }

    /// <summary>How many messages each persona said, by the name shown.</summary>
    public required IReadOnlyDictionary<string, long> Replies { get; init; }

    /// <summary>Whether no offer is open.</summary>
    public required bool Quiet { get; init; }

    /// <summary>Whether the books add up: offers are outcomes and open offers, and every message was counted exactly once for every persona.</summary>
    public required bool Conserved { get; init; }

    /// <summary>Draws the books up. Call it where the state is yours: inside <see cref="Room.LookAsync"/>, or on a folded log.</summary>
    public static RoomAccounts Of(RoomState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var outcomes = new OutcomeCounts();
        var replies = new Dictionary<string, long>(StringComparer.Ordinal);
        long own = 0, history = 0, floor = 0;
        var conserved = true;
        foreach (var seat in state.Seats)
        {
            outcomes.Add(seat.Counts);
            replies[state.Roster.NameOf(seat.Persona)] = seat.Own;
            own += seat.Own;
            history += seat.History;
            floor += state.NotOfferedByFloor(seat);
            conserved &= state.IsConserved(seat) && seat.Counts.Open == (seat.Open is null ? 0 : 1) && seat.Counts.Spoke == seat.Own;
        }

        return new()
        {
            Outcomes = outcomes,
            Own = own,
            History = history,
            Floor = floor,
            Messages = state.Messages,
            Replies = replies,
            Quiet = state.OpenTurns == 0,
            Conserved = conserved && outcomes.Open == state.OpenTurns,
        };
    }
}
