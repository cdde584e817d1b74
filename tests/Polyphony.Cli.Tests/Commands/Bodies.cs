using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Tests.Commands;

/// <summary>The bodies of a program of which a test asks one command.</summary>
internal static class Bodies
{
    /// <summary>None of them is to be asked for.</summary>
    public static CommandBodies NotAskedFor { get; } = new()
    {
        Chat = Refuse,
        Replay = Refuse,
        Stress = Refuse,
        Evaluate = Refuse,
        PersonaMemory = Refuse,
        Prompt = Refuse,
        DoctorEngine = Refuse,
        BenchRoom = Refuse,
        Turn = new() { Replay = Refuse },
        Probes = new() { List = Refuse, Tail = Refuse, Summary = Refuse, Slow = Refuse, Turn = Refuse, Why = Refuse },
    };

    private static Task<int> Refuse<TOptions>(TOptions options, CommandConsole console, CancellationToken cancel) => throw new InvalidOperationException("not asked for");
}
