namespace Polyphony.Llama.Engine;

/// <summary>Deciding without generating.</summary>
internal static class Choice
{
    /// <summary>How likely each of the choices is against the others alone: the softmax over their logits.</summary>
    public static double[] Probabilities(ReadOnlySpan<float> logits, IReadOnlyList<int> choices)
    {
        var probabilities = new double[choices.Count];
        var most = double.NegativeInfinity;
        for (var i = 0; i < choices.Count; i++)
        {
            most = Math.Max(most, logits[choices[i]]);
        }

        var all = 0.0;
        for (var i = 0; i < choices.Count; i++)
        {
            all += probabilities[i] = Math.Exp(logits[choices[i]] - most);
        }

        for (var i = 0; i < choices.Count; i++)
        {
            probabilities[i] /= all;
        }

        return probabilities;
    }
}
