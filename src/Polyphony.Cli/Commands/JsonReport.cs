using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Cli.Commands;

/// <summary>The parts that the JSON documents of several commands share. Their keys are a contract.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The document as it is printed.</summary>
    public static string Text(JsonObject json) => json.ToJsonString(Written);

    /// <summary>The outcome counts, always all of them.</summary>
    public static void AddOutcomes(JsonObject json, OutcomeCounts counts)
    {
        json["offers"] = counts.Offers;
        json["spoke"] = counts.Spoke;
        json["passed"] = counts.Passed;
        json["refused"] = counts.Refused;
        json["superseded"] = counts.Superseded;
        json["duplicate"] = counts.Duplicate;
        json["timedOut"] = counts.TimedOut;
        json["cancelled"] = counts.Cancelled;
        json["failed"] = counts.Failed;
    }

    public static JsonObject NotOffered(long own, long history, long floor) => new() { ["own"] = own, ["history"] = history, ["floor"] = floor };

    public static JsonObject LatencyUs(LatencyHistogram histogram) => new()
    {
        ["meanUs"] = Rounded(histogram.MeanUs),
        ["p50Us"] = Rounded(histogram.PercentileUs(50)),
        ["p90Us"] = Rounded(histogram.PercentileUs(90)),
        ["p99Us"] = Rounded(histogram.PercentileUs(99)),
        ["p999Us"] = Rounded(histogram.PercentileUs(99.9)),
        ["maxUs"] = Rounded(histogram.MaxUs),
    };

    public static JsonObject LatencyMs(LatencyHistogram histogram) => new()
    {
        ["meanMs"] = Rounded(histogram.MeanUs / 1e3),
        ["p50Ms"] = Rounded(histogram.PercentileUs(50) / 1e3),
        ["p90Ms"] = Rounded(histogram.PercentileUs(90) / 1e3),
        ["p99Ms"] = Rounded(histogram.PercentileUs(99) / 1e3),
        ["p999Ms"] = Rounded(histogram.PercentileUs(99.9) / 1e3),
        ["maxMs"] = Rounded(histogram.MaxUs / 1e3),
    };

    public static double Rounded(double? value) => Math.Round(value ?? 0, 3);
}
