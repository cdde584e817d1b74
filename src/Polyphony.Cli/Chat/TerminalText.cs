using System.Buffers;
using System.Text;
using Spectre.Console.Rendering;

namespace Polyphony.Cli.Chat;

/// <summary>Makes what somebody said safe to print: nothing of it can steer the terminal or pass for another line of the transcript.</summary>
internal static class TerminalText
{
    private const string Continuation = "\n  ";

    /// <summary>The transcript line of a message. Further lines of the text are indented.</summary>
    public static string Line(string name, string text) => $"{Safe(name)}: {Safe(text)}";

    /// <summary>How many columns a terminal gives to it: two for what is wide, none for what stands on another letter.</summary>
    public static int Cells(string text) => new Segment(text).CellCount();

    /// <summary>The end of a text, which is its news, in at most so many columns.</summary>
    public static string End(string text, int cells)
    {
        if (Cells(text) <= cells)
        {
            return text;
        }

        var (from, left) = (text.Length, cells - 1);
        while (from > 0 && Rune.DecodeLastFromUtf16(text.AsSpan(0, from), out var last, out var length) == OperationStatus.Done && Cells(last.ToString()) is var its && its <= left)
        {
            from -= length;
            left -= its;
        }

        return $"…{text[from..]}";
    }

    public static string Safe(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var rune in text.ReplaceLineEndings("\n").EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '\n': safe.Append(Continuation); break;
                case '\t': safe.Append(' '); break;
                case < ' ': safe.Append((char)(0x2400 + rune.Value)); break;
                case >= 0x7f and <= 0x9f or 0x2028 or 0x2029: safe.Append('\ufffd'); break;
                case >= 0x202a and <= 0x202e or >= 0x2066 and <= 0x2069: break;
                default: safe.Append(rune); break;
            }
        }

        return safe.ToString();
    }
}
