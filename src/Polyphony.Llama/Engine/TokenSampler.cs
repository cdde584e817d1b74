using System.Numerics;

namespace Polyphony.Llama.Engine;

/// <summary>Chooses a token from logits. Used again and again by one thread; allocates nothing once it has seen the vocabulary.</summary>
internal sealed class TokenSampler
{
    private int[] _tokens = [];
    private float[] _logits = [];

    /// <summary>The token.</summary>
    /// <param name="logits">One for each token of the vocabulary; −∞ for what may not be chosen.</param>
    /// <param name="sampling">How.</param>
    /// <param name="index">Which token of its reply it is; with the seed it decides what chance says.</param>
    public int Sample(ReadOnlySpan<float> logits, in Sampling sampling, int index)
    {
        if (sampling.Temperature <= 0 || sampling.TopK == 1)
        {
            return Likeliest(logits);
        }

        var count = Likeliest(logits, Math.Min(sampling.TopK, logits.Length));
        var tokens = _tokens.AsSpan(0, count);
        var weights = _logits.AsSpan(0, count);
        weights.Sort(tokens);
        weights.Reverse();
        tokens.Reverse();
        var top = weights[0];
        var total = 0.0;
        for (var i = 0; i < count; i++)
        {
            weights[i] = MathF.Exp((weights[i] - top) / sampling.Temperature);
            total += weights[i];
        }

        var kept = 0;
        var mass = 0.0;
        while (kept < count && (kept == 0 || mass < sampling.TopP * total))
        {
            mass += weights[kept++];
        }

        var at = Uniform(sampling.Seed, index) * mass;
        for (var i = 0; i < kept - 1; i++)
        {
            at -= weights[i];
            if (at < 0)
            {
                return tokens[i];
            }
        }

        return tokens[kept - 1];
    }

    /// <summary>The likeliest token, the lowest of several. Twice over the logits, each time many at once.</summary>
    public static int Likeliest(ReadOnlySpan<float> logits)
    {
        var most = new Vector<float>(float.NegativeInfinity);
        var at = 0;
        for (; at <= logits.Length - Vector<float>.Count; at += Vector<float>.Count)
        {
            most = Vector.Max(most, new(logits[at..]));
        }

        var best = float.NegativeInfinity;
        for (var i = 0; i < Vector<float>.Count; i++)
        {
            best = Math.Max(best, most[i]);
        }

        for (; at < logits.Length; at++)
        {
            best = Math.Max(best, logits[at]);
        }

        return Math.Max(0, logits.IndexOf(best));
    }

    /// <summary>The probabilities of some tokens against one another.</summary>
    public static double[] Probabilities(ReadOnlySpan<float> logits, IReadOnlyList<int> choices)
    {
        var most = float.NegativeInfinity;
        foreach (var choice in choices)
        {
            most = Math.Max(most, logits[choice]);
        }

        var probabilities = new double[choices.Count];
        var total = 0.0;
        for (var i = 0; i < probabilities.Length; i++)
        {
            total += probabilities[i] = Math.Exp(logits[choices[i]] - most);
        }

        for (var i = 0; i < probabilities.Length; i++)
        {
            probabilities[i] /= total;
        }

        return probabilities;
    }

    // A heap of the best so far, its least on top: of a hundred and fifty thousand tokens few get past that.
    private int Likeliest(ReadOnlySpan<float> logits, int most)
    {
        if (_tokens.Length < most)
        {
            (_tokens, _logits) = (new int[most], new float[most]);
        }

        var count = 0;
        for (var token = 0; token < logits.Length; token++)
        {
            var logit = logits[token];
            if (count < most)
            {
                if (!float.IsNegativeInfinity(logit))
                {
                    Up(count++, token, logit);
                }
            }
            else if (logit > _logits[0])
            {
                Down(count, token, logit);
            }
        }

        return count;
    }

    private void Up(int at, int token, float logit)
    {
        while (at > 0 && _logits[(at - 1) / 2] > logit)
        {
            (_tokens[at], _logits[at]) = (_tokens[(at - 1) / 2], _logits[(at - 1) / 2]);
            at = (at - 1) / 2;
        }

        (_tokens[at], _logits[at]) = (token, logit);
    }

    private void Down(int count, int token, float logit)
    {
        var at = 0;
        while ((2 * at) + 1 is var child && child < count)
        {
            child = child + 1 < count && _logits[child + 1] < _logits[child] ? child + 1 : child;
            if (_logits[child] >= logit)
            {
                break;
            }

            (_tokens[at], _logits[at]) = (_tokens[child], _logits[child]);
            at = child;
        }

        (_tokens[at], _logits[at]) = (token, logit);
    }

    // SplitMix64 (Steele, Lea, Flood 2014) of the seed and the place.
    private static double Uniform(ulong seed, int index)
    {
        var mixed = seed + ((ulong)(index + 1) * 0x9E3779B97F4A7C15);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        mixed ^= mixed >> 31;
        return (mixed >> 11) * (1.0 / (1UL << 53));
    }
}
