using System.Globalization;
using System.Text;
using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Probes;

/// <summary>One record as a line for a person: when, who, in which turn, what, and the fields.</summary>
internal sealed class TailRow(CommandConsole console)
{
    private const string Reset = "\u001b[0m";
    private const string Faint = "\u001b[2m";
    private const string Red = "\u001b[31m";
    private const string Green = "\u001b[32m";
    private const string Yellow = "\u001b[33m";
    private const string Blue = "\u001b[34m";

    private const int LongestField = 60;

    private readonly bool _hasColour = console.OutputIsTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    public string Of(ProbeRecord record)
    {
        var row = new StringBuilder();
        Add(row, Faint, ProbeText.LocalTime(record.At));
        Add(row, "", $"{Quoted.OneLine(record.Persona ?? "-"),-12}");
        Add(row, "", $"{Quoted.OneLine(record.Turn ?? "-"),-5}");
        Add(row, HueOf(record.Class), $"{Quoted.OneLine(record.Class),-26}");
        Add(row, "", Quoted.OneLine(record.Message));
        if (record.DurationUs is { } us)
        {
            Add(row, HueOf(record.Class), ProbeText.Duration(us));
        }

        Add(row, Faint, string.Join(' ', record.Fields.Select(field => $"{Quoted.OneLine(field.Name)}={Value(field.Value)}")));
        return row.ToString().TrimEnd();
    }

    private static string Value(string text)
    {
        if (double.TryParse(text, CultureInfo.InvariantCulture, out _))
        {
            return text;
        }

        var value = Quoted.OneLine(text.Length > LongestField ? $"{text[..LongestField]}…" : text);
        return value.Contains(' ', StringComparison.Ordinal) ? $"\"{value}\"" : value;
    }

    private static string HueOf(string name) => name switch
    {
        "timing" => Blue,
        "persona.turn.spoke" or "persona.response.exit.spoke" => Green,
        "persona.turn.error" or "persona.loop.fault" or "probe.dropped" => Red,
        "persona.turn.silent" or "persona.response.exit.silent" or "floor.refuse" or "turn.superseded" => Yellow,
        _ => "",
    };

    private void Add(StringBuilder row, string style, string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        row.Append(row.Length > 0 ? "  " : "");
        row.Append(_hasColour && style.Length > 0 ? $"{style}{text}{Reset}" : text);
    }
}
