namespace Polyphony.Llama.Engine;

/// <summary>Tokens of a prompt that are to be computed: of a prefix, or of what a request has behind it.</summary>
internal sealed class Reading
{
    /// <summary>How many steps in a row may leave it out before it goes first.</summary>
    public const int Patience = 8;

    /// <summary>Whose work it is.</summary>
    public EngineUrgency Urgency { get; set; }

    /// <summary>Tokens that could be computed now.</summary>
    public int Pending { get; set; }

    /// <summary>Tokens that it gets in the step.</summary>
    public int Given { get; private set; }

    /// <summary>How many steps in a row it was left out of.</summary>
    public int PassedOver { get; private set; }

    private EngineUrgency Rank => PassedOver >= Patience ? EngineUrgency.Mention : Urgency;

    /// <summary>
    /// Shares the tokens of a step out: the more urgent first, and among equals the same for each, less to who needs less. Who was left out too often counts as the most urgent.
    /// </summary>
    /// <returns>The tokens that were given.</returns>
    public static int Share(List<Reading> readings, int tokens)
    {
        readings.Sort(static (one, other) => (one.Rank, one.Pending, -one.PassedOver).CompareTo((other.Rank, other.Pending, -other.PassedOver)));
        var given = 0;
        for (var next = 0; next < readings.Count;)
        {
            var (rank, end) = (readings[next].Rank, next + 1);
            while (end < readings.Count && readings[end].Rank == rank)
            {
                end++;
            }

            // In the order of their need, so that what one leaves is shared out among those behind it.
            for (; next < end; next++)
            {
                var equals = end - next;
                given += readings[next].Give((tokens - given + equals - 1) / equals);
            }
        }

        return given;
    }

    private int Give(int share)
    {
        Given = Math.Min(share, Pending);
        PassedOver = Given > 0 ? 0 : PassedOver + 1;
        return Given;
    }
}
