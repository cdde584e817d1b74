using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Polyphony.Diagnostics;

namespace Polyphony.Benchmarks;

/// <summary>
/// Feeds a probe file at a fixed rate, says what a probe cost its thread and how many were lost, and counts in the file whether each record is there or is one of those that the file
/// says were lost: <c>probe-load [RATE] [SECONDS]</c>.
/// </summary>
internal static partial class ProbeLoad
{
    private static readonly byte[] Fed = Encoding.UTF8.GetBytes($"\"class\":\"{ProbeClasses.GenerateEnter}\"");
    private static readonly byte[] Dropped = Encoding.UTF8.GetBytes($"\"class\":\"{ProbeClasses.ProbeDropped}\"");

    /// <summary>Whether everything added up.</summary>
    public static async Task<bool> RunAsync(int perSecond, int seconds)
    {
        var path = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"polyphony-probe-load-{Environment.ProcessId}.jsonl"));
        try
        {
            await using var hub = new ProbeHub();
            var file = hub.WriteTo(new() { Path = path, MaxBytes = 1L << 40 });
            var warm = Feed(hub.Logger, perSecond, 1);
            SpinWait.SpinUntil(() => file.Written + file.Lost == warm.Fed);
            var lostWarming = file.Lost;

            var cpu = Environment.CpuUsage.TotalTime;
            var (cost, fed, took) = Feed(hub.Logger, perSecond, seconds);
            await hub.DisposeAsync();
            cpu = Environment.CpuUsage.TotalTime - cpu;
            var lost = file.Lost - lostWarming;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"fed {fed} records in {took:0.000} s ({fed / took:0} a second), {cost:0} ns each on the feeding thread, {cpu.TotalSeconds:0.00} s of processor in all; lost {lost}, and {lostWarming} of {warm.Fed} in the second before"));

            var (written, counted, bytes) = await CountAsync(path);
            var adds = written == file.Written && counted == file.Lost && written + counted == fed + warm.Fed;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"in the file: {written} records + {counted} counted as lost = {written + counted} of {fed + warm.Fed}, {bytes / 1e6:0} MB: {(adds ? "it adds up" : "IT DOES NOT ADD UP")}"));
            return adds;
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

    private static async Task<(long Written, long Lost, long Bytes)> CountAsync(string path)
    {
        var (written, lost, bytes) = (0L, 0L, 0L);
        using var lines = new StreamReader(path, Encoding.Latin1);
        while (await lines.ReadLineAsync() is { } text)
        {
            var line = Encoding.Latin1.GetBytes(text);
            bytes += line.Length + 1;
            written += line.AsSpan().IndexOf(Fed) >= 0 ? 1 : 0;
            if (line.AsSpan().IndexOf(Dropped) >= 0)
            {
                using var record = System.Text.Json.JsonDocument.Parse(line);
                lost += record.RootElement.GetProperty("fields").GetProperty("count").GetInt64();
            }
        }

        return (written, lost, bytes);
    }

    [LoggerMessage(122, LogLevel.Debug, "{model} is called with {msgCount} chat messages", EventName = ProbeClasses.GenerateEnter)]
    private static partial void Generates(ILogger logger, string model, string personaId, int msgCount, int maxTokens, bool hasSystemPrompt, int partsImage, int partsAudio);
}
