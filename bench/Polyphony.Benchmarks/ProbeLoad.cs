using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Polyphony.Diagnostics;

namespace Polyphony.Benchmarks;

/// <summary>Feeds a probe file at a fixed rate, and says what a probe cost its thread and whether any was lost: <c>probe-load [RATE] [SECONDS]</c>.</summary>
internal static partial class ProbeLoad
{
    public static async Task RunAsync(int perSecond, int seconds)
    {
        var path = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"polyphony-probe-load-{Environment.ProcessId}.jsonl"));
        try
        {
            await using var hub = new ProbeHub();
            var file = hub.WriteTo(new() { Path = path, MaxBytes = 1L << 40 });
            Feed(hub.Logger, perSecond, 1);
            var (cost, fed, took) = Feed(hub.Logger, perSecond, seconds);
            await hub.DisposeAsync();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"fed {fed} records in {took:0.000} s ({fed / took:0} a second), {cost:0} ns each on the feeding thread; lost {file.Lost}, file {new FileInfo(path).Length / 1e6:0} MB"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static (double CostNs, long Fed, double Seconds) Feed(ILogger logger, int perSecond, int seconds)
    {
        var perSlice = perSecond / 1000;
        var inside = 0L;
        var began = Stopwatch.GetTimestamp();
        for (var slice = 0; slice < seconds * 1000; slice++)
        {
            while (Stopwatch.GetElapsedTime(began).TotalMilliseconds < slice)
            {
                Thread.SpinWait(10);
            }

            var entered = Stopwatch.GetTimestamp();
            for (var i = 0; i < perSlice; i++)
            {
                Generates(logger, "stress-model", "persona:ada", i, 512, true, 0, 0);
            }

            inside += Stopwatch.GetTimestamp() - entered;
        }

        var fed = (long)perSlice * seconds * 1000;
        return (inside * 1e9 / Stopwatch.Frequency / fed, fed, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    [LoggerMessage(122, LogLevel.Debug, "{model} is called with {msgCount} chat messages", EventName = ProbeClasses.GenerateEnter)]
    private static partial void Generates(ILogger logger, string model, string personaId, int msgCount, int maxTokens, bool hasSystemPrompt, int partsImage, int partsAudio);
}
