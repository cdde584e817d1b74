namespace Polyphony.Llama.Engine;

/// <summary>Who waits, who is worked on, and the cells and sequences that they hold. Pure: what is to be done to the cache is told in <see cref="Changes"/>.</summary>
/// <remarks>
/// A request enters when its cells are reserved to the last one that it may write, so that the cache is never full under it. Who is first in its queue and does not fit is waited for: nobody
/// behind it, and nobody less urgent, goes past, so that what is large gets its turn. A mention does not wait for what is less urgent: that gives its place up, and goes on later.
/// </remarks>
internal sealed class Admission
{
    private readonly AdmissionSize _size;
    private readonly Stack<int> _sequences;
    private readonly List<Lane>[] _waiting = [.. Enum.GetValues<EngineUrgency>().Select(_ => new List<Lane>())];
    private readonly List<Lane> _running = [];
    private int _reserved;

    public Admission(AdmissionSize size)
    {
        _size = size;
        _sequences = new(Enumerable.Range(0, size.Lanes).Reverse());
        Tree = new(Enumerable.Range(size.Lanes, size.Prefixes).Reverse(), Changes);
    }

    /// <summary>What is to be done to the cache before the next decode, in order.</summary>
    public List<CacheChange> Changes { get; } = [];

    public PrefixTree Tree { get; }

    /// <summary>Those that are worked on, in the order of their entry.</summary>
    public IReadOnlyList<Lane> Running => _running;

    /// <summary>Whether somebody waits.</summary>
    public bool HasWaiting => _waiting.Any(queue => queue.Count > 0);

    /// <summary>Those that wait after they were worked on.</summary>
    public int Suspended => _waiting.Sum(queue => queue.Count(lane => lane.Run.HasBegun));

    /// <summary>Tokens of prompts that were there, or on their way, when a request entered.</summary>
    public long ReusedTokens { get; private set; }

    /// <summary>How often somebody gave their place up.</summary>
    public long Suspensions { get; private set; }

    /// <summary>Cells that hold tokens, each counted once.</summary>
    public int Cells => Tree.Cells + _running.Sum(lane => lane.OwnCells);

    public void Add(Lane lane) => _waiting[(int)lane.Request.Urgency].Add(lane);

    /// <summary>Takes those out that are to end, and gives back what they had.</summary>
    /// <param name="ends">Whether one is.</param>
    /// <param name="ended">Where they are put.</param>
    public void TakeOut(Predicate<Lane> ends, List<Lane> ended)
    {
        foreach (var queue in _waiting)
        {
            for (var i = queue.Count - 1; i >= 0; i--)
            {
                if (ends(queue[i]))
                {
                    ended.Add(queue[i]);
                    queue.RemoveAt(i);
                }
            }
        }

        for (var i = _running.Count - 1; i >= 0; i--)
        {
            if (ends(_running[i]))
            {
                ended.Add(_running[i]);
                Leave(_running[i]);
            }
        }
    }

    /// <summary>Lets in whom there is room for.</summary>
    public void Admit()
    {
        foreach (var queue in _waiting)
        {
            while (queue.Count > 0)
            {
                var lane = queue[0];
                if (lane.Run.HasEnded)
                {
                    queue.RemoveAt(0);
                }
                else if (TryEnter(lane))
                {
                    queue.RemoveAt(0);
                    _running.Add(lane);
                    if (!lane.Run.TryBegin())
                    {
                        Leave(lane);
                    }
                }
                else if (!TryMakePlace(lane))
                {
                    return;
                }
            }
        }
    }

    /// <summary>Takes one out that is worked on, and gives back what it had.</summary>
    public void Leave(Lane lane)
    {
        _running.Remove(lane);
        _sequences.Push(lane.Sequence);
        _reserved -= lane.MostCells - lane.Shared;
        if (lane.Computed > 0)
        {
            Changes.Add(CacheChange.Cut(lane.Sequence));
        }

        if (lane.Prefix is { } prefix)
        {
            Tree.Release(prefix, lane.Shared);
        }

        lane.Leave();
        while (Tree.LeastValuable() is { } least && Tree.PromisedCells - Tree.PromisedCellsOf(static prefix => prefix.IsPinned) > _size.IdleCells)
        {
            Tree.Remove(least);
        }
    }

    /// <summary>The cache is gone, and with it the place of everybody who was worked on.</summary>
    public void Lose(List<Lane> lost)
    {
        lost.AddRange(_running);
        foreach (var lane in _running)
        {
            _sequences.Push(lane.Sequence);
            lane.Leave();
        }

        _running.Clear();
        _reserved = 0;
        Tree.Clear();
        Changes.Clear();
    }

    private bool TryEnter(Lane lane)
    {
        if (_sequences.Count == 0 || (lane.Request.Urgency != EngineUrgency.Mention && _running.Count(Yields) >= Math.Max(1, _size.Lanes - 1)))
        {
            return false;
        }

        while (true)
        {
            var match = Tree.Find(lane.Text[..lane.SharedLimit]);
            var kept = lane.Request.KeptTokens;
            var (keeps, isContinued) = (kept > match.Length, match.Prefix?.Tokens.Length == match.Length);
            // Whether it keeps or not, a token takes one cell: in a prefix, or in its own sequence.
            var cells = lane.MostCells - match.Length;
            var fits = Tree.PromisedCells + _reserved + cells <= _size.Cells;
            if (fits && (!keeps || isContinued || Tree.HasSequence))
            {
                var prefix = keeps ? Tree.Keep(lane.Text[..kept], match) : match.Prefix;
                Enter(lane, prefix, Math.Max(kept, match.Length), match.Length);
                return true;
            }

            var isFree = match.Prefix is { IsPinned: false };
            if (!fits && CellsInUse(match.Prefix) + cells > _size.Cells)
            {
                if (!isFree || CellsInUse(null) + lane.MostCells > _size.Cells)
                {
                    return false;
                }

                Tree.Remove(match.Prefix!);
            }
            else if ((Tree.LeastValuable(except: match.Prefix) ?? (isFree ? match.Prefix : null)) is { } least)
            {
                Tree.Remove(least);
            }
            else
            {
                // Every sequence of prefixes is in use: what it would keep is computed as its own.
                Enter(lane, match.Prefix, match.Length, match.Length);
                return true;
            }
        }
    }

    private void Enter(Lane lane, Prefix? prefix, int shared, int found)
    {
        if (prefix is not null)
        {
            Tree.Pin(prefix, shared);
        }

        lane.Enter(_sequences.Pop(), prefix, shared, found);
        _reserved += lane.MostCells - shared;
        ReusedTokens += found;
    }

    /// <summary>Cells of those who are worked on, of prefixes that somebody uses, and of one more.</summary>
    private int CellsInUse(Prefix? more) => _reserved + Tree.PromisedCellsOf(prefix => prefix.IsPinned || prefix == more);

    /// <summary>For a mention: whoever is least urgent, and among those the last to enter, gives its place up, where that helps.</summary>
    private bool TryMakePlace(Lane mention)
    {
        var others = _running.Where(lane => !Yields(lane)).ToList();
        if (Yields(mention) || others.Count == _size.Lanes || others.Sum(lane => (long)lane.MostCells) + mention.MostCells > _size.Cells)
        {
            return false;
        }

        if (_running.Where(Yields).Reverse().MaxBy(lane => lane.Request.Urgency) is not { } yielding)
        {
            return false;
        }

        Leave(yielding);
        _waiting[(int)yielding.Request.Urgency].Insert(0, yielding);
        Suspensions++;
        return true;
    }

    private static bool Yields(Lane lane) => lane.Request.Urgency != EngineUrgency.Mention;
}

/// <summary>What there is to share out.</summary>
/// <param name="Cells">Cells of the cache.</param>
/// <param name="Lanes">The most that are worked on; their sequences are the first.</param>
/// <param name="Prefixes">The most that are kept; their sequences are those behind.</param>
/// <param name="IdleCells">The most cells of prefixes that nobody uses.</param>
internal readonly record struct AdmissionSize(int Cells, int Lanes, int Prefixes, int IdleCells);
