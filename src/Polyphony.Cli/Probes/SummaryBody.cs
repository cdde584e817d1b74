using System.Text.Json.Nodes;
using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Probes;

/// <summary>What <c>polyphony probes summary</c> does.</summary>
internal static class SummaryBody
{
    public const int ShownReasons = 20;

    public static async Task<int> RunAsync(ProbesSummaryOptions options, CommandConsole console, CancellationToken cancel)
    {
        using var file = await ProbeFile.OpenAsync(options.File, cancel);
        var summary = await ProbeProgress.RunAsync(file, options.File, console, writes: false, () => ProbeSummary.ReadAsync(file, cancel), cancel);
        BatchedOutput.WriteAll(console.Output, options.Json ? JsonReport.Text(Json(summary, options.File)) : SummaryText.Of(summary, options.File, console));
        return ExitCodes.Held;
    }

    private static JsonObject Json(ProbeSummary summary, string file) => new()
    {
        ["file"] = file,
        ["content"] = summary.Tally.HasContent,
        ["records"] = summary.Counts.Records,
        ["skipped"] = summary.Counts.Skipped,
        ["dropped"] = summary.Tally.Dropped,
        ["turns"] = summary.Turns,
        ["bottleneck"] = summary.Bottleneck?.Name,
        ["waitShare"] = Share(summary.WaitShare),
        ["seams"] = new JsonArray([.. summary.Seams.Select(seam => Json(summary, seam))]),
        ["outcomes"] = Outcomes(summary.Tally.Outcomes),
        ["silenceRate"] = Share(summary.SilenceRate),
        ["tokPerSec"] = summary.TokensPerSecond is { } speed ? JsonReport.Rounded(speed) : null,
        ["fairness"] = Share(summary.Fairness),
        ["reasons"] = new JsonArray([.. summary.Reasons.Take(ShownReasons).Select(Json)]),
        ["personas"] = new JsonArray([.. summary.Personas.Select(Json)]),
    };

    private static JsonNode Json(ProbeSummary summary, SeamSummary seam) => new JsonObject
    {
        ["seam"] = seam.Name,
        ["count"] = seam.Times.Count,
        ["p50Us"] = JsonReport.Rounded(seam.Times.PercentileUs(50)),
        ["p90Us"] = JsonReport.Rounded(seam.Times.PercentileUs(90)),
        ["p99Us"] = JsonReport.Rounded(seam.Times.PercentileUs(99)),
        ["maxUs"] = JsonReport.Rounded(seam.Times.MaxUs),
        ["totalUs"] = JsonReport.Rounded(seam.TotalUs),
        ["share"] = Share(summary.ShareOf(seam, seam.TotalUs)),
        ["selfShare"] = Share(summary.ShareOf(seam, seam.SelfUs)),
    };

    private static JsonNode Json(SilenceReason reason) => new JsonObject { ["outcome"] = reason.Outcome, ["reason"] = reason.Reason, ["count"] = reason.Count };

    private static JsonNode Json(PersonaSummary persona) => new JsonObject
    {
        ["name"] = persona.Name,
        ["turns"] = persona.Turns,
        ["spoke"] = persona.Spoke,
        ["silent"] = persona.Silent,
    };

    private static JsonObject Outcomes(TurnEnds ends)
    {
        var json = new JsonObject { ["offers"] = ends.Total };
        for (var i = 0; i < TurnEnds.Names.Length; i++)
        {
            json[TurnEnds.Names[i]] = ends[i];
        }

        return json;
    }

    private static double? Share(double? share) => share is { } known ? Math.Round(known, 4) : null;
}
