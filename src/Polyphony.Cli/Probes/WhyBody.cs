using System.Text.Json.Nodes;
using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Probes;

/// <summary>What <c>polyphony probes why</c> does.</summary>
internal static class WhyBody
{
    private const int MostReasons = 1_000;
    private const int ShownReasons = 20;

    public static async Task<int> RunAsync(ProbesWhyOptions options, CommandConsole console, CancellationToken cancel)
    {
        using var file = await ProbeFile.OpenAsync(options.File, cancel);
        return await ProbeProgress.RunAsync(file, options.File, console, writes: true, () =>
        {
            var output = new BatchedOutput(console.Output);
            output.Guard(() =>
            {
                if (options.Json)
                {
                    Json(file, options, output, cancel);
                }
                else
                {
                    Text(file, options, output, cancel);
                }
            });
            return Task.FromResult(ExitCodes.Held);
        }, cancel);
    }

    private static void Json(ProbeFile file, ProbesWhyOptions options, BatchedOutput output, CancellationToken cancel)
    {
        var counts = new NamedTally<Counter>(MostReasons);
        var list = new JsonList(output, new() { ["file"] = options.File, ["persona"] = options.Persona }, "silences");
        var silences = new PersonaSilences(options, silence =>
        {
            Count(counts, silence);
            list.Add(new()
            {
                ["at"] = silence.At,
                ["room"] = silence.Room,
                ["turn"] = silence.Turn,
                ["first"] = silence.First,
                ["last"] = silence.Last,
                ["outcome"] = silence.Outcome,
                ["reason"] = silence.Reason,
                ["messages"] = silence.Messages,
            });
        });
        silences.Read(file, cancel);
        list.End(new()
        {
            ["spoke"] = silences.Spoke,
            ["reasons"] = new JsonArray([.. Ordered(counts).Select(r => (JsonNode)new JsonObject { ["outcome"] = r.Outcome, ["reason"] = r.Reason, ["count"] = r.Count })]),
            ["skipped"] = silences.Counts.Skipped,
        });
    }

    private static void Text(ProbeFile file, ProbesWhyOptions options, BatchedOutput output, CancellationToken cancel)
    {
        var counts = new NamedTally<Counter>(MostReasons);
        var silences = new PersonaSilences(options, silence =>
        {
            Count(counts, silence);
            output.WriteLine(Row(silence));
        });
        silences.Read(file, cancel);
        var total = counts.All.Sum(c => c.Tally.Count);
        output.WriteLine($"{Quoted.OneLine(options.Persona)} spoke {ProbeText.Count(silences.Spoke, "time", "times")} and was silent {ProbeText.Count(total, "time", "times")}; {ProbeText.Count(silences.Counts.Skipped, "line", "lines")} skipped");
        foreach (var (outcome, reason, count) in Ordered(counts).Take(ShownReasons))
        {
            output.WriteLine($"  {ProbeText.Count(count)} × {Shown(outcome)}: {Quoted.OneLine(reason)}");
        }

        output.Flush();
    }

    private static string Row(Silence silence)
    {
        var messages = silence.Last > silence.First ? $"messages {silence.First}–{silence.Last}" : $"message {silence.First?.ToString() ?? "?"}";
        return $"{ProbeText.LocalTime(silence.At)}  {Quoted.OneLine(silence.Room ?? "-")}  {Quoted.OneLine(silence.Turn ?? "-"),-5}  {messages}: {Shown(silence.Outcome)}: {Quoted.OneLine(silence.Reason)}";
    }

    private static string Shown(string outcome) => outcome == PersonaSilences.NotOffered ? "not offered" : Quoted.OneLine(outcome);

    // Who exactly had the floor is told in each row; counted together it would be as many reasons as there are rows.
    private static void Count(NamedTally<Counter> counts, Silence silence)
    {
        var reason = silence.Outcome == PersonaSilences.NotOffered ? "the floor went to others" : silence.Reason;
        counts.Of($"{silence.Outcome}\n{reason}").Count += silence.Messages;
    }

    private static IEnumerable<SilenceReason> Ordered(NamedTally<Counter> counts) => counts.All
        .OrderByDescending(c => c.Tally.Count)
        .ThenBy(c => c.Name, StringComparer.Ordinal)
        .Select(c => (Parts: c.Name.Split('\n', 2), c.Tally.Count))
        .Select(c => new SilenceReason(c.Parts[0], c.Parts[^1], c.Count));
}
