using System.Globalization;
using Polyphony.Cli.Commands;
using Spectre.Console;

namespace Polyphony.Cli.Doctor;

/// <summary>The check-up of the engine for a person: the verdict first.</summary>
internal static class EngineTable
{
    public static string Of(EngineReport report, CommandConsole console)
    {
        var table = new Table().Border(TableBorder.Simple).HideHeaders();
        table.AddColumn("what", column => column.NoWrap()).AddColumn("result", column => column.RightAligned().NoWrap()).AddColumn("detail");
        foreach (var check in report.Checks)
        {
            table.AddRow(Markup.Escape(check.Name), check.Held ? "[green]holds[/]" : "[red]DOES NOT HOLD[/]", Markup.Escape(check.Detail));
        }

        var speed = report.Speed;
        table.AddEmptyRow();
        table.AddRow("load", $"{Number(speed.LoadMs)} ms", Markup.Escape(ModelOf(report)));
        table.AddRow("prefill", $"{Number(speed.PrefillPerSecond)} tok/s", $"reading a prompt of {speed.PrefillTokens} tokens");
        table.AddRow("decode", $"{Number(speed.DecodePerSecond)} tok/s", $"generating {speed.DecodeTokens} tokens one by one, {speed.Threads} {(speed.Threads == 1 ? "thread" : "threads")}");
        var rows = TableText.Of(table, console).Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0);
        return string.Join(Environment.NewLine, [Verdict(report), "", .. rows, "", Quoted.OneLine($"from {report.Library.Directory}")]);
    }

    private static string Verdict(EngineReport report)
    {
        var engine = $"llama.cpp {Quoted.OneLine(report.Library.Version)} with {Quoted.OneLine(report.Library.CpuBackend)}";
        return report.Held ? $"The local engine works: {engine}." : $"The local engine DOES NOT WORK as it must: {engine}. Do not trust what it says on this machine.";
    }

    private static string ModelOf(EngineReport report)
    {
        var model = report.Model;
        var size = string.Create(CultureInfo.InvariantCulture, $"{Quoted.OneLine(model.Description)}, {model.Bytes / 1e6:0.0} MB, {model.VocabularySize:N0} tokens known");
        return report.IsMade ? $"{size}; tiny, with random weights, made for this check" : $"{size}; {Quoted.Of(Path.GetFileName(model.Path))}";
    }

    private static string Number(double value) => value.ToString(value < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
