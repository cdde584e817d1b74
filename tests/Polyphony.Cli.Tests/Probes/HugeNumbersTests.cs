using System.Text.Json;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.Probes;

/// <summary>Numbers that nobody measured: a file that was made up, or damaged, is read to its end all the same.</summary>
public sealed class HugeNumbersTests
{
    [Theory]
    [InlineData("{\"at\":\"x\",\"mono_us\":1,\"class\":\"probe.dropped\",\"fields\":{\"count\":1e300,\"reason\":\"x\"}}")]
    [InlineData("{\"at\":\"x\",\"mono_us\":1,\"class\":\"probe.dropped\",\"fields\":{\"count\":-5,\"reason\":\"x\"}}")]
    [InlineData("{\"at\":\"x\",\"mono_us\":1,\"class\":\"inference.generate.exit\",\"fields\":{\"tokens_out\":1e308,\"duration_ms\":1}}")]
    public async Task A_summary_of_counts_that_cannot_be_is_a_summary_without_them(string line)
    {
        using var scratch = new Scratch();
        var text = new ProbeFileWriter().Begin().Line(line).Line(line).ToString();
        var run = await ProgramProcess.RunAsync("probes", "summary", scratch.Write("run.jsonl", text), "--json");

        run.ExitCode.ShouldBe(0, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        (json.RootElement.GetProperty("dropped").GetInt64(), json.RootElement.GetProperty("tokPerSec").ValueKind).ShouldBe((0, JsonValueKind.Null));
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("99999999999999999999999")]
    [InlineData("1e300")]
    [InlineData("-1")]
    public async Task A_message_number_that_cannot_be_does_not_keep_why_from_its_end(string seq)
    {
        using var scratch = new Scratch();
        var text = new ProbeFileWriter().Begin().Turn("Ada", 1, 777, 5_000).ToString().Replace(":777", $":{seq}", StringComparison.Ordinal);
        text.ShouldContain(seq);

        (await ProgramProcess.RunAsync("probes", "why", scratch.Write("run.jsonl", text), "--persona", "Ada", "--json")).ExitCode.ShouldBe(0);
    }

    [Theory]
    [InlineData("t0")]
    [InlineData("000")]
    public async Task The_turn_nought_is_told_by_its_name(string turn)
    {
        using var scratch = new Scratch();
        var run = await ProgramProcess.RunAsync("probes", "turn", scratch.Write("run.jsonl", SampleProbes.Text), turn);

        run.ExitCode.ShouldBe(2);
        Refusal.LineOf(run.Error).ShouldContain("nothing about the turn t0 in");
    }
}
