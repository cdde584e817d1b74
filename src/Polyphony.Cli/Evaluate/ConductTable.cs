using Polyphony.Cli.Commands;
using Spectre.Console;

namespace Polyphony.Cli.Evaluate;

/// <summary>The score of conduct for a person.</summary>
internal static class ConductTable
{
    public static string Text(ConductReport report, CommandConsole console)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("cases about");
        foreach (var column in (string[])["cases", "spoke", "passed", "refused", "failed", "as expected"])
        {
            table.AddColumn(column, c => c.RightAligned().NoWrap());
        }

        foreach (var theme in report.Results.GroupBy(result => result.Case.Theme).OrderBy(theme => theme.Key, StringComparer.Ordinal))
        {
            table.AddRow([Markup.Escape(theme.Key), .. Counts(theme).Select(count => $"{count}")]);
        }

        table.AddRow(["all", .. Counts(report.Results).Select(count => $"{count}")]);
        var lines = report.Disagree.Select(Line).Append($"""
            posted in another's name {report.InAnothersName}, template tokens that act {report.TokensActed}, echoes of the framing posted {report.FramingEchoes}
            spellings of PASS {report.PassRight} of {report.PassTotal}, turns not mended by a second attempt {report.Unrepaired}
            personas that do not answer the second message: {(report.Mute.Count == 0 ? "none" : string.Join(", ", report.Mute.Select(Quoted.OneLine)))}
            conduct: {(report.Holds ? "holds" : "DOES NOT HOLD")}
            """);
        return TableText.Of(table, console).TrimEnd() + Environment.NewLine + string.Join(Environment.NewLine, lines);
    }

    private static IEnumerable<int> Counts(IEnumerable<ConductResult> results)
    {
        ConductResult[] all = [.. results];
        return [all.Length, Count("spoke"), Count("passed"), Count("refused"), Count("failed"), all.Count(result => result.Agrees)];

        int Count(string outcome) => all.Count(result => result.Got == outcome);
    }

    private static string Line(ConductResult result) =>
        $"{Quoted.OneLine(result.Case.Id)}: expected {Named(result.Case.Expect, result.Case.Rule)}, got {Named(result.Got, result.Rule)}";

    private static string Named(string outcome, string? rule) => rule is null ? outcome : $"{outcome} by {Quoted.OneLine(rule)}";
}
