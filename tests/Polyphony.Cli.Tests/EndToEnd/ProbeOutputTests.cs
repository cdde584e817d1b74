using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Polyphony.Cli.Tests.Commands;
using Polyphony.Cli.Tests.Replay;
using Polyphony.Rooms;
using Polyphony.Samples.OtlpWaterfall;
using Polyphony.Sqlite;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>What the program writes to a probe file, judged by the file.</summary>
public sealed class ProbeOutputTests : IDisposable
{
    // Shorter ones are words that stand in any text; a body this long does not come about by itself.
    internal const int TellingLength = 12;

    private readonly Scratch _scratch = new();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Nothing_that_anybody_said_is_in_the_probes_the_notices_or_the_numbers_of_a_whole_replay()
    {
        var chat = RealChat.Files() is [var real, ..] ? real : _scratch.Write("chat.txt", "[10:00] <ann> the brown owl sits on my roof\n[10:01] <bob> it is twelve, whatever the clock says\n");
        var (file, data) = (_scratch.At("probes.jsonl"), _scratch.At("data"));
        using var collector = new OtlpCollector();
        var run = await ProgramProcess.RunInEnvironmentAsync(
            new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = new Uri(collector.Address, "v1/metrics").AbsoluteUri, ["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"] = "http/protobuf",
            },
            "",
            "replay", chat, "--data", data, "--probes", file);
        run.ExitCode.ShouldBe(0, run.Error);

        var said = await SaidAsync(data);
        said.Count.ShouldBeGreaterThan(1);
        var plain = SearchValues.Create([.. said.Where(s => s.Length >= TellingLength).Distinct()], StringComparison.Ordinal);
        var telling = SearchValues.Create([.. said.Where(s => s.Length >= TellingLength).Select(AsJson).Distinct()], StringComparison.Ordinal);
        var brief = said.Where(s => s.Length is > 0 and < TellingLength).ToHashSet();
        var lines = 0;
        await foreach (var line in File.ReadLinesAsync(file, TestEnds))
        {
            lines++;
            if (line.AsSpan().ContainsAny(telling))
            {
                Assert.Fail(line);
            }

            using var record = JsonDocument.Parse(line);
            foreach (var text in Texts(record.RootElement))
            {
                if (brief.Contains(text))
                {
                    Assert.Fail($"'{text}' was said: {line}");
                }
            }
        }

        lines.ShouldBeGreaterThan(100);
        run.Error.AsSpan().ContainsAny(plain).ShouldBeFalse(run.Error);
        run.Error.Split('\n').ShouldAllBe(line => !brief.Contains(line));

        collector.Metrics.Select(m => m.Name).ShouldContain("gen_ai.client.operation.duration", "a search in no numbers proves nothing");
        collector.Bodies.Count(body => Encoding.UTF8.GetString(body).AsSpan().ContainsAny(plain)).ShouldBe(0);
        var words = collector.Metrics.SelectMany(m => m.Points).SelectMany(p => p.Attributes.Values).OfType<string>().ToHashSet();
        words.ShouldContain("card");
        words.ShouldAllBe(word => !brief.Contains(word));
    }

    [Fact]
    public async Task With_content_what_was_said_is_in_the_probes()
    {
        // What this catches: a leak test that passes because nothing ever could leak.
        var chat = _scratch.Write("chat.txt", "[10:00] <ann> the brown owl sits on my roof\n");
        var file = _scratch.At("probes.jsonl");
        var run = await ProgramProcess.RunAsync("replay", chat, "--probes", file, "--probe-content");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.ShouldContain("with what is said");
        (await File.ReadAllTextAsync(file, TestEnds)).ShouldContain("the brown owl sits on my roof");
    }

    [Fact]
    public async Task A_program_that_is_killed_in_the_middle_of_a_burst_leaves_whole_lines()
    {
        var file = _scratch.At("probes.jsonl");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var arg in (string[])[Path.Combine(AppContext.BaseDirectory, "Polyphony.Cli.dll"), "stress", "--personas", "4", "--delay-ms", "0", "--json", "--probes", file])
        {
            start.ArgumentList.Add(arg);
        }

        using var process = Process.Start(start).ShouldNotBeNull();
        try
        {
            SpinWait.SpinUntil(() => process.HasExited || (File.Exists(file) && new FileInfo(file).Length > 4 << 20), TimeSpan.FromMinutes(2)).ShouldBeTrue();
            process.HasExited.ShouldBeFalse("it is to be killed while it writes");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(TestEnds);
        }

        var bytes = await File.ReadAllBytesAsync(file, TestEnds);
        var whole = Encoding.UTF8.GetString(bytes.AsSpan(0, bytes.AsSpan().LastIndexOf((byte)'\n'))).Split('\n');
        whole.Length.ShouldBeGreaterThan(1_000);
        foreach (var line in whole)
        {
            using var record = JsonDocument.Parse(line);
            record.RootElement.GetProperty("class").GetString().ShouldNotBeNullOrEmpty();
        }
    }

    [Fact]
    public async Task Classes_that_do_not_exist_are_refused_with_what_comes_near()
    {
        var run = await ProgramProcess.RunAsync("replay", _scratch.Write("chat.txt", "[10:00] <ann> hello\n"), "--probes", _scratch.At("p.jsonl"), "--probe-classes", "persona.trun");

        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldContain("persona.turn");
    }

    [Theory]
    [InlineData("--probe-content")]
    [InlineData("--probe-classes", "timing")]
    public async Task What_goes_with_a_probe_file_is_refused_without_one(params string[] flags)
    {
        var run = await ProgramProcess.RunAsync(["chat", .. flags]);

        run.ExitCode.ShouldBe(2);
        Refusal.LineOf(run.Error).ShouldContain("--probes FILE");
    }

    [Fact]
    public async Task A_probe_file_that_cannot_be_written_is_refused_before_anything_happens()
    {
        foreach (var path in (string[])[_scratch.Path, _scratch.At("no/probes.jsonl"), "/dev/full"])
        {
            if (path.StartsWith("/dev", StringComparison.Ordinal) && !File.Exists(path))
            {
                continue;
            }

            var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--probes", path);
            run.ExitCode.ShouldBe(2, path);
            run.Output.ShouldBeEmpty();
            Refusal.LineOf(run.Error).ShouldContain("--probes");
        }
    }

    [Fact]
    public async Task The_environment_names_the_file_and_the_classes_and_is_named_where_they_are_no_good()
    {
        var chat = _scratch.Write("chat.txt", "[10:00] <ann> hello\n");
        var file = _scratch.At("named.jsonl");
        var run = await ReplayWithAsync(file, "room.decide,floor");
        run.ExitCode.ShouldBe(0, run.Error);
        var classes = (await File.ReadAllLinesAsync(file, TestEnds)).Select(l => JsonDocument.Parse(l, default).RootElement.GetProperty("class").GetString()).Distinct();
        classes.ShouldBe(["probe.file", "room.decide", "floor.grant"], ignoreOrder: true);

        foreach (var path in (string[])[_scratch.Path, _scratch.At("no/probes.jsonl"), "/dev/full"])
        {
            if (!path.StartsWith("/dev", StringComparison.Ordinal) || File.Exists(path))
            {
                var refused = await ReplayWithAsync(path, "");
                (refused.ExitCode, refused.Output).ShouldBe((2, ""), path);
                Refusal.LineOf(refused.Error).ShouldStartWith("POLYPHONY_PROBE_FILE: ");
            }
        }

        var unknown = await ReplayWithAsync(file, "room.decied");
        (unknown.ExitCode, unknown.Output).ShouldBe((2, ""));
        Refusal.LineOf(unknown.Error).ShouldStartWith("POLYPHONY_PROBE_CLASSES: ");

        Task<ProgramProcess> ReplayWithAsync(string path, string list) => ProgramProcess.RunInEnvironmentAsync(
            new Dictionary<string, string> { ["POLYPHONY_PROBE_FILE"] = path, ["POLYPHONY_PROBE_CLASSES"] = list }, "", "replay", chat, "--personas", "2");
    }

    /// <summary>Everything that was said in the room of a replay that was kept in <paramref name="data"/>.</summary>
    internal static async Task<List<string>> SaidAsync(string data)
    {
        await using var log = await SqliteRoomLog.OpenAsync(new() { Path = Path.Combine(data, "polyphony.db") }, TestEnds);
        var said = new List<string>();
        await foreach (var events in log.ReadAsync(new("replay"), TestEnds))
        {
            said.AddRange(events.Select(e => e switch { MessagePosted posted => posted.Message.Text, TurnClosed { Reply: { } reply } => reply.Text, _ => "" }));
        }

        return said;
    }

    private static string AsJson(string text) => JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();

    private static IEnumerable<string> Texts(JsonElement record)
    {
        yield return record.GetProperty("message").GetString()!;
        foreach (var field in record.GetProperty("fields").EnumerateObject())
        {
            if (field.Value.ValueKind == JsonValueKind.String)
            {
                yield return field.Value.GetString()!;
            }
        }
    }
}
