using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Polyphony.Cli.Tests.Commands;
using Polyphony.Diagnostics;
using Polyphony.Samples.OtlpWaterfall;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>What the program exports by OTLP, judged by a collector on loopback.</summary>
public sealed class OtlpExportTests : IDisposable
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // Nothing listens there.
    private const string Nobody = "http://127.0.0.1:1";

    private static readonly string TreeOfATurn = string.Join('\n',
    [
        ProbeSeams.Turn,
        "  " + ProbeSeams.Wait,
        "  " + ProbeSeams.Respond,
        "    " + ProbeSeams.Assemble,
        "    " + ProbeSeams.Render,
        "      chat card",
        "  " + ProbeSeams.Say,
    ]);

    private readonly Scratch _scratch = new();
    private readonly OtlpCollector _collector = new();

    public void Dispose()
    {
        _collector.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Each_turn_of_a_replay_is_one_whole_trace()
    {
        var run = await ReplayAsync(new() { [Endpoint] = _collector.Address.AbsoluteUri, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf" }, "--json");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.ShouldNotContain("OTEL_");
        var offers = JsonDocument.Parse(run.Output).RootElement.GetProperty("offers").GetInt64();
        offers.ShouldBeGreaterThan(2);
        var spans = _collector.Spans;
        spans.Select(s => s.SpanId).ShouldBeUnique();
        var turns = spans.Where(s => s.Name == ProbeSeams.Turn).ToArray();
        turns.LongLength.ShouldBe(offers);
        turns.Select(t => t.TraceId).ShouldBeUnique("a turn is a trace of its own");
        turns.Select(t => t.Attributes["polyphony.turn"]).ShouldBeUnique();
        foreach (var turn in turns)
        {
            var trace = spans.Where(s => s.TraceId == turn.TraceId).ToArray();
            trace.Where(s => s.ParentId is null).ShouldBe([turn]);
            trace.ShouldAllBe(s => s.ParentId == null || trace.Any(parent => parent.SpanId == s.ParentId));
            TreeOf(turn, trace).ShouldBe(TreeOfATurn);
            trace.ShouldAllBe(s => s.Start >= turn.Start && s.End >= s.Start && s.End <= turn.End && !s.IsError);
            turn.Attributes["polyphony.room"].ShouldBe("replay");
            turn.Attributes["polyphony.turn"].ShouldBeOfType<string>().ShouldStartWith("t");
            turn.Attributes["polyphony.persona"].ShouldBeOneOf("Anahit", "Kudzai");
            turn.Attributes["polyphony.seq"].ShouldBeOfType<long>().ShouldBeGreaterThan(0);
            turn.Attributes["polyphony.outcome"].ShouldBeOneOf("spoke", "passed");
            turn.Resource["service.name"].ShouldBe("polyphony");
            var call = trace.Single(s => s.Name == "chat card");
            (call.Attributes["gen_ai.operation.name"], call.Attributes["gen_ai.request.model"], call.Attributes["gen_ai.provider.name"]).ShouldBe(("chat", "card", "card"));
        }
    }

    [Fact]
    public async Task Nothing_that_anybody_said_is_in_what_is_exported_and_the_numbers_add_up()
    {
        var data = _scratch.At("data");
        var run = await ReplayAsync(new() { [Endpoint] = _collector.Address.AbsoluteUri, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf" }, "--data", data, "--json");

        run.ExitCode.ShouldBe(0, run.Error);
        var said = (await ProbeOutputTests.SaidAsync(data)).Where(text => text.Length >= ProbeOutputTests.TellingLength).ToArray();
        said.Length.ShouldBeGreaterThan(3, "people and personas spoke");
        Holds("Anahit").ShouldBeTrue("a search that finds nothing at all proves nothing");
        said.ShouldAllBe(text => !Holds(text));

        var offers = JsonDocument.Parse(run.Output).RootElement.GetProperty("offers").GetInt64();
        Counted("polyphony.turns").ShouldBe(offers);
        Counted("polyphony.turn.duration").ShouldBe(offers);
        Counted("polyphony.turn.stage.duration").ShouldBe(7 * offers);
        Counted("gen_ai.client.operation.duration").ShouldBe(offers);
        Metric("gen_ai.client.operation.duration").Points.ShouldAllBe(p => (string?)p.Attributes["gen_ai.provider.name"] == "card");
        Metric("polyphony.turns").Points.ShouldAllBe(p => p.Attributes.ContainsKey("outcome"));
    }

    [Fact]
    public async Task A_signal_that_has_an_address_of_its_own_goes_there_and_the_other_nowhere_and_the_services_name_is_the_users()
    {
        var run = await ReplayAsync(new()
        {
            ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = new Uri(_collector.Address, "v1/traces").AbsoluteUri,
            ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] = "http/protobuf",
            ["OTEL_SERVICE_NAME"] = "my-room",
        });

        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.ShouldNotContain("OTEL_");
        _collector.Spans.ShouldNotBeEmpty();
        _collector.Spans.ShouldAllBe(s => (string?)s.Resource["service.name"] == "my-room");
        _collector.Metrics.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("grpc", "chat")]
    [InlineData("http/protobuf", "replay", "CHAT", "--json")]
    [InlineData("http/protobuf", "stress", "--personas", "2", "--messages", "2", "--delay-ms", "0", "--json")]
    public async Task A_collector_that_is_not_there_is_told_once_and_changes_nothing_else(string protocol, params string[] command)
    {
        var file = Recorded();
        var run = await ProgramProcess.RunInEnvironmentAsync(
            new Dictionary<string, string> { [Endpoint] = Nobody, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol }, "hello\n", [.. command.Select(arg => arg == "CHAT" ? file : arg)]);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldNotBeEmpty();
        var told = run.Error.Split('\n').Where(line => line.Contains("did not take", StringComparison.Ordinal)).ShouldHaveSingleItem(run.Error);
        told.ShouldStartWith($"{Endpoint}: the collector did not take what was sent (Connection refused (127.0.0.1:1)); ");
    }

    [Fact]
    public async Task A_collector_that_never_answers_holds_no_command_for_longer_than_its_patience()
    {
        // It takes the connection, and nothing more. That the program ends at all is the point: its limit in these tests is longer, and the exporter's own is twice the patience.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}";

        var run = await ReplayAsync(new() { [Endpoint] = address, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["OTEL_EXPORTER_OTLP_TIMEOUT"] = "600000" });

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain("books add up");

        // Who is faster tells it: the program, whose patience is over, or the exporter, whose sending the end has broken off.
        run.Error.TrimEnd().Split('\n')[^1].ShouldMatch($"^{Endpoint}: the collector (had not taken everything 5 s after the end|did not take what was sent \\(The operation was canceled)");
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("replay", "CHAT")]
    [InlineData("stress", "--personas", "2")]
    public async Task An_address_that_cannot_be_used_is_refused_in_one_line_before_anything_happens(params string[] command)
    {
        var file = Recorded();
        var run = await ProgramProcess.RunInEnvironmentAsync(
            new Dictionary<string, string> { [Endpoint] = "localhost:4317" }, "hello\n", [.. command.Select(arg => arg == "CHAT" ? file : arg)]);

        run.ExitCode.ShouldBe(2, run.Error);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldBe($"{Endpoint}: 'localhost:4317' is not an absolute http or https URL; give one like http://localhost:4317");
    }

    [Fact]
    public async Task What_the_exporter_itself_refuses_is_refused_in_one_line()
    {
        var run = await ReplayAsync(new() { [Endpoint] = Nobody, ["OTEL_EXPORTER_OTLP_HEADERS"] = "no pair" });

        run.ExitCode.ShouldBe(2, run.Error);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldBe($"{Endpoint}: the export cannot begin (Headers provided in an invalid format); check the variables that begin with OTEL_");
    }

    private Task<ProgramProcess> ReplayAsync(Dictionary<string, string> variables, params string[] flags) =>
        ProgramProcess.RunInEnvironmentAsync(variables, "", ["replay", Recorded(), "--personas", "2", .. flags]);

    private string Recorded() => _scratch.Write(
        "chat.txt",
        "[10:00] <ann> the brown owl sits on my roof again\n[10:01] <bob> Anahit: what do you make of that owl?\n[10:02] <ann> it is twelve, whatever the clock says\n");

    private bool Holds(string text) => _collector.Bodies.Any(body => body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);

    private OtlpMetric Metric(string name) => _collector.Metrics.Where(m => m.Name == name).ShouldHaveSingleItem(name);

    private long Counted(string name) => Metric(name).Points.Sum(p => p.Count);

    /// <summary>The spans below one another, in the order in which they began. What a turn's thread writes to the room's log is left out: it may be another turn's as well.</summary>
    private static string TreeOf(OtlpSpan span, OtlpSpan[] trace, int depth = 0) => string.Join('\n',
    [
        new string(' ', 2 * depth) + span.Name,
        .. trace.Where(s => s.ParentId == span.SpanId && s.Name != ProbeSeams.Append).OrderBy(s => s.Start).Select(child => TreeOf(child, trace, depth + 1)),
    ]);
}
