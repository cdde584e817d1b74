using System.Numerics;
using System.Runtime.InteropServices;

namespace Polyphony.Memory;

/// <summary>What was said, as an embedding model sees it: found by what it means. A search is one pass over numbers; belongs to the keeper.</summary>
internal sealed class EngramVectors
{
    private readonly Dictionary<long, float[]> _bySeq = [];

    public int Count => _bySeq.Count;

    public bool Has(long seq) => _bySeq.ContainsKey(seq);

    public float[]? Of(long seq) => _bySeq.GetValueOrDefault(seq);

    public void Add(long seq, float[] vector) => _bySeq[seq] = vector;

    public void Remove(long seq) => _bySeq.Remove(seq);

    /// <summary>The nearest, the best first, with the cosine.</summary>
    public List<EngramHit> Search(float[] query, int limit)
    {
        var best = new PriorityQueue<long, (double, long)>();
        foreach (var (seq, vector) in _bySeq)
        {
            var near = vector.Length == query.Length ? Dot(query, vector) : 0;
            if (near <= 0)
            {
                continue;
            }

            if (best.Count < limit)
            {
                best.Enqueue(seq, (near, seq));
            }
            else
            {
                best.EnqueueDequeue(seq, (near, seq));
            }
        }

        var hits = new List<EngramHit>(best.Count);
        while (best.TryDequeue(out var seq, out var rank))
        {
            hits.Add(new(seq, rank.Item1));
        }

        hits.Reverse();
        return hits;
    }

    /// <summary>The same direction with length 1; null for a vector that has none.</summary>
    public static float[]? Normalized(ReadOnlySpan<float> vector)
    {
        var length = MathF.Sqrt(Dot(vector, vector));
        if (!float.IsFinite(length) || length == 0)
        {
            return null;
        }

        var unit = vector.ToArray();
        for (var i = 0; i < unit.Length; i++)
        {
            unit[i] /= length;
        }

        return unit;
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = Vector<float>.Zero;
        var wideA = MemoryMarshal.Cast<float, Vector<float>>(a);
        var wideB = MemoryMarshal.Cast<float, Vector<float>>(b);
        for (var i = 0; i < wideA.Length; i++)
        {
            sum += wideA[i] * wideB[i];
        }

        var dot = Vector.Sum(sum);
        for (var at = wideA.Length * Vector<float>.Count; at < a.Length; at++)
        {
            dot += a[at] * b[at];
        }

        return dot;
    }
}
