using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Tests.Commands;

/// <summary>A few of each kind as a process: that the in-process tests see what scripts see.</summary>
public sealed class ProgramProcessTests
{
    [Theory]
    [InlineData(new string[0], "chat, replay, stress")]
    [InlineData(new[] { "talk" }, "'talk'")]
    [InlineData(new[] { "chat", "--loud" }, "'--loud'")]
    [InlineData(new[] { "chat", "--policy" }, "--policy")]
    [InlineData(new[] { "stress", "--personas", "-1" }, "--personas")]
    [InlineData(new[] { "replay", "no\nsuch\u001b[2Jchat.txt" }, "FILE")]
    public async Task Wrong_arguments_end_with_code_2_and_one_line_on_standard_error(string[] args, string named)
    {
        var run = await ProgramProcess.RunAsync(args);

        run.ExitCode.ShouldBe(ExitCodes.Unusable);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldContain(named);
    }

    [Fact]
    public async Task Help_names_the_commands_and_ends_with_code_0()
    {
        var run = await ProgramProcess.RunAsync("--help");

        run.ExitCode.ShouldBe(ExitCodes.Held);
        run.Error.ShouldBeEmpty();
        run.Output.ShouldContain("chat");
        run.Output.ShouldContain("replay");
        run.Output.ShouldContain("stress");
    }
}
