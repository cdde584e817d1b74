namespace Polyphony.Rooms;

/// <summary>Holds results back until no earlier turn is open, so that they are taken in the order in which their turns were offered. The writer's own.</summary>
internal sealed class TurnOrder
{
    private readonly SortedDictionary<long, TurnResultWork> _held = [];

    /// <summary>Keeps <paramref name="work"/> where an earlier turn is open; false where it may be decided now.</summary>
    public bool Holds(TurnResultWork work, RoomState state)
    {
        var holds = HasEarlierOpen(state, work.Turn);
        if (holds)
        {
            _held[work.Turn] = work;
        }

        return holds;
    }

    /// <summary>The first of what is held, once no earlier turn is open; null where there is none. Ask after whatever may have closed a turn.</summary>
    public TurnResultWork? Release(RoomState state)
    {
        foreach (var (turn, first) in _held)
        {
            if (HasEarlierOpen(state, turn))
            {
                break;
            }

            _held.Remove(turn);
            return first;
        }

        return null;
    }

    /// <summary>Everything that is held; nothing is afterwards.</summary>
    public TurnResultWork[] ReleaseAll()
    {
        TurnResultWork[] all = [.. _held.Values];
        _held.Clear();
        return all;
    }

    private static bool HasEarlierOpen(RoomState state, long turn)
    {
        foreach (var seat in state.Seats)
        {
            if (seat.Open is { } open && open.Turn.Value < turn)
            {
                return true;
            }
        }

        return false;
    }
}
