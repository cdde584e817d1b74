using System.Text.Json;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.Probes;

public sealed class SlowTests
{
    [Fact]
    public async Task A_person_reads_a_row_for_each_slow_timing()
    {
        using var scratch = new Scratch();
        var run = await ProgramProcess.RunAsync("probes", "slow", scratch.Write("run.jsonl", SampleProbes.Text), "--over", "40");

        run.ExitCode.ShouldBe(0, run.Error);
        await Golden.ShouldBeAsync("slow.txt", run.Output);
    }

    [Theory]
    [InlineData("99.9", 4)]
    [InlineData("100", 2)]
    [InlineData("100.06", 0)]
    [InlineData("0", 43)]
    public async Task Only_what_took_longer_is_slow(string over, int count)
    {
        using var scratch = new Scratch();
        var run = await ProgramProcess.RunAsync("probes", "slow", scratch.Write("run.jsonl", SampleProbes.Text), "--over", over, "--json");

        run.ExitCode.ShouldBe(0, run.Error);
        var json = JsonDocument.Parse(run.Output).RootElement;
        json.GetProperty("count").GetInt64().ShouldBe(count);
        json.GetProperty("skipped").GetInt64().ShouldBe(SampleProbes.Skipped);
        json.GetProperty("slow").GetArrayLength().ShouldBe(count);
        json.GetProperty("slow").EnumerateArray().ShouldAllBe(t => t.GetProperty("durationMs").GetDouble() > json.GetProperty("overMs").GetDouble());
    }
}
