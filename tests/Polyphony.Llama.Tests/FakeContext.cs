using Polyphony.Llama.Engine;

namespace Polyphony.Llama.Tests;

/// <summary>
/// A cache without a model: it holds cells as the library does, and refuses what that would. The next token of a sequence is a function of all of its tokens, so a wrong cell shows.
/// </summary>
internal sealed class FakeContext(int cells, int sequences, int batchTokens) : IEngineContext
{
    public const int Vocabulary = 40;
    public const int EndOfReply = 0;

    private readonly List<Cell>[] _sequences = [.. Enumerable.Range(0, sequences).Select(static _ => new List<Cell>())];
    private readonly Dictionary<int, float[]> _rows = [];

    public int Cells => cells;

    /// <summary>How often it decoded, and how many tokens.</summary>
    public int Decodes { get; private set; }

    public int Tokens { get; private set; }

    /// <summary>The next decode fails.</summary>
    public bool Fails { get; set; }

    public bool IsDisposed { get; private set; }

    public int Used => _sequences.SelectMany(static s => s).Distinct().Count();

    public int LengthOf(int sequence) => _sequences[sequence].Count;

    public static float[] LogitsAfter(IEnumerable<int> tokens)
    {
        var hash = tokens.Aggregate(0x12345678u, static (h, token) => ((h ^ (uint)token) * 0x01000193u) + 7);
        return [.. Enumerable.Range(0, Vocabulary).Select(token => ((hash * (uint)(token + 3)) >> 7) % 1000 / 100f)];
    }

    /// <summary>What would be written behind a prompt, by the likeliest token each time.</summary>
    public static int[] Reply(IEnumerable<int> prompt, int most)
    {
        List<int> all = [.. prompt], reply = [];
        while (reply.Count < most && TokenSampler.Likeliest(LogitsAfter(all)) is not EndOfReply and var next)
        {
            all.Add(next);
            reply.Add(next);
        }

        return [.. reply];
    }

    public void Decode(LlamaBatch batch)
    {
        batch.Count.ShouldBeInRange(1, batchTokens);
        _rows.Clear();
        if (Fails)
        {
            Fails = false;
            throw new LlamaException(LlamaFault.DecodeFailed, "the fake was told to fail");
        }

        for (var i = 0; i < batch.Count; i++)
        {
            var sequence = _sequences[batch.Sequences[i]];
            batch.Positions[i].ShouldBe(sequence.Count, "a token stands right behind the last one of its sequence");
            sequence.Add(new(batch.Tokens[i]));
            if (batch.OutputMarks[i] != 0)
            {
                _rows[i] = LogitsAfter(sequence.Select(static c => c.Token));
            }
        }

        Used.ShouldBeLessThanOrEqualTo(cells, "what was let in fits");
        Decodes++;
        Tokens += batch.Count;
    }

    public ReadOnlySpan<float> Logits(int index) => _rows[index];

    public void CopySequence(int from, int to, int? tokens = null)
    {
        var count = tokens ?? _sequences[from].Count;
        _sequences[to].ShouldBeEmpty();
        count.ShouldBeLessThanOrEqualTo(_sequences[from].Count);
        _sequences[to].AddRange(_sequences[from].Take(count));
    }

    public void RemoveSequence(int sequence, int fromPosition = 0)
    {
        if (fromPosition < _sequences[sequence].Count)
        {
            _sequences[sequence].RemoveRange(fromPosition, _sequences[sequence].Count - fromPosition);
        }
    }

    public void Dispose() => IsDisposed = true;

    // Equal only to itself.
    private sealed class Cell(int token)
    {
        public int Token { get; } = token;
    }
}
