namespace Polyphony.Memory;

/// <summary>What is recalled first: salience × recency × relevance. Pure.</summary>
public static class RecallRanking
{
    /// <summary>The relevance of something that has nothing in common with what was said: 0.1, so that what is pinned or new can still come up.</summary>
    public const double LeastRelevance = 0.1;

    /// <summary>After this time something is half as recent: a day.</summary>
    public static readonly TimeSpan HalfAsRecent = TimeSpan.FromDays(1);

    /// <summary>The score; above 0, at most 1.</summary>
    /// <param name="salience">From 0 to 1.</param>
    /// <param name="age">Since it was said.</param>
    /// <param name="relevance">From <see cref="LeastRelevance"/> to 1.</param>
    public static double Score(double salience, TimeSpan age, double relevance) =>
        salience * relevance / (1 + (Math.Max(0, age.TotalDays) / HalfAsRecent.TotalDays));

    /// <summary>The relevance of a hit: its score by the best one of its search.</summary>
    public static double RelevanceOf(double score, double best) => best > 0 ? LeastRelevance + ((1 - LeastRelevance) * Math.Clamp(score / best, 0, 1)) : LeastRelevance;
}
