namespace Polyphony.Cli.Commands;

/// <summary>What a command does once its arguments have been found good.</summary>
/// <returns>One of <see cref="ExitCodes"/>.</returns>
/// <exception cref="UsageException">Its input turned out to be unusable; nothing was written to standard output.</exception>
/// <exception cref="OutputException">Standard output takes nothing more; the command has ended all that it began.</exception>
internal delegate Task<int> CommandBody<in TOptions>(TOptions options, CommandConsole console, CancellationToken cancel);

/// <summary>The body of each command.</summary>
internal sealed record CommandBodies
{
    public required CommandBody<ChatOptions> Chat { get; init; }

    public required CommandBody<ReplayOptions> Replay { get; init; }

    public required CommandBody<StressOptions> Stress { get; init; }

    public required CommandBody<EvaluateOptions> Evaluate { get; init; }

    public required ProbesBodies Probes { get; init; }

    public required CommandBody<PersonaMemoryOptions> PersonaMemory { get; init; }

    public required TurnBodies Turn { get; init; }

    public required CommandBody<PromptOptions> Prompt { get; init; }

    public required CommandBody<DoctorEngineOptions> DoctorEngine { get; init; }

    public required CommandBody<BenchRoomOptions> BenchRoom { get; init; }
}
