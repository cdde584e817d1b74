using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Tests.Commands;

/// <summary>Runs the program within the test, with bodies that only keep the options they are given.</summary>
internal sealed class InProcess
{
    private object? _options;

    public required int ExitCode { get; init; }

    public required string Output { get; init; }

    public required string Error { get; init; }

    public static async Task<InProcess> RunAsync(params string[] args)
    {
        object? options = null;
        var (output, error) = (new StringWriter(), new StringWriter());
        var console = new CommandConsole { Input = Stream.Null, Output = output, Error = error };
        var bodies = new CommandBodies
        {
            Chat = (given, _, _) => Keep(given),
            Replay = (given, _, _) => Keep(given),
            Stress = (given, _, _) => Keep(given),
            Evaluate = (given, _, _) => Keep(given),
            PersonaMemory = (given, _, _) => Keep(given),
            Probes = new()
            {
                List = (given, _, _) => Keep(given),
                Tail = (given, _, _) => Keep(given),
                Summary = (given, _, _) => Keep(given),
                Slow = (given, _, _) => Keep(given),
                Turn = (given, _, _) => Keep(given),
                Why = (given, _, _) => Keep(given),
            },
            Prompt = (given, _, _) => Keep(given),
            Turn = new() { Replay = (given, _, _) => Keep(given) },
            DoctorEngine = (given, _, _) => Keep(given),
            BenchRoom = (given, _, _) => Keep(given),
        };
        var code = await PolyphonyProgram.RunAsync(args, console, bodies, TestContext.Current.CancellationToken);
        return new() { ExitCode = code, Output = output.ToString(), Error = error.ToString(), _options = options };

        Task<int> Keep(object given)
        {
            options = given;
            return Task.FromResult(ExitCodes.Held);
        }
    }

    public static async Task<T> OptionsAsync<T>(params string[] args)
    {
        var run = await RunAsync(args);
        run.Error.ShouldBeEmpty();
        run.ExitCode.ShouldBe(ExitCodes.Held);
        return run._options.ShouldBeOfType<T>();
    }

    /// <summary>The one line of a run that was refused as the contract says.</summary>
    public static async Task<string> RefusalAsync(params string[] args) => (await RunAsync(args)).RefusalLine();

    public string RefusalLine()
    {
        ExitCode.ShouldBe(ExitCodes.Unusable, Error);
        Output.ShouldBeEmpty();
        _options.ShouldBeNull();
        return Refusal.LineOf(Error);
    }
}
