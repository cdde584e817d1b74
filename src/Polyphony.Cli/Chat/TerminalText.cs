using System.Text;

namespace Polyphony.Cli.Chat;

/// <summary>Makes what somebody said safe to print: nothing of it can steer the terminal or pass for another line of the transcript.</summary>
internal static class TerminalText
{
    private const string Continuation = "\n  ";

    /// <summary>The transcript line of a message. Further lines of the text are indented.</summary>
    public static string Line(string name, string text) => $"{Safe(name)}: {Safe(text)}";

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
