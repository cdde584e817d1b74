using System.Text;
using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Probes;

/// <summary>Collects text and writes it in large pieces: a pipe is flushed at every write, and a file of millions of lines must not wait for each.</summary>
/// <remarks>Not thread-safe. What was not flushed is not written.</remarks>
internal sealed class BatchedOutput(TextWriter output)
{
    private const int Piece = 32 * 1024;

    private readonly StringBuilder _text = new();
    private bool _hasLeft;

    /// <summary>Writes the whole result of a command.</summary>
    public static void WriteAll(TextWriter output, string text)
    {
        var all = new BatchedOutput(output);
        all.WriteLine(text);
        all.Flush();
    }

    /// <summary>Whether anything was written at all.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Does what reads and writes in turn. Input that turns out unusable when a part of the output has left is no refusal any more: the command stops there.</summary>
    /// <exception cref="LateInputException">It was found after something was written.</exception>
    public void Guard(Action work)
    {
        try
        {
            work();
        }
        catch (UsageException late) when (_hasLeft)
        {
            throw new LateInputException(late);
        }
    }

    public void Write(string text)
    {
        HasBegun = true;
        _text.Append(text);
        if (_text.Length >= Piece)
        {
            Flush();
        }
    }

    public void WriteLine(string line) => Write(line + Environment.NewLine);

    public void Flush()
    {
        _hasLeft |= _text.Length > 0;
        output.Write(_text);
        output.Flush();
        _text.Clear();
    }
}
