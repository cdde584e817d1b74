namespace Polyphony.Llama.Engine;

/// <summary>Where a prompt meets what is kept.</summary>
/// <param name="Prefix">The prefix that has the most of its first tokens; absent where none has one.</param>
/// <param name="Length">How many they are, those still to be computed included.</param>
internal readonly record struct PrefixMatch(Prefix? Prefix, int Length);

/// <summary>
/// The prefixes that are kept, as a tree: each is a sequence of the cache and shares the cells of its first tokens with what it branches off. Pure: it says what is to be
/// done to the cache in <paramref name="changes"/>, in order, and touches no context.
/// </summary>
/// <param name="sequences">The sequences it may use. Their number is the most prefixes there can be.</param>
/// <param name="changes">Where it writes what is to be done before the next decode.</param>
/// <remarks>
/// Two prefixes share the cells of all the tokens they have in common: whatever comes branches off where it agrees longest. A cell is counted where it is a prefix's own, so once.
/// A search compares a prompt with each prefix: some microseconds for the dozens there are.
/// </remarks>
internal sealed class PrefixTree(IEnumerable<int> sequences, List<CacheChange> changes)
{
    private readonly List<Prefix> _prefixes = [];
    private readonly Stack<int> _free = new(sequences);
    private long _uses;

    /// <summary>The prefixes, in no order that means something.</summary>
    public IReadOnlyList<Prefix> Prefixes => _prefixes;

    /// <summary>Whether one more prefix can be kept without letting one go.</summary>
    public bool HasSequence => _free.Count > 0;

    /// <summary>Cells that hold tokens now, each counted once.</summary>
    public int Cells => _prefixes.Sum(prefix => prefix.OwnCells);

    /// <summary>Cells when everything that is begun is computed, each counted once.</summary>
    public int PromisedCells => _prefixes.Sum(prefix => prefix.Tokens.Length - prefix.Shared);

    /// <summary>The prefix that has most of the first tokens of <paramref name="prompt"/>: among equals one that ends there, then the one of which more is computed.</summary>
    public PrefixMatch Find(ReadOnlySpan<int> prompt)
    {
        var best = default(PrefixMatch);
        foreach (var prefix in _prefixes)
        {
            var length = prompt.CommonPrefixLength(prefix.Tokens);
            if (length > best.Length || (length > 0 && length == best.Length && IsBetter(prefix, best.Prefix!, length)))
            {
                best = new(prefix, length);
            }
        }

        return best;
    }

    /// <summary>Keeps a prefix: continues the one that was found where it ends there, and lets a new one branch off otherwise. <see cref="Find"/> comes right before.</summary>
    /// <exception cref="InvalidOperationException">A new one is needed, and there is no sequence: let one go before.</exception>
    public Prefix Keep(ReadOnlySpan<int> tokens, PrefixMatch match)
    {
        if (match.Prefix is { } found && found.Tokens.Length == match.Length)
        {
            found.Tokens = tokens.ToArray();
            return found;
        }

        if (!_free.TryPop(out var sequence))
        {
            throw new InvalidOperationException($"all {_prefixes.Count} sequences of prefixes are taken; remove one before keeping another");
        }

        var branch = new Prefix(sequence) { Tokens = tokens.ToArray(), Parent = match.Prefix, Shared = match.Length, AwaitsParent = match.Prefix is not null };
        _prefixes.Add(branch);
        match.Prefix?.Branches.Add(branch);
        match.Prefix?.Pin(match.Length);
        return branch;
    }

    /// <summary>Uses the first tokens of a prefix: it stays, and is computed as far, until <see cref="Release"/>.</summary>
    public void Pin(Prefix prefix, int tokens)
    {
        prefix.LastUse = ++_uses;
        prefix.Pin(tokens);
    }

    /// <summary>Ends a use. What nobody needs any more and is not computed yet is given up.</summary>
    public void Release(Prefix prefix, int tokens)
    {
        prefix.Unpin(tokens);
        var needed = Math.Max(prefix.Computed, prefix.Needed);
        if (needed < prefix.Tokens.Length)
        {
            prefix.Tokens = prefix.Tokens[..needed];
        }

        if (prefix is { AwaitsParent: true, Parent: { } parent } && needed > 0 && needed < prefix.Shared)
        {
            var before = prefix.Shared;
            prefix.Shared = needed;
            parent.Pin(needed);
            Release(parent, before);
        }

        if (!prefix.IsPinned && prefix.Computed == 0)
        {
            Remove(prefix);
        }
    }

    /// <summary>Copies what branches wait for and is there now. Once before each decode.</summary>
    public void Advance()
    {
        foreach (var prefix in _prefixes)
        {
            if (prefix is { AwaitsParent: true, Parent: { } parent } && parent.Computed >= prefix.Shared)
            {
                changes.Add(CacheChange.Copy(parent.Sequence, prefix.Sequence, prefix.Shared));
                (prefix.Computed, prefix.AwaitsParent) = (prefix.Shared, false);
                parent.Unpin(prefix.Shared);
            }
        }
    }

    /// <summary>What is worth least among what nobody uses: tokens that would have to be computed again × how lately they were used. Absent where there is nothing.</summary>
    public Prefix? LeastValuable(Prefix? except = null)
    {
        var (least, leastValue) = (default(Prefix), 0.0);
        foreach (var prefix in _prefixes)
        {
            if (prefix.IsPinned || prefix == except)
            {
                continue;
            }

            var value = prefix.OwnTokens / (1.0 + _uses - prefix.LastUse);
            if (least is null || value < leastValue || (value == leastValue && prefix.LastUse < least.LastUse))
            {
                (least, leastValue) = (prefix, value);
            }
        }

        return least;
    }

    /// <summary>Lets a prefix go that nobody uses. What branches off it keeps the cells that it has.</summary>
    public void Remove(Prefix prefix)
    {
        if (prefix.IsPinned)
        {
            throw new InvalidOperationException($"the prefix of sequence {prefix.Sequence} is in use; release it first");
        }

        _prefixes.Remove(prefix);
        _free.Push(prefix.Sequence);
        prefix.Parent?.Branches.Remove(prefix);
        if (prefix.AwaitsParent)
        {
            Release(prefix.Parent!, prefix.Shared);
        }

        if (prefix.Computed > 0)
        {
            changes.Add(CacheChange.Cut(prefix.Sequence));
        }

        HandDown(prefix);
    }

    /// <summary>The cells, each counted once, of the prefixes that are <paramref name="meant"/>, as they will be when they are computed.</summary>
    public int PromisedCellsOf(Func<Prefix, bool> meant)
    {
        var cells = 0;
        foreach (var prefix in _prefixes)
        {
            cells += Math.Max(0, Reach(prefix, meant) - prefix.Shared);
        }

        return cells;
    }

    /// <summary>Everything is gone, with the cache.</summary>
    public void Clear()
    {
        foreach (var prefix in _prefixes)
        {
            _free.Push(prefix.Sequence);
        }

        _prefixes.Clear();
    }

    /// <summary>The branch that shares most takes the place of its parent, and the others branch off it or off what is above.</summary>
    private static void HandDown(Prefix gone)
    {
        var heir = gone.Branches.MaxBy(branch => branch.Shared);
        if (heir is null)
        {
            return;
        }

        foreach (var branch in gone.Branches)
        {
            if (branch != heir && branch.Shared > gone.Shared)
            {
                branch.Parent = heir;
                heir.Branches.Add(branch);
                continue;
            }

            branch.Parent = gone.Parent;
            branch.Shared = gone.Parent is null ? 0 : Math.Min(branch.Shared, gone.Shared);
            gone.Parent?.Branches.Add(branch);
        }
    }

    /// <summary>How many first tokens of a prefix are held by those that are meant, itself or what branches off it.</summary>
    private static int Reach(Prefix prefix, Func<Prefix, bool> meant)
    {
        if (meant(prefix))
        {
            return prefix.Tokens.Length;
        }

        var reach = 0;
        foreach (var branch in prefix.Branches)
        {
            reach = Math.Max(reach, Math.Min(branch.Shared, Reach(branch, meant)));
        }

        return reach;
    }

    private static bool IsBetter(Prefix one, Prefix other, int length)
    {
        var (oneEnds, otherEnds) = (one.Tokens.Length == length, other.Tokens.Length == length);
        return oneEnds != otherEnds ? oneEnds : one.Computed > other.Computed;
    }
}
