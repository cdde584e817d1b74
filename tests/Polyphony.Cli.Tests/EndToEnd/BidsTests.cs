using Polyphony.Cli.Commands;
using Polyphony.Cli.Tests.Commands;
using Polyphony.Testing.Gguf;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>One look at the room before its personas are asked, as the command line switches it, on a tiny model.</summary>
public sealed class BidsTests
{
    [Theory]
    [InlineData(5, null, true)]
    [InlineData(5, "off", false)]
    [InlineData(3, null, false)]
    public async Task A_room_on_a_model_file_leaves_turns_to_the_likeliest_and_the_start_says_so(int personas, string? state, bool bids)
    {
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(AppContext.BaseDirectory, "llama")) || Environment.GetEnvironmentVariable("CI") is not (null or "" or "false"),
            "the local engine is not here; with npm and a network, 'npm ci --ignore-scripts' in native/ and a build bring it");
        using var scratch = new Scratch();
        GgufModelMaker.Write(new(), scratch.At("tiny.gguf"));
        var (chat, probes) = (scratch.Write("chat.txt", "[12:34] <Hana> is the roof tight?\n"), scratch.At("probes.jsonl"));
        string[] flags = state is null ? [] : ["--bids", state];

        var run = await ProgramProcess.RunAsync(
            ["replay", chat, "--personas", $"{personas}", "--policy", "everyone", "--speed", "max", "--model", scratch.At("tiny.gguf"), "--probes", probes, .. flags]);

        run.ExitCode.ShouldBe(ExitCodes.Held, run.Error + run.Output);
        run.Error.Contains("The 3 likeliest to speak are asked", StringComparison.Ordinal).ShouldBe(bids);
        var records = await File.ReadAllLinesAsync(probes, TestContext.Current.CancellationToken);
        records.Any(line => line.Contains("\"inference.bid\"", StringComparison.Ordinal)).ShouldBe(bids);
        records.Any(line => line.Contains("others are likelier to speak next: bid 0", StringComparison.Ordinal)).ShouldBe(bids);
    }
}
