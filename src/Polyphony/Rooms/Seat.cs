namespace Polyphony.Rooms;

/// <summary>An offer without an outcome yet, as the room remembers it.</summary>
/// <param name="Turn">The turn.</param>
/// <param name="Attempt">Counted from 1.</param>
/// <param name="First">The first message of the burst.</param>
/// <param name="Last">The last message of the burst.</param>
/// <param name="Ground">Why this persona was offered the turn.</param>
public sealed record OpenTurn(TurnId Turn, int Attempt, long First, long Last, string Ground);

/// <summary>How an offer ended, for the question "why".</summary>
/// <param name="Turn">The turn.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Last">The last message of its burst.</param>
/// <param name="Ground">Why this persona was offered the turn.</param>
/// <param name="Outcome">How it ended.</param>
public sealed record ClosedTurn(TurnId Turn, int Attempt, long Last, string Ground, TurnOutcome Outcome);

/// <summary>A persona's place in a room: what it has seen, said, and is doing. Written by the room alone.</summary>
public sealed class Seat
{
    private OutcomeCounts? _counts;
    private List<long>? _ownAhead;

    internal Seat(ParticipantId persona, int order, long joinedAt)
    {
        Persona = persona;
        Order = order;
        JoinedAt = joinedAt;
        Cursor = joinedAt;
    }

    /// <summary>Whose place it is.</summary>
    public ParticipantId Persona { get; }

    /// <summary>When it first sat down, among the personas of the room; counted from 0.</summary>
    public int Order { get; }

    /// <summary>Whether it is here and can be offered a turn.</summary>
    public bool Present { get; internal set; }

    /// <summary>The high-water mark: what was said up to here is history and is never offered as new.</summary>
    public long JoinedAt { get; private set; }

    /// <summary>The persona has dealt with everything up to this message.</summary>
    public long Cursor { get; private set; }

    /// <summary>The message it said last; 0 when it has said nothing.</summary>
    public long LastSpoke { get; internal set; }

    /// <summary>The first message past the cursor that addresses it by name; 0 when there is none.</summary>
    public long AddressedAt { get; internal set; }

    /// <summary>The newest message that addresses it by name; 0 when there is none.</summary>
    public long LastAddressedAt { get; internal set; }

    /// <summary>The offer that has no outcome yet.</summary>
    public OpenTurn? Open { get; internal set; }

    /// <summary>The attempt that was superseded and is to be offered again, under the same turn id.</summary>
    public OpenTurn? Reoffer { get; internal set; }

    /// <summary>The offer that ended last.</summary>
    public ClosedTurn? LastClosed { get; internal set; }

    /// <summary>The offer in which it spoke last.</summary>
    public ClosedTurn? LastSpokeIn { get; internal set; }

    /// <summary>Offers and outcomes since the room began.</summary>
    public OutcomeCounts Counts => _counts ??= new();

    /// <summary>Messages it said.</summary>
    public long Own { get; private set; }

    /// <summary>Messages that were said while it was not here.</summary>
    public long History { get; internal set; }

    /// <summary>Messages that an ended offer dealt with.</summary>
    public long Settled { get; private set; }

    /// <summary>Messages that the cursor passed over without an offer: the floor went to others, or began its burst behind them.</summary>
    public long PassedOver { get; private set; }

    /// <summary>Messages of others past the cursor, up to <paramref name="last"/>.</summary>
    internal long Ahead(long last) => last - Cursor - (_ownAhead?.Count ?? 0);

    /// <summary>How many of the messages from <paramref name="first"/> to <paramref name="last"/>, both past the cursor, are its own.</summary>
    internal long OwnWithin(long first, long last) => _ownAhead is null ? 0 : Position(last + 1) - Position(first);

    /// <summary>Counts what it said; always past the cursor.</summary>
    internal void CountOwn(long seq)
    {
        Own++;
        (_ownAhead ??= []).Add(seq);
    }

    /// <summary>Counts what an ended offer dealt with and what the floor skipped before it, and moves the cursor.</summary>
    internal void Settle(OpenTurn turn, long cursor)
    {
        var skipped = turn.First - 1 - Cursor;
        PassedOver += skipped - OwnWithin(Cursor + 1, turn.First - 1);
        Settled += turn.Last - turn.First + 1 - OwnWithin(turn.First, turn.Last);
        Cursor = cursor;
        _ownAhead?.RemoveRange(0, Position(turn.Last + 1));
    }

    /// <summary>Joins again after leaving: what was said meanwhile is history.</summary>
    internal void Rejoin(long leftAt, long lastSeq)
    {
        PassedOver += Ahead(leftAt);
        History += lastSeq - leftAt;
        _ownAhead?.Clear();
        JoinedAt = lastSeq;
        Cursor = lastSeq;
        AddressedAt = 0;
        Reoffer = null;
    }

    private int Position(long seq) => _ownAhead!.BinarySearch(seq) is var at && at < 0 ? ~at : at;
}
