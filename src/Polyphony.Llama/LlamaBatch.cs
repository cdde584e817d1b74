using System.Runtime.InteropServices;

namespace Polyphony.Llama;

/// <summary>The tokens of one decode, of any sequences. Kept and filled again, it allocates nothing. Not thread-safe.</summary>
public sealed class LlamaBatch
{
    private readonly List<int> _tokens = [];
    private readonly List<int> _positions = [];
    private readonly List<int> _sequences = [];
    private readonly List<sbyte> _outputs = [];

    /// <summary>How many tokens it holds.</summary>
    public int Count => _tokens.Count;

    /// <summary>How many of them ask for a row of logits.</summary>
    public int Outputs { get; private set; }

    internal ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    internal ReadOnlySpan<int> Positions => CollectionsMarshal.AsSpan(_positions);

    internal ReadOnlySpan<int> Sequences => CollectionsMarshal.AsSpan(_sequences);

    internal ReadOnlySpan<sbyte> OutputMarks => CollectionsMarshal.AsSpan(_outputs);

    /// <summary>Adds one token. What does not fit the context is refused by <see cref="LlamaContext.Decode"/>.</summary>
    /// <param name="token">The token.</param>
    /// <param name="position">Where it stands in its sequence, from 0.</param>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="output">Whether the logits of what follows it are wanted.</param>
    /// <returns>Its index in the batch, under which its logits are asked for.</returns>
    public int Add(int token, int position, int sequence, bool output = false)
    {
        _tokens.Add(token);
        _positions.Add(position);
        _sequences.Add(sequence);
        _outputs.Add(output ? (sbyte)1 : (sbyte)0);
        Outputs += output ? 1 : 0;
        return Count - 1;
    }

    /// <summary>Adds tokens one behind the other, with the logits of the last if they are wanted.</summary>
    /// <returns>The index of the last.</returns>
    public int AddRange(ReadOnlySpan<int> tokens, int firstPosition, int sequence, bool outputOfLast = false)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            Add(tokens[i], firstPosition + i, sequence, outputOfLast && i == tokens.Length - 1);
        }

        return Count - 1;
    }

    /// <summary>Takes all tokens out.</summary>
    public void Clear()
    {
        _tokens.Clear();
        _positions.Clear();
        _sequences.Clear();
        _outputs.Clear();
        Outputs = 0;
    }
}
