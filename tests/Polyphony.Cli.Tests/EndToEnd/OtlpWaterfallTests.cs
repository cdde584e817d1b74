using System.Diagnostics;
using System.Text.RegularExpressions;
using Polyphony.Diagnostics;
using Polyphony.Samples.OtlpWaterfall;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>The sample, run as its README says where no viewer is at hand.</summary>
public sealed partial class OtlpWaterfallTests
{
    private static readonly string[] OfATurn = [ProbeSeams.Turn, ProbeSeams.Wait, ProbeSeams.Respond, ProbeSeams.Assemble, ProbeSeams.Render, "chat card", ProbeSeams.Say];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sample_shows_the_turn_of_each_persona_as_a_waterfall()
    {
        var output = await RunAsync(viewer: "");

        var turns = output.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        turns.Length.ShouldBe(3, output);
        foreach (var (turn, persona) in turns.Take(2).Zip(["Alma", "Brix"]))
        {
            turn.ShouldStartWith($"{persona}, turn t");
            turn.Split('\n')[0].ShouldEndWith(" in garden, to message 1: spoke");
            var rows = Row().Matches(turn).ToDictionary(m => m.Groups["name"].Value, m => m);
            rows.Keys.Where(OfATurn.Contains).ShouldBe(OfATurn);
            Of(rows["chat card"], "took").ShouldBeGreaterThan(100, "the model takes its time, however fast the machine");
            Of(rows[ProbeSeams.Say], "offset").ShouldBeGreaterThan(Of(rows["chat card"], "offset"));
            rows[ProbeSeams.Turn].Groups["bar"].Value.ShouldBe(new string('█', 40));
        }

        turns[2].ShouldContain("gen_ai.client.operation.duration");
    }

    [Fact]
    public async Task Where_a_viewer_is_named_the_sample_sends_there()
    {
        using var viewer = new OtlpCollector();
        var output = await RunAsync(viewer.Address.AbsoluteUri);

        output.ShouldBe($"Sent to {viewer.Address}: look there for the traces of the service 'two-voices' named persona.turn.\n");
        viewer.Spans.Where(s => s.Name == ProbeSeams.Turn).Select(s => s.Attributes["polyphony.persona"]).ShouldBe(["Alma", "Brix"], ignoreOrder: true);
        viewer.Spans.ShouldAllBe(s => (string?)s.Resource["service.name"] == "two-voices");
        viewer.Metrics.ShouldNotBeEmpty();
    }

    private static async Task<string> RunAsync(string viewer)
    {
        var program = Path.Combine(AppContext.BaseDirectory.Replace("Polyphony.Cli.Tests", "02-otlp-waterfall", StringComparison.Ordinal), "OtlpWaterfall.dll");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program]) { RedirectStandardOutput = true };
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = viewer;
        start.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        using var process = Process.Start(start).ShouldNotBeNull();
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(TestEnds);
            await process.WaitForExitAsync(TestEnds);
            process.ExitCode.ShouldBe(0, output);
            return output;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static double Of(Match row, string group) => double.Parse(row.Groups[group].Value, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex("^ +(?<name>[a-z_. ]*[a-z]) +(?<offset>[0-9.]+) ms +(?<took>[0-9.]+) ms  (?<bar> *[█▏]+)$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
