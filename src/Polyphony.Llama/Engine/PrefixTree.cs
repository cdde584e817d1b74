namespace Polyphony.Llama.Engine;

/// <summary>
/// The prefixes that are kept, each a sequence of the cache. Where two begin with the same tokens they have the same cells there, so together they are a tree, although each is held whole.
/// </summary>
/// <remarks>Pure: it says which sequences are to be emptied (<see cref="Emptied"/>), and whoever has the cache does it before anything is computed. For one thread.</remarks>
internal sealed class PrefixTree
{
    private readonly List<Trunk> _trunks = [];
    private readonly Stack<int> _free = [];
    private readonly int _most;
    private long _requests;
    private int? _cells;

    /// <param name="firstSequence">The first sequence that is for prefixes.</param>
    /// <param name="sequences">How many are.</param>
    /// <param name="mostIdleCells">The most cells that prefixes which nobody needs may hold.</param>
    public PrefixTree(int firstSequence, int sequences, int mostIdleCells)
    {
        _most = mostIdleCells;
        for (var i = sequences - 1; i >= 0; i--)
        {
            _free.Push(firstSequence + i);
        }
    }

    /// <summary>The sequences that hold nothing of use any more, for the owner of the cache to empty.</summary>
    public List<int> Emptied { get; } = [];

    /// <summary>What is kept.</summary>
    public IReadOnlyList<Trunk> Trunks => _trunks;

    /// <summary>The cells of all of it, those that are still to be computed included: what several begin with counts once.</summary>
    public int Cells => _cells ??= CellsOf(static _ => true, static t => t.Tokens.Length);

    /// <summary>The cells that are computed.</summary>
    public int ComputedCells => CellsOf(static _ => true, static t => t.Computed);

    /// <summary>How many of the first tokens of <paramref name="prompt"/> are kept or on their way, and by whom; null where there is nothing.</summary>
    public Trunk? Longest(ReadOnlySpan<int> prompt, out int tokens)
    {
        (Trunk? best, tokens) = (null, 0);
        foreach (var trunk in _trunks)
        {
            var common = prompt.CommonPrefixLength(trunk.Tokens);
            if (common > tokens)
            {
                (best, tokens) = (trunk, common);
            }
        }

        return best;
    }

    /// <summary>The cells that <see cref="Hold"/> would take beside those that there are.</summary>
    public int Growth(ReadOnlySpan<int> kept)
    {
        Longest(kept, out var known);
        return kept.Length - known;
    }

    /// <summary>
    /// Takes hold of a trunk that begins with <paramref name="kept"/>, or will: one that has it, one that is continued, or a new one that shares what it can. Where no sequence is free for a new
    /// one, the longest that there is, with fewer of its tokens; null where there is nothing.
    /// </summary>
    /// <param name="kept">What is to be kept.</param>
    /// <param name="held">How many of its tokens the trunk has or will have.</param>
    public Trunk? Hold(ReadOnlySpan<int> kept, out int held)
    {
        _requests++;
        var longest = Longest(kept, out held);
        if (held < kept.Length)
        {
            if (longest is not null && held == longest.Tokens.Length)
            {
                longest.Extend(kept[held..]);
                held = kept.Length;
                _cells = null;
            }
            else if (Branch(longest, held, kept) is { } made)
            {
                (longest, held) = (made, kept.Length);
            }
        }

        if (longest is not null)
        {
            longest.Users++;
            longest.LastUse = _requests;
        }

        return longest;
    }

    /// <summary>Lets go of a trunk. It stays for whoever comes next, as far as it is computed and there is room.</summary>
    public void Release(Trunk trunk)
    {
        trunk.Users--;
        if (trunk.Users > 0)
        {
            return;
        }

        trunk.Cut();
        _cells = null;
        var source = trunk.Source;
        trunk.DropSource();
        if (trunk.Tokens.Length == 0)
        {
            Drop(trunk);
        }

        if (source is { Users: 0 })
        {
            source.Users++;
            Release(source);
        }

        while (IdleCells > _most && EvictOne())
        {
        }
    }

    /// <summary>What a trunk begins with is shared with it now.</summary>
    public void TakeSource(Trunk trunk)
    {
        var source = trunk.Source!;
        trunk.TakeSource();
        if (source.Users == 0)
        {
            source.Users++;
            Release(source);
        }
    }

    /// <summary>Lets prefixes go that nobody needs, the least worth first, until there are at most so many cells; false where even that is not enough.</summary>
    public bool ShrinkTo(int cells)
    {
        while (Cells > cells)
        {
            if (!EvictOne())
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The cells that prefixes which nobody needs have for themselves.</summary>
    public int IdleCells => Cells - CellsOf(static t => t.Users > 0, static t => t.Tokens.Length);

    private Trunk? Branch(Trunk? source, int shared, ReadOnlySpan<int> kept)
    {
        // The source is held meanwhile: a room for the branch must not be made of it.
        source?.Users += 1;
        try
        {
            if (_free.Count == 0 && !EvictOne())
            {
                return null;
            }
        }
        finally
        {
            source?.Users -= 1;
        }

        var trunk = new Trunk(_free.Pop());
        if (source is not null)
        {
            trunk.BeginWith(source, shared);
        }

        trunk.Extend(kept[shared..]);
        _trunks.Add(trunk);
        _cells = null;
        return trunk;
    }

    private bool EvictOne()
    {
        Trunk? least = null;
        var worth = double.MaxValue;
        foreach (var trunk in _trunks)
        {
            if (trunk.Users == 0 && WorthOf(trunk) is var its && its < worth)
            {
                (least, worth) = (trunk, its);
            }
        }

        if (least is null)
        {
            return false;
        }

        Drop(least);
        return true;
    }

    // What would have to be computed again, by how long ago it was of use.
    private double WorthOf(Trunk trunk)
    {
        var shared = 0;
        foreach (var other in _trunks)
        {
            shared = other == trunk ? shared : Math.Max(shared, trunk.Tokens.CommonPrefixLength(other.Tokens));
        }

        return (double)(trunk.Tokens.Length - shared + 1) / (_requests - trunk.LastUse + 1);
    }

    private void Drop(Trunk trunk)
    {
        _trunks.Remove(trunk);
        Emptied.Add(trunk.Sequence);
        _free.Push(trunk.Sequence);
        _cells = null;
    }

    // The nodes of the tree: in the order of their tokens, each has with the one before it all that it has with any before it.
    private int CellsOf(Func<Trunk, bool> counts, Func<Trunk, int> lengthOf)
    {
        var counted = _trunks.Where(counts).ToArray();
        Array.Sort(counted, (a, b) => a.Tokens[..lengthOf(a)].SequenceCompareTo(b.Tokens[..lengthOf(b)]));
        var cells = 0;
        ReadOnlySpan<int> before = [];
        foreach (var trunk in counted)
        {
            var tokens = trunk.Tokens[..lengthOf(trunk)];
            cells += tokens.Length - tokens.CommonPrefixLength(before);
            before = tokens;
        }

        return cells;
    }
}
