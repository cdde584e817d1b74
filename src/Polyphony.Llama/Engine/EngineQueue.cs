namespace Polyphony.Llama.Engine;

/// <summary>What waits: a bounded line for each urgency. Thread-safe.</summary>
/// <param name="capacity">How many wait in each.</param>
internal sealed class EngineQueue(int capacity)
{
    /// <summary>Of so many that are let in, one is the oldest of all, however little urgent: so nobody waits for ever.</summary>
    internal const int Fairness = 8;

    private readonly Lock _gate = new();
    private readonly LinkedList<EngineWork>[] _lines = [.. Enum.GetValues<EngineUrgency>().Select(static _ => new LinkedList<EngineWork>())];
    private bool _isClosed;
    private int _taken;

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _lines.Sum(static l => l.Count);
            }
        }
    }

    /// <summary>Lets one more wait; false where the line is full, or closed.</summary>
    public bool TryAdd(EngineWork work, out bool isClosed)
    {
        lock (_gate)
        {
            isClosed = _isClosed;
            var line = _lines[(int)work.Request.Urgency];
            if (isClosed || line.Count >= capacity)
            {
                return false;
            }

            line.AddLast(work);
            return true;
        }
    }

    /// <summary>Takes one out that has not been taken yet.</summary>
    public bool TryRemove(EngineWork work)
    {
        lock (_gate)
        {
            return _lines[(int)work.Request.Urgency].Remove(work);
        }
    }

    /// <summary>Takes the next one if it fits: mentions first, then by urgency, but for the oldest now and then. Whoever is next and does not fit is waited for.</summary>
    public EngineWork? TakeNext(Func<EngineWork, bool> fits)
    {
        lock (_gate)
        {
            var line = _lines[(int)EngineUrgency.Mention] is { Count: > 0 } mentions ? mentions
                : _taken % Fairness == Fairness - 1 ? _lines.Where(static l => l.Count > 0).MinBy(static l => l.First!.Value.SubmittedAt)
                : Array.Find(_lines, static l => l.Count > 0);
            if (line?.First is not { Value: var next } || !fits(next))
            {
                return null;
            }

            line.RemoveFirst();
            _taken++;
            return next;
        }
    }

    /// <summary>Takes out those that nobody waits for any more, or whose time has run out.</summary>
    public List<EngineWork> TakeEnded() => Take(static w => w.HasEnded);

    /// <summary>Takes out all, and lets nobody in again.</summary>
    public List<EngineWork> Close()
    {
        lock (_gate)
        {
            _isClosed = true;
        }

        return Take(static _ => true);
    }

    private List<EngineWork> Take(Predicate<EngineWork> wanted)
    {
        List<EngineWork> taken = [];
        lock (_gate)
        {
            foreach (var line in _lines)
            {
                for (var node = line.First; node is not null;)
                {
                    var next = node.Next;
                    if (wanted(node.Value))
                    {
                        taken.Add(node.Value);
                        line.Remove(node);
                    }

                    node = next;
                }
            }
        }

        return taken;
    }
}
