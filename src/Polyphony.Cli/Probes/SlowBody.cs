using System.Text;
using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Probes;

/// <summary>What <c>polyphony probes slow</c> does.</summary>
internal static class SlowBody
{
    public static async Task<int> RunAsync(ProbesSlowOptions options, CommandConsole console, CancellationToken cancel)
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

    private static void Json(ProbeFile file, ProbesSlowOptions options, BatchedOutput output, CancellationToken cancel)
    {
        long slow = 0;
        var list = new JsonList(output, new() { ["file"] = options.File, ["overMs"] = options.OverMs }, "slow");
        var counts = ProbeScan.ToTheEnd(
            file,
            line =>
            {
                if (!IsSlow(line, options))
                {
                    return true;
                }

                slow++;
                var timing = ProbeRecord.Of(line);
                list.Add(new()
                {
                    ["at"] = timing.At,
                    ["seam"] = timing.Field("seam"),
                    ["durationMs"] = JsonReport.Rounded(line.DurationUs / 1e3),
                    ["persona"] = timing.Persona,
                    ["turn"] = timing.Turn,
                    ["room"] = timing.Room,
                    ["seq"] = timing.Seq,
                    ["traceId"] = timing.TraceId,
                });
                return true;
            },
            cancel);
        list.End(new() { ["count"] = slow, ["records"] = counts.Records, ["skipped"] = counts.Skipped + file.Skipped });
    }

    private static void Text(ProbeFile file, ProbesSlowOptions options, BatchedOutput output, CancellationToken cancel)
    {
        long slow = 0, timings = 0;
        var counts = ProbeScan.ToTheEnd(
            file,
            line =>
            {
                timings += line.IsTiming ? 1 : 0;
                if (IsSlow(line, options))
                {
                    slow++;
                    output.WriteLine(Row(ProbeRecord.Of(line), line.DurationUs));
                }

                return true;
            },
            cancel);
        output.WriteLine(ProbeText.Invariant(
            $"{ProbeText.Count(slow)} of {ProbeText.Count(timings, "timing", "timings")} took longer than {options.OverMs:0.###} ms; {ProbeText.Count(counts.Skipped + file.Skipped, "line", "lines")} skipped"));
        output.Flush();
    }

    private static bool IsSlow(ProbeLine line, ProbesSlowOptions options) => line.IsTiming && line.DurationUs > options.OverMs * 1e3;

    private static string Row(ProbeRecord timing, double us)
    {
        var row = new StringBuilder($"{ProbeText.LocalTime(timing.At)}  {ProbeText.Duration(us),10}  {Quoted.OneLine(timing.Field("seam") ?? ""),-26}");
        foreach (var what in (string?[])[timing.Persona, timing.Turn, timing.Room])
        {
            row.Append("  ").Append(Quoted.OneLine(what ?? "-"));
        }

        return row.ToString();
    }
}
