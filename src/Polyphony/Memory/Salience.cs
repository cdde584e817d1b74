namespace Polyphony.Memory;

/// <summary>How strongly something is remembered, from <see cref="Floor"/> to <see cref="Pinned"/>. Pure.</summary>
public static class Salience
{
    /// <summary>That of a new engram: 0.5.</summary>
    public const double Default = 0.5;

    /// <summary>What no engram falls below, however long it is not used: 0.05.</summary>
    public const double Floor = 0.05;

    /// <summary>That of a pinned engram: 1.</summary>
    public const double Pinned = 1;

    // The most that one recall adds.
    private const double LargestHit = 0.1;

    /// <summary>What is left after a time without use. The half-life is an hour at no salience at all, and four hours at the highest: what matters fades slowly.</summary>
    /// <param name="salience">From 0 to 1.</param>
    /// <param name="elapsed">The time; none where it is negative.</param>
    public static double After(double salience, TimeSpan elapsed)
    {
        if (elapsed <= TimeSpan.Zero)
        {
            return Math.Max(Floor, salience);
        }

        var halfLifeHours = (1 + salience) * (1 + salience);
        return Math.Max(Floor, salience * Math.Pow(0.5, elapsed.TotalHours / halfLifeHours));
    }

    /// <summary>What one use makes of it: 0.1 more, or half of what is missing to 1 where that is less.</summary>
    public static double Used(double salience) => salience + Math.Min(LargestHit, (Pinned - salience) / 2);
}
