using System.Collections.Concurrent;
using Polyphony.Diagnostics;
using Polyphony.Turns;

namespace Polyphony.Cli.Probes;

/// <summary>What one seam took.</summary>
/// <param name="Name">The seam.</param>
/// <param name="Depth">How deep it is nested within others.</param>
/// <param name="Times">Each of its timings.</param>
/// <param name="TotalUs">All of them together.</param>
/// <param name="SelfUs">What is left of that without the seams within it.</param>
internal sealed record SeamSummary(string Name, int Depth, LatencyHistogram Times, double TotalUs, double SelfUs);

/// <summary>How the turns of one persona ended.</summary>
internal sealed record PersonaSummary(string Name, long Turns, long Spoke)
{
    public long Silent => Turns - Spoke;
}

/// <summary>Why turns ended without a word, and how many for this reason.</summary>
internal sealed record SilenceReason(string Outcome, string Reason, long Count);

/// <summary>What a probe file says in all.</summary>
internal sealed record ProbeSummary
{
    private const int Workers = 2;

    public required ProbeCounts Counts { get; init; }

    public required ProbeTally Tally { get; init; }

    /// <summary>The seams that were timed, each after the one it is a part of.</summary>
    public required IReadOnlyList<SeamSummary> Seams { get; init; }

    /// <summary>The seam with the most time of its own; null without timings. To wait is no work: what is waited for is the work of other turns, and counted there.</summary>
    public SeamSummary? Bottleneck => Seams.Where(seam => seam.Name != ProbeSeams.Wait).MaxBy(seam => seam.SelfUs);

    /// <summary>The part of the time since the arrival of what they answer in which turns waited for the floor, or for turns before them; null where that is not known.</summary>
    public double? WaitShare => TotalOf(ProbeSeams.Turn) is > 0 and var whole ? TotalOf(ProbeSeams.Wait) / whole : null;

    /// <summary>Turns that ended; where the file has timings only, those that were timed.</summary>
    public long Turns => Tally.Outcomes.Total is > 0 and var ended ? ended : Seams.FirstOrDefault(s => s.Name == ProbeSeams.Turn)?.Times.Count ?? 0;

    /// <summary>How many of the turns that ended did so without a word; null without turns.</summary>
    public double? SilenceRate => Tally.Outcomes.Total is > 0 and var ended ? 1 - (double)Tally.Outcomes[TurnEnds.Spoke] / ended : null;

    /// <summary>Tokens generated for each second that a model call took; null where no call is in the file.</summary>
    public double? TokensPerSecond => Tally.GenerateNs > 0 ? Tally.TokensOut / ((double)Tally.GenerateNs / 1e9) : null;

    public IEnumerable<PersonaSummary> Personas => Tally.Personas.All
        .Select(p => new PersonaSummary(p.Name, p.Tally.Total, p.Tally[TurnEnds.Spoke]))
        .OrderByDescending(p => p.Turns)
        .ThenBy(p => p.Name, StringComparer.Ordinal);

    /// <summary>
    /// Jain's index over the spoken turns of the personas that had turns: 1 where all spoke equally often, 1/n where one of n did all the speaking. Null where
    /// nobody spoke.
    /// </summary>
    public double? Fairness
    {
        get
        {
            double n = 0, sum = 0, squares = 0;
            foreach (var (_, ends) in Tally.Personas.All)
            {
                double spoke = ends[TurnEnds.Spoke];
                n++;
                sum += spoke;
                squares += spoke * spoke;
            }

            return squares > 0 ? sum * sum / (n * squares) : null;
        }
    }

    /// <summary>The reasons of silence, the most frequent first.</summary>
    public IEnumerable<SilenceReason> Reasons => TurnEnds.Names
        .SelectMany((outcome, i) => Tally.Reasons[i].All.Select(r => new SilenceReason(outcome, r.Name, r.Tally.Count)))
        .OrderByDescending(r => r.Count)
        .ThenBy(r => r.Outcome, StringComparer.Ordinal)
        .ThenBy(r => r.Reason, StringComparer.Ordinal);

    /// <summary>Reads a file to its end.</summary>
    public static async Task<ProbeSummary> ReadAsync(ProbeFile file, CancellationToken cancel)
    {
        var histograms = new ConcurrentDictionary<string, LatencyHistogram>(StringComparer.Ordinal);
        var work = Enumerable.Range(0, Workers).Select(_ => Task.Run(
            () =>
            {
                var tally = new ProbeTally(histograms);
                return (ProbeScan.ToTheEnd(file, tally.Add, cancel), tally);
            },
            cancel)).ToArray();
        var (counts, all) = (new ProbeCounts(0, 0), new ProbeTally(histograms));
        foreach (var (seen, tally) in await Task.WhenAll(work))
        {
            counts += seen;
            all.Add(tally);
        }

        return new() { Counts = counts + new ProbeCounts(0, file.Skipped), Tally = all, Seams = [.. SeamsOf(all)] };
    }

    /// <summary>
    /// The part that <paramref name="us"/> of a seam is: of the turns' time at work, which is what remains without their wait. Of the wait itself and of the turn as a
    /// whole, the part of all their time. Null where no turn was timed.
    /// </summary>
    public double? ShareOf(SeamSummary seam, double us)
    {
        var whole = TotalOf(ProbeSeams.Turn);
        var work = seam.Name is ProbeSeams.Turn or ProbeSeams.Wait ? whole : whole - TotalOf(ProbeSeams.Wait);
        return work > 0 ? us / work : null;
    }

    private double TotalOf(string seam) => Seams.FirstOrDefault(s => s.Name == seam)?.TotalUs ?? 0;

    private static IEnumerable<SeamSummary> SeamsOf(ProbeTally tally)
    {
        var timed = tally.Seams.All.ToDictionary(s => s.Name, s => s.Tally, StringComparer.Ordinal);
        var known = ProbeTaxonomy.Seams.Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        return Below(null, 0).Concat(timed.Keys.Where(name => !known.Contains(name)).Order(StringComparer.Ordinal).Select(name => Summary(name, 0)));

        IEnumerable<SeamSummary> Below(string? parent, int depth)
        {
            foreach (var seam in ProbeTaxonomy.Seams.Where(s => s.Parent == parent))
            {
                var isTimed = timed.ContainsKey(seam.Name);
                if (isTimed)
                {
                    yield return Summary(seam.Name, depth);
                }

                foreach (var part in Below(seam.Name, isTimed ? depth + 1 : depth))
                {
                    yield return part;
                }
            }
        }

        SeamSummary Summary(string name, int depth)
        {
            var total = (double)timed[name].TotalNs / 1e3;
            return new(name, depth, timed[name].Histogram!, total, Math.Max(0, total - (double)WithinNs(name) / 1e3));
        }

        // Where a seam within was not timed, those within it count in its place.
        Int128 WithinNs(string name)
        {
            Int128 within = 0;
            foreach (var part in ProbeTaxonomy.Seams.Where(s => s.Parent == name))
            {
                within += timed.TryGetValue(part.Name, out var time) ? time.TotalNs : WithinNs(part.Name);
            }

            return within;
        }
    }
}
