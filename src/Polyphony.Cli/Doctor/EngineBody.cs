using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Polyphony.Cli.Commands;
using Polyphony.Llama;
using Polyphony.Testing.Gguf;

namespace Polyphony.Cli.Doctor;

/// <summary>What <c>polyphony doctor engine</c> does.</summary>
internal static class EngineBody
{
    public static async Task<int> RunAsync(DoctorEngineOptions options, CommandConsole console, CancellationToken cancel)
    {
        var made = options.Model is null ? Directory.CreateTempSubdirectory("polyphony-doctor-") : null;
        try
        {
            var library = LlamaLibrary.Load();
            var (model, loadMs) = Open(library, options.Model, made);
            using (model)
            {
                // The check-up computes on this thread: a command has nothing else to do meanwhile.
                var checkup = new EngineCheckup(model, isMade: made is not null);
                var report = new EngineReport(library, model, made is not null, checkup.Checks(cancel), checkup.Measure(loadMs, cancel));
                await console.Output.WriteLineAsync(options.Json ? JsonReport.Text(Json(report)) : EngineTable.Of(report, console));
                return report.Held ? ExitCodes.Held : ExitCodes.DidNotHold;
            }
        }
        catch (LlamaException broken)
        {
            await console.Error.WriteLineAsync(Quoted.OneLine(broken.Message));
            return ExitCodes.DidNotHold;
        }
        finally
        {
            made?.Delete(recursive: true);
        }
    }

    private static (LlamaModel Model, double LoadMs) Open(LlamaLibrary library, string? given, DirectoryInfo? made)
    {
        var path = given ?? Path.Combine(made!.FullName, "tiny.gguf");
        if (given is null)
        {
            GgufModelMaker.Write(new(), path);
        }

        var started = Stopwatch.GetTimestamp();
        try
        {
            return (LlamaModel.Open(library, path), Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        catch (LlamaException unusable) when (given is not null)
        {
            throw new UsageException("--model", unusable.Message, unusable);
        }
    }

    private static JsonObject Json(EngineReport report) => new()
    {
        ["held"] = report.Held,
        ["engine"] = new JsonObject
        {
            ["version"] = report.Library.Version,
            ["cpuBackend"] = report.Library.CpuBackend,
            ["directory"] = report.Library.Directory,
            ["systemInfo"] = report.Library.SystemInfo.Trim(),
        },
        ["model"] = new JsonObject
        {
            ["file"] = report.IsMade ? null : report.Model.Path,
            ["made"] = report.IsMade,
            ["description"] = report.Model.Description,
            ["bytes"] = report.Model.Bytes,
            ["parameters"] = report.Model.Parameters,
            ["vocabulary"] = report.Model.VocabularySize,
            ["chatTemplate"] = report.Model.ChatTemplate is not null,
        },
        ["checks"] = new JsonArray([.. report.Checks.Select(check => (JsonNode)new JsonObject
        {
            ["name"] = check.Name,
            ["held"] = check.Held,
            ["detail"] = check.Detail,
            ["difference"] = Finite(check.Difference),
            ["tolerance"] = Finite(check.Tolerance),
        })]),
        ["speed"] = new JsonObject
        {
            ["threads"] = report.Speed.Threads,
            ["loadMs"] = JsonReport.Rounded(report.Speed.LoadMs),
            ["prefillTokens"] = report.Speed.PrefillTokens,
            ["prefillTokPerSec"] = JsonReport.Rounded(report.Speed.PrefillPerSecond),
            ["decodeTokens"] = report.Speed.DecodeTokens,
            ["decodeTokPerSec"] = JsonReport.Rounded(report.Speed.DecodePerSecond),
        },
        ["machine"] = new JsonObject
        {
            ["os"] = RuntimeInformation.OSDescription,
            ["architecture"] = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
            ["processors"] = Environment.ProcessorCount,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
        },
    };

    /// <summary>JSON has no word for what is no number; the check then says so in its detail.</summary>
    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
