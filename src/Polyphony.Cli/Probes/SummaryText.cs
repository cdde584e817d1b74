using Polyphony.Cli.Commands;
using Polyphony.Diagnostics;
using Spectre.Console;

namespace Polyphony.Cli.Probes;

/// <summary>The summary of a probe file for a person: what takes the time first.</summary>
internal static class SummaryText
{
    public static string Of(ProbeSummary summary, string file, CommandConsole console)
    {
        var lines = new List<string> { Verdict(summary) };
        if (summary.WaitShare is >= 0.01 and var wait)
        {
            lines.Add($"Before that, turns waited: {ProbeText.Share(wait)} of the time since what they answer arrived went by until they were taken.");
        }

        if (summary.Seams.Count > 0)
        {
            lines.Add("");
            lines.AddRange(TableText.Of(Seams(summary), console).Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0));
            lines.Add("");
        }

        lines.Add(Turns(summary));
        lines.AddRange(summary.Reasons.Take(SummaryBody.ShownReasons)
            .Select(r => $"  {ProbeText.Count(r.Count)} × {r.Outcome}: {(r.Reason.Length == 0 ? "no reason given" : Quoted.OneLine(r.Reason))}"));
        lines.Add(summary.TokensPerSecond is { } speed ? ProbeText.Invariant($"models: {speed:0.0} tok/s") : "models: no call in this file");
        lines.Add(Fairness(summary));
        lines.Add($"{Quoted.OneLine(Path.GetFileName(file))}: {ProbeText.Count(summary.Counts.Records, "record", "records")}, "
            + $"{ProbeText.Count(summary.Counts.Skipped, "line", "lines")} skipped, {ProbeText.Count(summary.Tally.Dropped)} dropped by a full queue");
        return string.Join(Environment.NewLine, lines);
    }

    private static string Verdict(ProbeSummary summary)
    {
        if (summary.Bottleneck is not { } bottleneck)
        {
            return "No bottleneck can be named: the file has no timings.";
        }

        return summary.ShareOf(bottleneck, bottleneck.SelfUs) is { } share
            ? $"The bottleneck is {Quoted.OneLine(bottleneck.Name)}: {ProbeText.Share(share)} of the turns' time at work is its own."
            : $"The bottleneck is {Quoted.OneLine(bottleneck.Name)}: {ProbeText.Duration(bottleneck.SelfUs)} are its own, and no whole turn was timed.";
    }

    private static Table Seams(ProbeSummary summary)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("seam", column => column.NoWrap());
        foreach (var column in (string[])["count", "p50", "p90", "p99", "max", "share", "own"])
        {
            table.AddColumn(column, c => c.RightAligned().NoWrap());
        }

        table.AddColumn("own part", column => column.NoWrap());
        foreach (var seam in summary.Seams)
        {
            var own = seam.Name == ProbeSeams.Wait ? null : summary.ShareOf(seam, seam.SelfUs);
            var isBottleneck = seam == summary.Bottleneck;
            table.AddRow(
                Markup.Escape(new string(' ', 2 * seam.Depth) + Quoted.OneLine(seam.Name)),
                ProbeText.Count(seam.Times.Count),
                ProbeText.Duration(seam.Times.PercentileUs(50) ?? 0),
                ProbeText.Duration(seam.Times.PercentileUs(90) ?? 0),
                ProbeText.Duration(seam.Times.PercentileUs(99) ?? 0),
                ProbeText.Duration(seam.Times.MaxUs ?? 0),
                summary.ShareOf(seam, seam.TotalUs) is { } share ? ProbeText.Share(share) : "",
                own is null ? "" : ProbeText.Share(own.Value),
                $"[{(isBottleneck ? "red" : "blue")}]{ProbeText.Bar(own ?? 0)}[/]");
        }

        return table;
    }

    private static string Turns(ProbeSummary summary)
    {
        var ends = summary.Tally.Outcomes;
        if (summary.SilenceRate is not { } silence)
        {
            return $"turns {ProbeText.Count(summary.Turns)}; no outcome of one in this file";
        }

        var counts = TurnEnds.Names.Select((name, i) => $"{(name == "timedOut" ? "timed out" : name)} {ProbeText.Count(ends[i])}");
        return $"turns {ProbeText.Count(summary.Turns)} = {string.Join(" + ", counts)}; silence {ProbeText.Share(silence)}";
    }

    private static string Fairness(ProbeSummary summary) => summary.Fairness is { } fairness
        ? ProbeText.Invariant($"fairness {fairness:0.000}: Jain's index over the spoken turns of {ProbeText.Count(summary.Personas.LongCount(), "persona", "personas")}, 1 where all spoke equally often")
        : "fairness: nobody spoke in this file";
}
