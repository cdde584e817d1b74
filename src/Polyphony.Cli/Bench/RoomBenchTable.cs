using System.Globalization;
using Polyphony.Cli.Commands;
using Spectre.Console;

namespace Polyphony.Cli.Bench;

/// <summary>The room's costs for a person: the ways beside one another, and a bar for each.</summary>
internal static class RoomBenchTable
{
    private const int BarWidth = 40;

    public static string Of(BenchRoomOptions options, string model, RoomBenchResult result, CommandConsole console)
    {
        var (personas, three) = (options.Personas, Math.Min(3, options.Personas));
        var longest = result.NaiveMs(personas, personas);
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("turn").AddColumn("way").AddColumn("wall", c => c.RightAligned()).AddColumn("vs full prompts", c => c.RightAligned()).AddColumn("tokens computed", c => c.RightAligned()).AddColumn("");
        Naive("first, all reply", personas);
        Row("", "a cache for each", result.CachedFirst, personas, null);
        Row("", "shared", result.MedianCost(static r => r.First), personas, static r => r.First);
        Naive($"next, {three} reply", three);
        Row("", "shared", result.MedianCost(static r => r.Three), three, static r => r.Three);
        Naive("next, nobody speaks", 0);
        Row("", "a cache for each", result.MedianCost(static r => r.CachedSilent), 0, static r => r.CachedSilent);
        Row("", "shared", result.MedianCost(static r => r.Silent), 0, static r => r.Silent);
        Row("", "shared, one cue for the room", result.MedianCost(static r => r.Cue), 0, static r => r.Cue);
        var rows = TableText.Of(table, console).Split('\n').Select(static line => line.TrimEnd()).Where(static line => line.Length > 0);
        return string.Join(
            Environment.NewLine,
            [
                string.Create(CultureInfo.InvariantCulture, $"{personas} personas on {model}: {options.Transcript} tokens were said, replies of {options.Replies}; {options.Threads} threads, median of {result.Rounds.Count}"), "",
                .. rows, "",
                string.Create(CultureInfo.InvariantCulture, $"cache: {result.KvVsOneLane:0.00} x that of one persona; memory: {result.RssVsOnePersona:0.00} x; {result.HitRate:0.0 %} of the prompts was there already"),
                string.Create(CultureInfo.InvariantCulture, $"decoding one token after the other: {result.Decode.EngineMs:0.0} ms with the engine, {result.Decode.BareMs:0.0} ms without"),
                string.Create(CultureInfo.InvariantCulture, $"Full prompts were run for {result.NaivePersonas} of the {personas} and scaled; a cache for each was filled once."),
            ]);

        void Naive(string turn, int replies) => table.AddRow(turn, "full prompts", Seconds(result.NaiveMs(personas, replies)), "1 x", Count(result.MedianOf(static r => r.Naive.Tokens) * personas), Bar(result.NaiveMs(personas, replies) / longest));

        void Row(string turn, string way, TurnCost cost, int replies, Func<RoundCost, TurnCost>? of) => table.AddRow(
            turn, way, Seconds(cost.WallMs), Times(of is null ? result.NaiveMs(personas, replies) / cost.WallMs : result.VsNaive(personas, replies, of)), Count(cost.Computed), Bar(cost.WallMs / longest));
    }

    private static string Seconds(double ms) => string.Create(CultureInfo.InvariantCulture, $"{ms / 1_000:0.00} s");

    private static string Times(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{ratio:0.0} x");

    private static string Count(double tokens) => tokens.ToString("N0", CultureInfo.InvariantCulture);

    private static string Bar(double part) => new('█', Math.Clamp((int)Math.Ceiling(part * BarWidth), 1, BarWidth));
}
