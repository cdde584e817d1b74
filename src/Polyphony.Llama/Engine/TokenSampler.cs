using System.Numerics;
using System.Runtime.InteropServices;

namespace Polyphony.Llama.Engine;

/// <summary>Chooses tokens as a <see cref="Sampling"/> says. Of one request; allocates nothing once it is made. A choice looks at each logit once, so its cost is that of reading them.</summary>
internal sealed class TokenSampler
{
    /// <summary>What is returned where there is nothing to choose: every logit is −∞, or one is not a number.</summary>
    public const int None = -1;

    private readonly Sampling _sampling;
    private readonly float[] _logits;
    private readonly int[] _tokens;
    private ulong _state;

    public TokenSampler(Sampling sampling, int vocabulary)
    {
        (_sampling, _state) = (sampling, sampling.Seed);
        var candidates = sampling.Temperature > 0 ? Math.Min(sampling.TopK, vocabulary) : 0;
        (_logits, _tokens) = (new float[candidates], new int[candidates]);
    }

    /// <summary>The next token, or <see cref="None"/>.</summary>
    public int Choose(ReadOnlySpan<float> logits)
    {
        var likeliest = Likeliest(logits);
        if (likeliest == None || _tokens.Length <= 1)
        {
            return likeliest;
        }

        var count = SelectLikeliest(logits);
        SortDescending(count);
        return Draw(count);
    }

    private static int Likeliest(ReadOnlySpan<float> logits)
    {
        var most = new Vector<float>(float.NegativeInfinity);
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(logits);
        foreach (var vector in vectors)
        {
            most = Vector.Max(most, vector);
        }

        var best = float.NegativeInfinity;
        for (var i = 0; i < Vector<float>.Count; i++)
        {
            best = MathF.Max(best, most[i]);
        }

        foreach (var logit in logits[(vectors.Length * Vector<float>.Count)..])
        {
            best = MathF.Max(best, logit);
        }

        return float.IsFinite(best) ? logits.IndexOf(best) : None;
    }

    /// <summary>Fills a heap, the least likely at its root, with the likeliest tokens.</summary>
    private int SelectLikeliest(ReadOnlySpan<float> logits)
    {
        var count = Math.Min(_tokens.Length, logits.Length);
        for (var i = 0; i < count; i++)
        {
            (_logits[i], _tokens[i]) = (logits[i], i);
        }

        for (var i = (count / 2) - 1; i >= 0; i--)
        {
            Sink(i, count);
        }

        for (var i = count; i < logits.Length;)
        {
            if (i + Vector<float>.Count <= logits.Length && !Vector.GreaterThanAny(new Vector<float>(logits[i..]), new Vector<float>(_logits[0])))
            {
                i += Vector<float>.Count;
                continue;
            }

            var end = Math.Min(i + Vector<float>.Count, logits.Length);
            for (; i < end; i++)
            {
                // A later token that is as likely as the root has a higher number, and stays out.
                if (logits[i] > _logits[0])
                {
                    (_logits[0], _tokens[0]) = (logits[i], i);
                    Sink(0, count);
                }
            }
        }

        return count;
    }

    private void SortDescending(int count)
    {
        for (var end = count - 1; end > 0; end--)
        {
            Swap(0, end);
            Sink(0, end);
        }
    }

    private int Draw(int count)
    {
        var (all, kept) = (0.0, 0.0);
        for (var i = 0; i < count; i++)
        {
            all += Weight(i);
        }

        var end = 0;
        while (end < count && kept < _sampling.TopP * all)
        {
            kept += Weight(end++);
        }

        var rest = NextShare() * kept;
        for (var i = 0; i < end - 1; i++)
        {
            rest -= Weight(i);
            if (rest < 0)
            {
                return _tokens[i];
            }
        }

        return _tokens[Math.Max(0, end - 1)];
    }

    private double Weight(int index) => Math.Exp(((double)_logits[index] - _logits[0]) / _sampling.Temperature);

    /// <summary>A number from 0 up to 1, by SplitMix64.</summary>
    private double NextShare()
    {
        _state += 0x9E3779B97F4A7C15UL;
        var mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL;
        return ((mixed ^ (mixed >> 31)) >> 11) * (1.0 / (1UL << 53));
    }

    private void Sink(int index, int count)
    {
        while (true)
        {
            var (left, right, least) = ((2 * index) + 1, (2 * index) + 2, index);
            least = left < count && IsLess(left, least) ? left : least;
            least = right < count && IsLess(right, least) ? right : least;
            if (least == index)
            {
                return;
            }

            Swap(index, least);
            index = least;
        }
    }

    private bool IsLess(int one, int other) => _logits[one] < _logits[other] || (_logits[one] == _logits[other] && _tokens[one] > _tokens[other]);

    private void Swap(int one, int other)
    {
        (_logits[one], _logits[other]) = (_logits[other], _logits[one]);
        (_tokens[one], _tokens[other]) = (_tokens[other], _tokens[one]);
    }
}
