namespace Polyphony.Cli.Bench;

/// <summary>One persona alone: the cells of its lane in a turn with a reply, and the memory of the process.</summary>
internal readonly record struct AloneCost(int Cells, long Bytes);

/// <summary>A full prompt: reading it, and writing a reply, in milliseconds of one persona.</summary>
internal readonly record struct NaiveCost(double ReadMs, double WriteMs, double Tokens);

/// <summary>Milliseconds a token, without the engine and with it.</summary>
internal readonly record struct DecodeCost(double BareMs, double EngineMs);

/// <summary>One round: full prompts, the shared way in its four turns, and a turn with a cache for each.</summary>
internal sealed record RoundCost(NaiveCost Naive, TurnCost First, TurnCost Three, TurnCost Silent, TurnCost Cue, TurnCost CachedSilent);

/// <summary>What was measured, and what it comes to.</summary>
internal sealed record RoomBenchResult(AloneCost Alone, long Bytes, TurnCost CachedFirst, IReadOnlyList<RoundCost> Rounds, DecodeCost Decode, int NaivePersonas)
{
    /// <summary>Of the naive way, for so many personas of whom so many reply.</summary>
    public double NaiveMs(int personas, int replies) => MedianOf(r => (r.Naive.ReadMs * personas) + (r.Naive.WriteMs * replies));

    /// <summary>How many times as long the naive way takes; each round by itself, then the median.</summary>
    public double VsNaive(int personas, int replies, Func<RoundCost, TurnCost> of) => MedianOf(r => ((r.Naive.ReadMs * personas) + (r.Naive.WriteMs * replies)) / of(r).WallMs);

    public double SilentVsCached => MedianOf(static r => r.CachedSilent.WallMs / r.Silent.WallMs);

    public double KvVsOneLane => MedianOf(r => (double)r.Three.Cells / Alone.Cells);

    /// <summary>The memory of the process with all personas on one engine, by that with one.</summary>
    public double RssVsOnePersona => (double)Bytes / Alone.Bytes;

    public double HitRate => MedianOf(static r => (double)r.Silent.Reused / (r.Silent.Reused + r.Silent.Computed));

    public TurnCost MedianCost(Func<RoundCost, TurnCost> of) => Rounds.Select(of).OrderBy(static c => c.WallMs).ElementAt((Rounds.Count - 1) / 2);

    public double MedianOf(Func<RoundCost, double> of) => Median(Rounds.Select(of));

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
