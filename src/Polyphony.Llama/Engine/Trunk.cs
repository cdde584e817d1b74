using System.Runtime.InteropServices;

namespace Polyphony.Llama.Engine;

/// <summary>A kept prefix: the tokens that its sequence shall have, and how many of them are computed. Belongs to its <see cref="PrefixTree"/>.</summary>
internal sealed class Trunk(int sequence)
{
    private readonly List<int> _tokens = [];

    /// <summary>Where its cells are.</summary>
    public int Sequence { get; } = sequence;

    /// <summary>The tokens, those that are still to be computed included.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>How many of them are there.</summary>
    public int Computed { get; private set; }

    /// <summary>How many requests, and trunks that begin with it, need it.</summary>
    public int Users { get; set; }

    /// <summary>When it was last needed, in requests.</summary>
    public long LastUse { get; set; }

    /// <summary>The trunk whose first <see cref="SourceTokens"/> it begins with, until they are there and shared.</summary>
    public Trunk? Source { get; private set; }

    /// <summary>See <see cref="Source"/>.</summary>
    public int SourceTokens { get; private set; }

    /// <summary>What is to be computed next.</summary>
    public ReadOnlySpan<int> Missing => Tokens[Computed..];

    /// <summary>Says what it begins with, and who has that.</summary>
    public void BeginWith(Trunk source, int tokens)
    {
        (Source, SourceTokens) = (source, tokens);
        source.Users++;
        Extend(source.Tokens[..tokens]);
    }

    /// <summary>What it begins with is shared now.</summary>
    public void TakeSource()
    {
        Computed = SourceTokens;
        DropSource();
    }

    /// <summary>Needs no source any more.</summary>
    public void DropSource()
    {
        Source?.Users -= 1;
        Source = null;
    }

    /// <summary>Shall have more.</summary>
    public void Extend(ReadOnlySpan<int> tokens) => _tokens.AddRange(tokens);

    /// <summary>So many more are there.</summary>
    public void Compute(int tokens) => Computed += tokens;

    /// <summary>Nobody waits for what is not there.</summary>
    public void Cut() => CollectionsMarshal.SetCount(_tokens, Computed);
}
