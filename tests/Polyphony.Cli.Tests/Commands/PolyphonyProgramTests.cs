using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Tests.Commands;

public sealed class PolyphonyProgramTests
{
    [Fact]
    public async Task Input_that_a_body_finds_unusable_is_refused_like_an_argument()
    {
        var (code, error) = await RunChatAsync((_, _) => throw new UsageException("a\nb.yaml:3", "the key 'nmae' is unknown; write 'name'"));

        code.ShouldBe(ExitCodes.Unusable);
        Refusal.LineOf(error).ShouldBe("a b.yaml:3: the key 'nmae' is unknown; write 'name'");
    }

    [Fact]
    public async Task The_exit_code_is_what_the_body_says()
    {
        (await RunChatAsync((_, _) => Task.FromResult(ExitCodes.DidNotHold))).ShouldBe((ExitCodes.DidNotHold, ""));
    }

    [Fact]
    public async Task A_stop_that_a_body_lets_through_ends_the_program_without_a_trace()
    {
        var (code, error) = await RunChatAsync(async (stop, cancel) =>
        {
            await stop.CancelAsync();
            cancel.ThrowIfCancellationRequested();
            return ExitCodes.Held;
        });

        code.ShouldBe(ExitCodes.DidNotHold);
        Refusal.LineOf(error).ShouldBe("interrupted");
    }

    [Fact]
    public async Task A_body_that_breaks_says_where_and_did_not_hold()
    {
        var (code, error) = await RunChatAsync((_, _) => throw new InvalidOperationException("a gear came off"));

        code.ShouldBe(ExitCodes.DidNotHold);
        error.ShouldContain("a gear came off");
        error.ShouldContain(nameof(RunChatAsync));
    }

    private static async Task<(int Code, string Error)> RunChatAsync(Func<CancellationTokenSource, CancellationToken, Task<int>> chat)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var (output, error) = (new StringWriter(), new StringWriter());
        var console = new CommandConsole { Input = Stream.Null, Output = output, Error = error };
        var bodies = new CommandBodies
        {
            Chat = (_, _, cancel) => chat(stop, cancel),
            Replay = (_, _, _) => throw new InvalidOperationException("not asked for"),
            Stress = (_, _, _) => throw new InvalidOperationException("not asked for"),
            Probes = new()
            {
                List = (_, _, _) => throw new InvalidOperationException("not asked for"),
                Tail = (_, _, _) => throw new InvalidOperationException("not asked for"),
                Summary = (_, _, _) => throw new InvalidOperationException("not asked for"),
                Slow = (_, _, _) => throw new InvalidOperationException("not asked for"),
                Turn = (_, _, _) => throw new InvalidOperationException("not asked for"),
                Why = (_, _, _) => throw new InvalidOperationException("not asked for"),
            },
            DoctorEngine = (_, _, _) => throw new InvalidOperationException("not asked for"),
        };
        var code = await PolyphonyProgram.RunAsync(["chat"], console, bodies, stop.Token);
        output.ToString().ShouldBeEmpty();
        return (code, error.ToString());
    }
}
