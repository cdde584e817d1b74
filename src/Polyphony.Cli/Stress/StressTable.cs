using System.Globalization;
using Polyphony.Cli.Commands;
using Polyphony.Rooms;
using Polyphony.Testing.Stress;
using Spectre.Console;

namespace Polyphony.Cli.Stress;

/// <summary>The report of the stress baseline for a person.</summary>
internal static class StressTable
{
    private static readonly string[] Columns =
    [
        "kind", "N × M", "materialise ms", "serve ms", "floor ms", "turn mean ms", "p50", "p99", "max",
        "overhead p50 µs", "p99", "max", "since arrival mean µs", "p50", "p99", "max", "× floor", "B/turn", "turns/s", "offers", "books",
    ];

    public static string Text(StressReport report, CommandConsole console)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in Columns)
        {
            table.AddColumn(column, c => c.RightAligned().NoWrap());
        }

        foreach (var trial in report.Trials)
        {
            table.AddRow([.. Cells(trial).Select(Markup.Escape)]);
        }

        return TableText.Of(table, console).TrimEnd() + Waits(report) + Environment.NewLine
            + "overhead: from the taking of the offer to the accepted reply, without the model call; since arrival: from the message's arrival; floor: bare channels, same run"
            + Environment.NewLine + (report.Conserved ? "books: every offer has its outcome, every persona answered every message once" : "books: DO NOT ADD UP");
    }

    private static IEnumerable<string> Cells(StressTrial trial)
    {
        var isTimed = trial.Kind is StressKind.Timed or StressKind.Model;
        var isSaturated = trial.Kind == StressKind.Saturated;
        return
        [
            $"{StressBody.NameOf(trial.Kind)} {StressBody.NameOf(trial.Topology)}",
            $"{trial.Personas} × {trial.Messages}",
            Number(trial.MaterializeMs, 2),
            Number(trial.ServeMs, 1),
            trial.Floor is { } floor ? Number(floor.ServeMs, 1) : "",
            isTimed ? Number(trial.Turn.MeanUs / 1e3, 3) : "",
            isTimed ? Number(trial.Turn.P50Us / 1e3, 2) : "",
            isTimed ? Number(trial.Turn.P99Us / 1e3, 2) : "",
            isTimed ? Number(trial.Turn.MaxUs / 1e3, 2) : "",
            isSaturated ? "" : Number(trial.Overhead.P50Us, 1),
            isSaturated ? "" : Number(trial.Overhead.P99Us, 1),
            isSaturated ? "" : Number(trial.Overhead.MaxUs, 0),
            isTimed ? Number(trial.SinceArrival.MeanUs, 1) : "",
            isTimed ? Number(trial.SinceArrival.P50Us, 1) : "",
            isTimed ? Number(trial.SinceArrival.P99Us, 1) : "",
            isTimed ? Number(trial.SinceArrival.MaxUs, 0) : "",
            trial.Floor is { SinceArrival.MeanUs: > 0 and var mean } ? Number(trial.SinceArrival.MeanUs / mean, 2) : "",
            Number(trial.AllocatedBytesPerTurn, 0),
            Number(trial.TurnsPerSecond, 0),
            Offers(trial.Outcomes),
            trial.Conserved ? "add up" : "DO NOT",
        ];
    }

    private static string Offers(OutcomeCounts counts) =>
        counts.Spoke == counts.Offers ? $"{counts.Offers} spoke" : $"{counts.Offers}: {counts.Spoke} spoke, {counts.Failed} failed, {counts.Offers - counts.Spoke - counts.Failed} other";

    private static string Waits(StressReport report) => string.Concat(report.Trials.Where(t => t.AppendWait is not null).Select(t =>
        Environment.NewLine + FormattableString.Invariant(
            $"append wait, {StressBody.NameOf(t.Kind)} {t.Personas} × {t.Messages}: mean {t.AppendWait!.MeanUs:0} µs, p50 {t.AppendWait.P50Us:0}, p99 {t.AppendWait.P99Us:0}, max {t.AppendWait.MaxUs:0}")));

    private static string Number(double value, int decimals) => value.ToString($"F{decimals}", CultureInfo.InvariantCulture);
}
