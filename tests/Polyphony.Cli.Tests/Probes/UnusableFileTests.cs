using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.Probes;

/// <summary>What no command can use: one line, code 2, nothing on standard output.</summary>
public sealed class UnusableFileTests
{
    public static TheoryData<string[]> Commands => new()
    {
        new[] { "tail", "FILE" },
        new[] { "tail", "FILE", "--json", "--no-follow" },
        new[] { "summary", "FILE" },
        new[] { "summary", "FILE", "--json" },
        new[] { "slow", "FILE", "--over", "1", "--json" },
        new[] { "turn", "FILE", "t1" },
        new[] { "why", "FILE", "--persona", "Ada", "--json" },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_file_of_a_newer_version_is_refused(string[] command)
    {
        using var scratch = new Scratch();
        var file = scratch.Write("run.jsonl", new ProbeFileWriter().Line("a foreign line").Begin(version: 2).Turn("Ada", 1, 1, 5_000).ToString());

        (await RefusalAsync(command, file)).ShouldContain("it is of version 2, and this program reads version 1");
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task An_empty_file_is_refused(string[] command)
    {
        using var scratch = new Scratch();

        (await RefusalAsync(command, scratch.Write("run.jsonl", ""))).ShouldContain("run.jsonl: the file is empty");
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_file_without_a_single_record_is_no_probe_file(string[] command)
    {
        using var scratch = new Scratch();

        (await RefusalAsync(command, scratch.Write("chat.txt", "[12:18] <ann> hello\n{\"class\":\"persona.turn.spoke\"}\n\n"))).ShouldContain("it is no probe file");
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_directory_is_refused(string[] command)
    {
        using var scratch = new Scratch();

        (await RefusalAsync(command, scratch.Path)).ShouldContain("is a directory");
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_file_that_may_not_be_read_is_refused(string[] command)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.UserName == "root", "here everything may be read");
        using var scratch = new Scratch();
        var file = scratch.Write("run.jsonl", SampleProbes.Text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.None);
        }

        (await RefusalAsync(command, file)).ShouldContain("cannot be read");
    }

    private static async Task<string> RefusalAsync(string[] command, string file)
    {
        var run = await ProgramProcess.RunAsync(["probes", .. command.Select(arg => arg == "FILE" ? file : arg)]);
        run.ExitCode.ShouldBe(2, run.Error);
        run.Output.ShouldBeEmpty();
        return Refusal.LineOf(run.Error);
    }
}
