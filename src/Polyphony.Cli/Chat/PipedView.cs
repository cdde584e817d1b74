using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Threading.Channels;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Replay;

namespace Polyphony.Cli.Chat;

/// <summary>A chat through pipes: lines in, transcript lines out, notices to standard error.</summary>
/// <remarks>It reads ahead from the start, so that input that is unusable is refused before anything is said where that can be known.</remarks>
internal sealed class PipedView : IChatView
{
    private const int LinesAhead = 64;

    private readonly CommandConsole _console;
    private readonly Channel<string> _ahead = Channel.CreateBounded<string>(LinesAhead);
    private volatile UsageException? _unusable;

    public PipedView(CommandConsole console, CancellationToken cancel)
    {
        _console = console;
        _ = Task.Run(() => ReadAheadAsync(cancel), CancellationToken.None);
    }

    public bool WaitsForQuiet => true;

    /// <exception cref="UsageException">Something in what has been read until now is unusable.</exception>
    public void RequireUsableInput()
    {
        if (_unusable is { } unusable)
        {
            throw unusable;
        }
    }

    public IAsyncEnumerable<string> LinesAsync(CancellationToken cancel) => _ahead.Reader.ReadAllAsync(cancel);

    public void Said(string author, bool isPersona, string text) => _console.Output.WriteLine(TerminalText.Line(author, text));

    public void Past(string author, bool isPersona, string text)
    {
        // A pipe gets what is said from now on; who wants the past reads the room.
    }

    public void Draft(string author, string? words)
    {
        // A draft may still be withdrawn, and a pipe cannot take a line back.
    }

    public void Notice(string text) => _console.Error.WriteLine(TerminalText.Safe(text));

    [SuppressMessage("Design", "CA1031", Justification = "Whatever stops the reading reaches whoever asks for the next line.")]
    private async Task ReadAheadAsync(CancellationToken cancel)
    {
        try
        {
            var lines = new LineReader(_console.Input, "standard input");
            while (await lines.ReadAsync(cancel))
            {
                await _ahead.Writer.WriteAsync(Encoding.UTF8.GetString(lines.Line).TrimEnd('\r'), cancel);
            }

            _ahead.Writer.Complete();
        }
        catch (Exception error)
        {
            _unusable = error as UsageException;
            _ahead.Writer.Complete(_unusable is { } found ? new LateInputException(found) : error);
        }
    }
}
