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
    [InlineData("0", "it is of version 0,")]
    [InlineData("-1", "it is of version -1,")]
    [InlineData("1.5", "it is of version 1.5,")]
    [InlineData("\"1\"", "it does not say of which version it is,")]
    public async Task A_version_that_never_was_is_refused(string version, string says)
    {
        using var scratch = new Scratch();
        var text = new ProbeFileWriter().Begin().Turn("Ada", 1, 1, 5_000).ToString().Replace("\"version\":1,", $"\"version\":{version},", StringComparison.Ordinal);

        (await RefusalAsync(["summary", "FILE"], scratch.Write("run.jsonl", text))).ShouldContain(says);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_file_that_a_newer_program_has_gone_on_with_is_refused(string[] command)
    {
        using var scratch = new Scratch();
        var file = scratch.Write("run.jsonl", new ProbeFileWriter().Begin().Turn("Ada", 1, 1, 5_000).Begin(version: 2).Turn("Ada", 2, 2, 5_000).ToString());

        (await RefusalAsync(command, file)).ShouldContain("it is of version 2, and this program reads version 1");
    }

    [Fact]
    public async Task What_turns_out_unusable_after_a_part_was_printed_ends_with_one_line_and_code_1()
    {
        using var scratch = new Scratch();
        var writer = new ProbeFileWriter().Begin();
        for (var turn = 1; turn <= 3_000; turn++)
        {
            writer.Turn("Ada", turn, turn, 5_000);
        }

        var run = await ProgramProcess.RunAsync("probes", "tail", scratch.Write("run.jsonl", writer.Begin(version: 2).ToString()), "--no-follow");

        run.ExitCode.ShouldBe(1, run.Error);
        run.Output.ShouldNotBeEmpty();
        Refusal.LineOf(run.Error).ShouldContain("it is of version 2");
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_device_without_end_is_no_probe_file(string[] command)
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "there is no such device");

        (await RefusalAsync(command, "/dev/zero")).ShouldContain("it is no probe file: none of the lines in its first 64 MiB is a record of one");
    }

    [Fact]
    public async Task A_command_that_waits_in_a_pipe_ends_when_it_is_asked_to()
    {
        // What this catches: a read that nobody writes to, and that goes on after the signal. The pipe opens for writing only when the program has opened it for reading.
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no named pipes in the file system");
        using var scratch = new Scratch();
        var script = "mkfifo \"$P\" && { \"$@\" \"$P\" >/dev/null & program=$!; exec 3>\"$P\"; kill -TERM $program; wait $program; }".Replace("$P", scratch.At("pipe"), StringComparison.Ordinal);
        var run = await ProgramProcess.RunInShellAsync(script, "", "probes", "summary");

        run.ExitCode.ShouldBe(1, run.Error);
        Refusal.LineOf(run.Error).ShouldBe("interrupted");
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
