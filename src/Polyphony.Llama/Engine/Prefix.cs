namespace Polyphony.Llama.Engine;

/// <summary>A beginning of prompts that is kept: one sequence of the cache. It branches off another where it shares that one's first tokens.</summary>
internal sealed class Prefix(int sequence)
{
    private readonly List<int> _needs = [];

    /// <summary>Its sequence in the cache.</summary>
    public int Sequence { get; } = sequence;

    /// <summary>What it is to hold when it is whole.</summary>
    public int[] Tokens { get; set; } = [];

    /// <summary>How many of <see cref="Tokens"/> are in the cache.</summary>
    public int Computed { get; set; }

    /// <summary>What it branches off, where it does.</summary>
    public Prefix? Parent { get; set; }

    /// <summary>How many first tokens, and their cells, it has in common with <see cref="Parent"/>.</summary>
    public int Shared { get; set; }

    /// <summary>Whether what it shares is not copied yet: its parent must be computed as far first.</summary>
    public bool AwaitsParent { get; set; }

    /// <summary>What branches off it.</summary>
    public List<Prefix> Branches { get; } = [];

    /// <summary>What of it is still to be computed.</summary>
    public Reading Reading { get; } = new();

    /// <summary>When it was last used, counted in uses of the tree.</summary>
    public long LastUse { get; set; }

    /// <summary>Whether somebody uses it: it stays.</summary>
    public bool IsPinned => _needs.Count > 0;

    /// <summary>How many tokens those who use it need.</summary>
    public int Needed => _needs.Count == 0 ? 0 : _needs.Max();

    /// <summary>How many tokens are still to be computed, and can be now.</summary>
    public int Pending => AwaitsParent ? 0 : Tokens.Length - Computed;

    /// <summary>The cells that it has and its parent does not.</summary>
    public int OwnCells => Math.Max(0, Computed - Shared);

    /// <summary>The tokens that would have to be computed again if it went.</summary>
    public int OwnTokens
    {
        get
        {
            var kept = Shared;
            foreach (var branch in Branches)
            {
                kept = Math.Max(kept, branch.Shared);
            }

            return Math.Max(0, Computed - kept);
        }
    }

    public void Pin(int tokens) => _needs.Add(tokens);

    public void Unpin(int tokens)
    {
        if (!_needs.Remove(tokens))
        {
            throw new InvalidOperationException($"a prefix was given back that nobody had taken ({tokens} tokens of sequence {Sequence}); release what Pin took, once");
        }
    }
}
