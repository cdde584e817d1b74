using System.CommandLine;
using System.CommandLine.Help;
using System.Diagnostics.CodeAnalysis;
using Polyphony.Rooms;

namespace Polyphony.Cli.Commands;

/// <summary>The program from its arguments to its exit code. The one place where a failure becomes a line and a code.</summary>
internal static class PolyphonyProgram
{
    // No response files: an argument that begins with @ is a persona's name, not a file. No bundling: there are no one-letter flags.
    private static readonly ParserConfiguration Parsing = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "The last place that can say what broke; the exit code and the trace tell it.")]
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CommandConsole console, CommandBodies bodies, CancellationToken cancel)
    {
        try
        {
            var given = Create(bodies, console).Parse(args, Parsing);
            var isQuestion = given.Action is HelpAction || IsVersion(given);
            if (!isQuestion && ParseErrors.Of(given, args) is { } wrong)
            {
                throw wrong;
            }

            var invocation = new InvocationConfiguration
            {
                Output = console.Output,
                Error = console.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await given.InvokeAsync(invocation, cancel);
        }
        catch (UsageException wrong)
        {
            await TellAsync(console, wrong.Message);
            return ExitCodes.Unusable;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await TellAsync(console, "interrupted");
            return ExitCodes.DidNotHold;
        }
        catch (Exception cut) when (cut is OutputException or LateInputException)
        {
            await TellAsync(console, cut.Message);
            return ExitCodes.DidNotHold;
        }
        catch (Exception fault) when (fault is RoomLogException or RoomFaultedException { InnerException: RoomLogException })
        {
            await TellAsync(console, Quoted.OneLine(fault.Message));
            return ExitCodes.DidNotHold;
        }
        catch (Exception broken)
        {
            await TellAsync(console, $"polyphony broke: {broken}");
            return ExitCodes.DidNotHold;
        }
    }

    private static RootCommand Create(CommandBodies bodies, CommandConsole console)
    {
        var root = new RootCommand("A room in which many AI personas live with people.");
        root.Directives.Clear();
        root.Add(new ChatCommand().Create(bodies.Chat, console));
        root.Add(new ReplayCommand().Create(bodies.Replay, console));
        root.Add(new StressCommand().Create(bodies.Stress, console));
        root.Add(new EvaluateCommand().Create(bodies.Evaluate, console));
        root.Add(new ProbesCommand().Create(bodies.Probes, console));
        root.Add(new PersonaCommand().Create(bodies.PersonaMemory, console));
        root.Add(new TurnCommand().Create(bodies.Turn, console));
        root.Add(new PromptCommand().Create(bodies.Prompt, console));
        root.Add(new DoctorCommand().Create(bodies.DoctorEngine, console));
        root.Add(new BenchCommand().Create(bodies.BenchRoom, console));
        return root;
    }

    private static async Task TellAsync(CommandConsole console, string line)
    {
        try
        {
            await console.Error.WriteLineAsync(line);
        }
        catch (Exception nobodyListens) when (nobodyListens is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // Standard error is closed or full: the exit code is all that is left to tell it with.
        }
    }

    private static bool IsVersion(ParseResult given) =>
        given.RootCommandResult.Command.Options.OfType<VersionOption>().Any(o => o.Action == given.Action);
}
