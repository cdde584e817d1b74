using System.Runtime.CompilerServices;
using System.Text;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Replay;

namespace Polyphony.Cli.Chat;

/// <summary>A chat through pipes: lines in, transcript lines out, notices to standard error.</summary>
internal sealed class PipedView(CommandConsole console) : IChatView
{
    public bool WaitsForQuiet => true;

    public async IAsyncEnumerable<string> LinesAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var lines = new LineReader(console.Input, "standard input");
        while (await lines.ReadAsync(cancel))
        {
            yield return Encoding.UTF8.GetString(lines.Line).TrimEnd('\r');
        }
    }

    public void Said(string author, bool isPersona, string text) => console.Output.WriteLine(TerminalText.Line(author, text));

    public void Past(string author, bool isPersona, string text)
    {
        // A pipe gets what is said from now on; who wants the past reads the room.
    }

    public void Draft(string author, string? words)
    {
        // A draft may still be withdrawn, and a pipe cannot take a line back.
    }

    public void Notice(string text) => console.Error.WriteLine(TerminalText.Safe(text));
}
