using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Models;
using Polyphony.Inference.Protocols;
using Polyphony.Prompting;
using Polyphony.Rooms;
using Polyphony.Sqlite;
using Polyphony.Testing.Stress;
using StressMind = Polyphony.Cli.Commands.StressMind;
using StressOptions = Polyphony.Cli.Commands.StressOptions;
using StressTopology = Polyphony.Cli.Commands.StressTopology;

namespace Polyphony.Cli.Stress;

/// <summary>What <c>polyphony stress</c> does.</summary>
internal static class StressBody
{
    public static async Task<int> RunAsync(StressOptions options, CommandConsole console, CancellationToken cancel)
    {
        var directory = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"polyphony-stress-{Environment.ProcessId}"));
        try
        {
            // What may turn out to be unusable comes first: then nothing else has been said.
            using var file = options.Model is not null || options.MakesModel ? ModelFile.Of(options.Model) : null;
            using var mind = file is null ? null : LocalMind.Open("--model", file.Path, options.Sizes.Max(static s => s.Personas), ReplyTokens);
            await using var otlp = OtlpSession.Open(console);
            await using var probes = await ProbeSession.OpenAsync(options.Probes, console);
            await probes.TellAsync();
            var baseline = Baseline(options, directory) with
            {
                Logger = probes.Logger, Model = mind is null ? null : new(mind.Describe(JsonDecisionProtocol.Instance, PromptLayout.SharedTranscriptFirst), mind.Client),
            };
            var report = await StressBaseline.RunAsync(baseline, options.Json ? null : console.Output.WriteLine, cancel);
            await console.Output.WriteLineAsync(options.Json ? JsonReport.Text(Json(options, report)) : StressTable.Text(report, console));
            return report.Conserved ? ExitCodes.Held : ExitCodes.DidNotHold;
        }
        finally
        {
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    // Of a real model, which need not end what it writes.
    private const int ReplyTokens = 40;

    // Enough for a second or more of commits; four times as many would only be waited for.
    private const int DurableSaturatedTurns = 50_000;

    private static Testing.Stress.StressOptions Baseline(StressOptions options, string directory)
    {
        var isDurable = options.Log == StressLog.Sqlite;
        var logs = 0;
        return new()
        {
            Sizes = [.. options.Sizes.Select(size => (size.Personas, size.Messages))],
            Mind = options.Mind == StressMind.Full ? Testing.Stress.StressMind.Full : Testing.Stress.StressMind.Thin,
            ModelDelay = TimeSpan.FromMilliseconds(options.DelayMs),
            Topology = options.Topology switch
            {
                StressTopology.Solo => Testing.Stress.StressTopology.Solo,
                StressTopology.Scripted => Testing.Stress.StressTopology.Scripted,
                _ => Testing.Stress.StressTopology.Room,
            },
            SaturatedTurns = isDurable ? DurableSaturatedTurns : new Testing.Stress.StressOptions().SaturatedTurns,
            LogIsDurable = isDurable,
            OpenLog = isDurable ? OpenSqliteAsync : static _ => ValueTask.FromResult<IRoomLog>(new InMemoryRoomLog(keepEvents: false)),
        };

        async ValueTask<IRoomLog> OpenSqliteAsync(Action<long> appendWaited) => await SqliteRoomLog.OpenAsync(new()
        {
            Path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"trial-{logs++}.db")),
            PowerFailureSafe = options.PowerFailureSafe,
            AppendWaited = appendWaited,
        });
    }

    private static JsonObject Json(StressOptions options, StressReport report) => new()
    {
        ["trials"] = new JsonArray([.. report.Trials.Select(Json)]),
        ["log"] = options.Log == StressLog.Sqlite ? "sqlite" : "memory",
        ["mind"] = NameOf(options.Mind),
        ["model"] = options.Model is { } model ? Path.GetFileName(model) : options.MakesModel ? BenchCommand.Shapes[0].Name : null,
        ["powerFailureSafe"] = options.PowerFailureSafe,
        ["machine"] = new JsonObject
        {
            ["os"] = RuntimeInformation.OSDescription,
            ["architecture"] = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
            ["processors"] = Environment.ProcessorCount,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["serverGc"] = GCSettings.IsServerGC,
        },
        ["conserved"] = report.Conserved,
    };

    private static JsonNode Json(StressTrial trial)
    {
        var json = new JsonObject
        {
            ["kind"] = NameOf(trial.Kind),
            ["topology"] = NameOf(trial.Topology),
            ["personas"] = trial.Personas,
            ["messages"] = trial.Messages,
            ["delayMs"] = trial.DelayMs,
            ["turns"] = trial.Turns,
            ["materializeMs"] = JsonReport.Rounded(trial.MaterializeMs),
            ["serveMs"] = JsonReport.Rounded(trial.ServeMs),
            ["floor"] = trial.Floor is { } floor
                ? new JsonObject
                {
                    ["serveMs"] = JsonReport.Rounded(floor.ServeMs),
                    ["meanUs"] = JsonReport.Rounded(floor.SinceArrival.MeanUs),
                    ["p50Us"] = JsonReport.Rounded(floor.SinceArrival.P50Us),
                    ["p99Us"] = JsonReport.Rounded(floor.SinceArrival.P99Us),
                }
                : null,
            ["turn"] = new JsonObject
            {
                ["meanMs"] = JsonReport.Rounded(trial.Turn.MeanUs / 1e3),
                ["p50Ms"] = JsonReport.Rounded(trial.Turn.P50Us / 1e3),
                ["p99Ms"] = JsonReport.Rounded(trial.Turn.P99Us / 1e3),
                ["maxMs"] = JsonReport.Rounded(trial.Turn.MaxUs / 1e3),
            },
            ["overhead"] = Json(trial.Overhead),
            ["sinceArrival"] = Json(trial.SinceArrival),
            ["appendWait"] = trial.AppendWait is { } wait ? Json(wait) : null,
            ["allocatedBytesPerTurn"] = Math.Round(trial.AllocatedBytesPerTurn),
            ["idleBytesPerPersona"] = Math.Round(trial.IdleBytesPerPersona),
            ["turnsPerSecond"] = Math.Round(trial.TurnsPerSecond),
        };
        JsonReport.AddOutcomes(json, trial.Outcomes);
        json["notOffered"] = JsonReport.NotOffered(trial.NotOffered.Own, trial.NotOffered.History, trial.NotOffered.Floor);
        json["conserved"] = trial.Conserved;
        return json;
    }

    private static JsonObject Json(StressLatency latency) => new()
    {
        ["meanUs"] = JsonReport.Rounded(latency.MeanUs),
        ["p50Us"] = JsonReport.Rounded(latency.P50Us),
        ["p99Us"] = JsonReport.Rounded(latency.P99Us),
        ["maxUs"] = JsonReport.Rounded(latency.MaxUs),
    };

    internal static string NameOf<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
