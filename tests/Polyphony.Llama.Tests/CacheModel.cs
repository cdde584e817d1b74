using Polyphony.Llama.Engine;

namespace Polyphony.Llama.Tests;

/// <summary>
/// A cache without a model: sequences of cells that hold a token each, as simple as it can be told. Checks what the engine's own context would refuse, and what it would silently take.
/// Its logits are a function of the tokens before, so that what a request reads tells whether its cells were the right ones.
/// </summary>
internal sealed class CacheModel(int cells, int sequences, int vocabulary = 64) : IDecoder
{
    private readonly List<Cell>[] _sequences = [.. Enumerable.Range(0, sequences).Select(_ => new List<Cell>())];
    private readonly Dictionary<int, float[]> _rows = [];

    /// <summary>Cells that some sequence has.</summary>
    public int Cells => _sequences.SelectMany(cell => cell).Distinct().Count();

    public int Decodes { get; private set; }

    public bool IsDisposed { get; private set; }

    /// <summary>Looks at each batch before it is decoded; may throw what a context throws.</summary>
    public Action<LlamaBatch>? BeforeDecode { get; set; }

    public int[] TokensOf(int sequence) => [.. _sequences[sequence].Select(cell => cell.Token)];

    public int CellsOf(IEnumerable<int> held) => held.SelectMany(sequence => _sequences[sequence]).Distinct().Count();

    public void Decode(LlamaBatch batch)
    {
        IsDisposed.ShouldBeFalse();
        BeforeDecode?.Invoke(batch);
        batch.Count.ShouldBeGreaterThan(0);
        _rows.Clear();
        for (var i = 0; i < batch.Count; i++)
        {
            var sequence = _sequences[batch.Sequences[i]];
            batch.Positions[i].ShouldBe(sequence.Count, "a sequence has no gap");
            sequence.Add(new(batch.Tokens[i]));
            if (batch.OutputMarks[i] != 0)
            {
                _rows[i] = LogitsOf(TokensOf(batch.Sequences[i]), vocabulary);
            }
        }

        Cells.ShouldBeLessThanOrEqualTo(cells, "what is admitted fits");
        Decodes++;
    }

    public ReadOnlySpan<float> Logits(int index) => _rows[index];

    public void CopySequence(int from, int to, int? tokens)
    {
        _sequences[to].ShouldBeEmpty();
        _sequences[from].Count.ShouldBeGreaterThanOrEqualTo(tokens!.Value);
        tokens.Value.ShouldBeGreaterThan(0);
        _sequences[to].AddRange(_sequences[from][..tokens.Value]);
    }

    public void RemoveSequence(int sequence, int fromPosition)
    {
        fromPosition.ShouldBeLessThan(_sequences[sequence].Count, "nothing is removed that is not there");
        _sequences[sequence].RemoveRange(fromPosition, _sequences[sequence].Count - fromPosition);
    }

    public void Dispose() => IsDisposed = true;

    /// <summary>The logits behind tokens: the same for the same tokens, and hardly ever for others.</summary>
    public static float[] LogitsOf(ReadOnlySpan<int> tokens, int vocabulary)
    {
        var state = 17UL;
        foreach (var token in tokens)
        {
            state = (state ^ (uint)token) * 0x9E3779B97F4A7C15UL;
            state ^= state >> 29;
        }

        var logits = new float[vocabulary];
        for (var i = 0; i < vocabulary; i++)
        {
            state = (state * 6364136223846793005UL) + 1442695040888963407UL;
            logits[i] = (state >> 40) / (float)(1 << 24) * 4;
        }

        return logits;
    }

    private sealed class Cell(int token)
    {
        public int Token { get; } = token;
    }
}
