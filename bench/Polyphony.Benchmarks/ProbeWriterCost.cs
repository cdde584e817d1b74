using System.Diagnostics;
using System.Globalization;
using Polyphony.Diagnostics;

namespace Polyphony.Benchmarks;

/// <summary>
/// What a record costs the writer of a probe file, from the captured probe to the system: <c>probe-writer [RECORDS]</c>. Processor time and not the clock's, so that a busy machine
/// says much the same as an idle one.
/// </summary>
internal static class ProbeWriterCost
{
    private const int BatchBytes = 192 * 1024;

    public static async Task RunAsync(int records)
    {
        var path = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"polyphony-probe-writer-{Environment.ProcessId}.jsonl"));
        await using var hub = new ProbeHub();
        using var turn = SeamSpan.StartTrace(ProbeSeams.Turn)!;
        turn.Identify(new("bench", "t61", "Anahit", 6));
        turn.SetTag("polyphony.attempt", 1);
        using var call = SeamSpan.StartCall(ProbeSeams.Generate)!;
        call.SetTag("gen_ai.operation.name", "chat").SetTag("gen_ai.request.model", "stress-model").SetTag("gen_ai.provider.name", "polyphony").SetTag("gen_ai.usage.output_tokens", 128L);

        var generates = ProbeShape.All[ProbeClasses.GenerateEnter];
        KeyValuePair<string, object?>[] asked =
        [
            new("model", "stress-model"), new("personaId", "persona:ada"), new("msgCount", 14), new("maxTokens", 512), new("hasSystemPrompt", true), new("partsImage", 0),
            new("partsAudio", 0), new("{OriginalFormat}", "{model} is called with {msgCount} chat messages"),
        ];
        KeyValuePair<string, object?>[] spoke =
        [
            new("persona", "Anahit"), new("turn", "t61"), new("responseLen", 128), new("replySeq", 7L), new("turnDurationMs", 5.8651), new("recallMs", 0.0121), new("admitMs", 0.0033),
            new("composeMs", 0.0415), new("assembleMs", 0.0052), new("respondMs", 1.7634), new("checkMs", 0.0027), new("sayMs", 0.0145), new("{OriginalFormat}", "…"),
        ];
        try
        {
            for (var round = 0; round < 3; round++)
            {
                // The first round is for the compiler.
                Measure("an event outside a turn", records, path, new(generates, Stopwatch.GetTimestamp(), null, asked), round > 0);
                Measure("an event in a turn", records, path, new(generates, Stopwatch.GetTimestamp(), call, asked), round > 0);
                Measure("the end of a turn", records, path, new(ProbeShape.All[ProbeClasses.TurnSpoke], Stopwatch.GetTimestamp(), turn, spoke), round > 0);
                Measure("a timing", records, path, new(ProbeShape.Timing, Stopwatch.GetTimestamp(), call, default), round > 0);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Measure(string what, int records, string path, in SeenProbe seen, bool isTold)
    {
        File.Delete(path);
        var json = new ProbeJson(ProbeTime.Now(TimeProvider.System));
        using var file = new RollingFile(new() { Path = path, MaxBytes = 1L << 40 }, isPrivate: false, TimeProvider.System, static () => []);
        var probe = new CapturedProbe();
        var (began, cpu, bytes, writing) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, 0L, 0L);
        for (var i = 0; i < records; i++)
        {
            probe.Fill(seen);
            json.Add(probe);
            probe.Clear();
            if (json.Lines.Length >= BatchBytes || i == records - 1)
            {
                var before = Stopwatch.GetTimestamp();
                file.Write(json.Lines);
                writing += Stopwatch.GetTimestamp() - before;
                bytes += json.Lines.Length;
                json.Clear();
            }
        }

        cpu = Environment.CpuUsage.TotalTime - cpu;
        if (isTold)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{what,-24} {cpu.TotalNanoseconds / records,6:0} ns of processor a record ({Stopwatch.GetElapsedTime(began).TotalNanoseconds / records:0} by the clock, {Stopwatch.GetElapsedTime(0, writing).TotalNanoseconds / records:0} of them the file), {(double)bytes / records:0} bytes"));
        }
    }
}
