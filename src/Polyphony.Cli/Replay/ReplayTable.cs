using System.Globalization;
using Polyphony.Cli.Commands;
using Spectre.Console;

namespace Polyphony.Cli.Replay;

/// <summary>A replay's report for a person.</summary>
internal static class ReplayTable
{
    public static string Text(ReplayReport report, CommandConsole console)
    {
        var counts = report.Accounts.Outcomes;
        var lines = new List<string>
        {
            $"{Quoted.OneLine(Path.GetFileName(report.Options.File))}: {report.Tally.Messages} messages, {report.Tally.Events} events, {report.Tally.Skipped} skipped; {report.Personas} personas, floor {report.Options.Room.Policy}",
            $"offers {counts.Offers} = spoke {counts.Spoke} + passed {counts.Passed} + refused {counts.Refused} + superseded {counts.Superseded} + duplicate {counts.Duplicate} + timed out {counts.TimedOut} + cancelled {counts.Cancelled} + failed {counts.Failed}",
            $"not offered: own {report.Accounts.Own}, history {report.Accounts.History}, floor {report.Accounts.Floor}",
            string.Create(
                CultureInfo.InvariantCulture,
                $"turn p50 {report.Serve.Turn.PercentileUs(50) ?? 0:0} µs, p99 {report.Serve.Turn.PercentileUs(99) ?? 0:0} µs; without the model p50 {report.Serve.Overhead.PercentileUs(50) ?? 0:0} µs, p99 {report.Serve.Overhead.PercentileUs(99) ?? 0:0} µs"),
            $"books {(report.Accounts.Conserved ? "add up" : "DO NOT ADD UP")}, room {(report.Accounts.Quiet ? "quiet" : "NOT QUIET")}",
        };
        return string.Join(Environment.NewLine, lines) + Environment.NewLine + TableText.Of(Replies(report), console).TrimEnd();
    }

    private static Table Replies(ReplayReport report)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("persona").AddColumn("replies", column => column.RightAligned());
        foreach (var (name, replies) in report.Accounts.Replies.OrderByDescending(r => r.Value).ThenBy(r => r.Key, StringComparer.Ordinal))
        {
            table.AddRow(Markup.Escape(name), replies.ToString(CultureInfo.InvariantCulture));
        }

        return table;
    }
}
