using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Polyphony.Cli.Commands;
using Polyphony.Llama;
using Polyphony.Cli.Models;

namespace Polyphony.Cli.Bench;

/// <summary>What <c>polyphony bench room</c> does.</summary>
internal static class RoomBenchBody
{
    public static async Task<int> RunAsync(BenchRoomOptions options, CommandConsole console, CancellationToken cancel)
    {
        using var file = ModelFile.Of(options.Model);
        try
        {
            using var model = file.Open("--model");
            var needed = options.Transcript + options.Replies + 512;
            if (model.TrainedContext < needed)
            {
                throw new UsageException("--transcript", $"the model reads {model.TrainedContext} tokens, and the room needs {needed}; ask for a shorter transcript");
            }

            var result = await new RoomBench(model, options, line => console.Error.WriteLine(line)).RunAsync(cancel);
            await console.Output.WriteLineAsync(options.Json ? JsonReport.Text(Json(options, model, file, result)) : RoomBenchTable.Of(options, file.Name, result, console));
            return ExitCodes.Held;
        }
        catch (LlamaException broken)
        {
            await console.Error.WriteLineAsync(Quoted.OneLine(broken.Message));
            return ExitCodes.DidNotHold;
        }
    }

    private static JsonObject Json(BenchRoomOptions options, LlamaModel model, ModelFile file, RoomBenchResult result)
    {
        var (personas, three) = (options.Personas, Math.Min(3, options.Personas));
        return new()
        {
            ["model"] = new JsonObject
            {
                ["name"] = file.Name, ["made"] = file.IsMade, ["description"] = model.Description, ["parameters"] = model.Parameters, ["bytes"] = model.Bytes, ["cacheBytesPerToken"] = model.CacheBytesPerToken,
            },
            ["machine"] = new JsonObject
            {
                ["os"] = RuntimeInformation.OSDescription, ["architecture"] = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(), ["processors"] = Environment.ProcessorCount,
                ["threads"] = options.Threads, ["runtime"] = RuntimeInformation.FrameworkDescription,
            },
            ["personas"] = personas,
            ["transcript"] = options.Transcript,
            ["replies"] = options.Replies,
            ["rounds"] = result.Rounds.Count,
            ["naivePersonasRun"] = result.NaivePersonas,
            ["ways"] = new JsonObject
            {
                ["naive"] = new JsonObject
                {
                    ["firstTurn"] = Wall(result.NaiveMs(personas, personas)),
                    ["nextTurn3Replies"] = Wall(result.NaiveMs(personas, three)),
                    ["nextTurnSilent"] = Wall(result.NaiveMs(personas, 0)),
                    ["tokensComputed"] = Math.Round(result.MedianOf(static r => r.Naive.Tokens) * personas),
                    ["scaledFrom"] = result.NaivePersonas,
                },
                ["cached"] = new JsonObject { ["firstTurn"] = Cost(result.CachedFirst), ["nextTurnSilent"] = Cost(result.MedianCost(static r => r.CachedSilent)) },
                ["shared"] = new JsonObject
                {
                    ["firstTurn"] = Cost(result.MedianCost(static r => r.First)),
                    ["nextTurn3Replies"] = Cost(result.MedianCost(static r => r.Three)),
                    ["nextTurnSilent"] = Cost(result.MedianCost(static r => r.Silent)),
                    ["nextTurnRoomCue"] = Cost(result.MedianCost(static r => r.Cue)),
                    ["rssBytes"] = result.Bytes,
                },
            },
            ["ratios"] = new JsonObject
            {
                ["firstTurnVsNaive"] = JsonReport.Rounded(result.VsNaive(personas, personas, static r => r.First)),
                ["nextTurn3RepliesVsNaive"] = JsonReport.Rounded(result.VsNaive(personas, three, static r => r.Three)),
                ["nextTurnSilentVsNaive"] = JsonReport.Rounded(result.VsNaive(personas, 0, static r => r.Silent)),
                ["nextTurnRoomCueVsNaive"] = JsonReport.Rounded(result.VsNaive(personas, 0, static r => r.Cue)),
                ["nextTurnSilentVsCached"] = JsonReport.Rounded(result.SilentVsCached),
                ["kvVsOneLane"] = JsonReport.Rounded(result.KvVsOneLane),
                ["rssVsOnePersona"] = JsonReport.Rounded(result.RssVsOnePersona),
                ["prefixHitRate"] = JsonReport.Rounded(result.HitRate),
                ["engineVsBareDecode"] = JsonReport.Rounded(result.Decode.EngineMs / result.Decode.BareMs),
            },
        };
    }

    private static JsonObject Wall(double ms) => new() { ["wallMs"] = JsonReport.Rounded(ms) };

    private static JsonObject Cost(TurnCost cost) => new()
    {
        ["wallMs"] = JsonReport.Rounded(cost.WallMs),
        ["tokensComputed"] = cost.Computed,
        ["tokensReused"] = cost.Reused,
        ["tokensWritten"] = cost.Written,
        ["kvCells"] = cost.Cells,
        ["tokPerSec"] = JsonReport.Rounded((cost.Computed + cost.Written) / (cost.WallMs / 1_000)),
    };
}
