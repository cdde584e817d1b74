using System.Text;

namespace Polyphony.Cli.Commands;

/// <summary>Where a command reads and writes, so that it runs the same in a process, in a pipe and in a test.</summary>
internal sealed record CommandConsole
{
    /// <summary>Standard input, as bytes.</summary>
    public required Stream Input { get; init; }

    /// <summary>Standard output: the result and nothing else. What it does not take is an <see cref="OutputException"/>.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Standard error: notices, progress, and the one line of a failure.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether a person types at <see cref="Input"/>.</summary>
    public bool InputIsTerminal { get; init; }

    /// <summary>Whether a person reads <see cref="Output"/>.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Whether a person reads <see cref="Error"/>.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>The console of this process. A pipe carries UTF-8 without a mark at its start, whatever the locale says.</summary>
    public static CommandConsole OfProcess() => new()
    {
        Input = StandardInput.OfProcess(),
        Output = Console.IsOutputRedirected ? Piped(StandardOutput.OfProcess()) : Console.Out,
        Error = Console.IsErrorRedirected ? Piped(StandardError.OfProcess()) : Console.Error,
        InputIsTerminal = !Console.IsInputRedirected,
        OutputIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
    };

    private static TextWriter Piped(Stream stream) =>
        TextWriter.Synchronized(new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });
}
