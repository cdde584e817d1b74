using Polyphony.Cli.Commands;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>A standard output that does not take what is written, as scripts and full disks make it.</summary>
public sealed class StandardOutputTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("> /dev/full", "No space left on device")]
    [InlineData(">&-", "Bad file descriptor")]
    public async Task An_output_that_is_full_or_closed_ends_every_command_with_one_line_and_code_1(string redirection, string reason)
    {
        string[][] commands =
        [
            ["chat"],
            ["replay", Recorded()],
            ["replay", Recorded(), "--json"],
            ["stress", "--personas", "2", "--messages", "2", "--delay-ms", "1"],
            ["--help"],
        ];
        foreach (var command in commands)
        {
            ShouldSayWhy(await ProgramProcess.RunInShellAsync($"exec \"$@\" {redirection}", "hello\n", command), reason);
        }
    }

    [Theory]
    [InlineData("2> /dev/full")]
    [InlineData("2>&-")]
    public async Task A_standard_error_that_is_full_or_closed_takes_nothing_from_the_transcript(string redirection)
    {
        var said = _scratch.At("said.txt");
        var run = await ProgramProcess.RunInShellAsync($"exec \"$@\" > '{said}' {redirection}", "hello\n", "chat");

        run.ExitCode.ShouldBe(ExitCodes.Held);
        (await File.ReadAllTextAsync(said, TestContext.Current.CancellationToken)).ShouldStartWith("Guest: hello\n");
    }

    [Fact]
    public async Task A_replay_whose_report_nobody_reads_says_so()
    {
        ShouldSayWhy(await ProgramProcess.RunWithoutReaderAsync("", "replay", Recorded()), "Broken pipe");
    }

    [Fact]
    public async Task A_chat_that_nobody_reads_ends_though_its_input_goes_on()
    {
        // What this catches: personas that go on talking, perhaps with a model that costs money, after '| head' has gone.
        ShouldSayWhy(await ProgramProcess.RunWithoutReaderAsync("hello\n@Xurxo what do you cook?\n", "chat"), "Broken pipe");
    }

    [Fact]
    public async Task What_writes_to_the_same_file_is_all_there()
    {
        // What this catches: an output with a position of its own, which overwrites what another command, or standard error, wrote meanwhile.
        var file = _scratch.At("said.txt");
        var run = await ProgramProcess.RunInShellAsync($"{{ \"$@\"; \"$@\"; }} > '{file}' 2>&1", "", "replay", Recorded());

        run.ExitCode.ShouldBe(ExitCodes.Held);
        var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
        lines.Count(line => line.StartsWith("No model is configured", StringComparison.Ordinal)).ShouldBe(2);
        lines.Count(line => line == "books add up, room quiet").ShouldBe(2);
    }

    private static void ShouldSayWhy(ProgramProcess run, string reason)
    {
        run.ExitCode.ShouldBe(ExitCodes.DidNotHold, run.Error);
        run.Error.ShouldNotContain("polyphony broke");
        run.Error.TrimEnd().Split('\n')[^1].ShouldStartWith($"standard output: it cannot be written ({reason}), so the command stopped there; ");
    }

    private string Recorded() => _scratch.Write("chat.txt", "[12:18] <ann> hello all\n[12:19] <bo> does anybody bake bread?\n");
}
