using System.Text;
using Polyphony.Cli.Chat;
using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Probes;

/// <summary>One turn for a person: what took when how long, and what came of it.</summary>
internal static class TurnText
{
    private const int BarWidth = 40;

    public static string Of(TurnRecords turn, string id)
    {
        var text = new StringBuilder();
        if (turn.Attempts.Count > 1)
        {
            text.Append($"{id} stands {turn.Attempts.Count} times in this file: further attempts, or further runs that wrote to it. All of them follow, the oldest first.\n\n");
        }

        foreach (var attempt in turn.Attempts)
        {
            Add(text, attempt, id, turn.Room);
            text.Append('\n');
        }

        return text.ToString().TrimEnd('\n').ReplaceLineEndings();
    }

    private static void Add(StringBuilder text, TurnAttempt attempt, string id, string? room)
    {
        text.Append($"{id}{(attempt.Number is > 1 and var number ? $", attempt {number}" : "")} in {Shown(room)}: {Shown(attempt.Persona)}, to message {attempt.Seq?.ToString() ?? "?"}, {ProbeText.LocalTime(attempt.First.At)}");
        text.Append(attempt.Grant?.Field("ground") is { } ground ? $" ({Quoted.OneLine(ground)})\n" : "\n");
        AddWaterfall(text, attempt.Spans);
        if (attempt.Start?.NumberField("wait_us") is { } wait)
        {
            text.Append($"  waited {ProbeText.Duration(wait)} in the queue\n");
        }

        if (attempt.StageTimes.Any())
        {
            text.Append($"  stages: {string.Join(", ", attempt.StageTimes.Select(s => $"{s.Stage} {ProbeText.Duration(s.Ms * 1e3)}"))}\n");
        }

        foreach (var call in attempt.ModelCalls)
        {
            text.Append($"  model {ModelCall(call)}\n");
        }

        text.Append($"  {Outcome(attempt)}\n");
        if (attempt.Heard is { } heard)
        {
            text.Append($"  heard: {TerminalText.Safe(heard)}\n");
        }

        if (attempt.Said is { } said)
        {
            text.Append($"  {(attempt.Outcome == "spoke" ? "said" : "wrote")}: {TerminalText.Safe(said)}\n");
        }
    }

    private static void AddWaterfall(StringBuilder text, IReadOnlyList<TurnSpan> spans)
    {
        var whole = spans.Select(s => s.OffsetUs + s.DurationUs).DefaultIfEmpty().Max();
        foreach (var span in spans)
        {
            var from = whole > 0 ? (int)(span.OffsetUs / whole * BarWidth) : 0;
            var length = whole > 0 ? (int)Math.Round(span.DurationUs / whole * BarWidth) : 0;
            from = Math.Min(from, BarWidth - 1);
            var bar = new string(' ', from) + (length == 0 ? "▏" : new string('█', Math.Min(length, BarWidth - from)));
            var name = new string(' ', 2 * Math.Min(span.Depth, 10)) + Quoted.OneLine(span.Seam);
            text.Append($"  {name,-34} {"+" + ProbeText.Duration(span.OffsetUs),10} {ProbeText.Duration(span.DurationUs),10}  {bar}\n");
        }
    }

    private static string ModelCall(ProbeRecord call)
    {
        var parts = new List<string>();
        if (call.NumberField("tokens_out") is { } tokens)
        {
            parts.Add(ProbeText.Invariant($"{tokens:0} tokens{(call.IsTrueField("tokens_estimated") ? " (estimated)" : "")}"));
        }

        if (call.NumberField("duration_ms") is { } ms)
        {
            parts.Add($"in {ProbeText.Duration(ms * 1e3)}");
        }

        if (call.NumberField("tok_per_sec") is { } speed)
        {
            parts.Add(ProbeText.Invariant($"{speed:0.0} tok/s"));
        }

        if (call.NumberField("first_token_ms") is { } first)
        {
            parts.Add($"the first after {ProbeText.Duration(first * 1e3)}");
        }

        return $"{Shown(call.Field("model"))}: {string.Join(", ", parts)}";
    }

    private static string Outcome(TurnAttempt attempt) => attempt.Outcome switch
    {
        null => "no outcome in this file: the turn was open when the file ended, or its class was not written",
        "spoke" => ProbeText.Invariant($"spoke, {attempt.End?.NumberField("response_len") ?? 0:0} characters"),
        var outcome => $"{Quoted.OneLine(outcome)}: {Quoted.OneLine(attempt.Reason ?? "no reason given")}",
    };

    private static string Shown(string? name) => name is null ? "?" : Quoted.OneLine(name);
}
