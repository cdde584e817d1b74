using System.Globalization;
using System.Text;

namespace Polyphony.Cli.Commands;

/// <summary>Shows text that came from outside: on one line, without what could steer a terminal, and not too much of it.</summary>
internal static class Quoted
{
    private const int Longest = 60;
    private const int Most = 5;

    /// <summary>The text in quotes, cut where it is long.</summary>
    public static string Of(string text)
    {
        if (text.Length <= Longest)
        {
            return $"'{OneLine(text)}'";
        }

        var end = char.IsHighSurrogate(text[Longest - 1]) ? Longest - 1 : Longest;
        return $"'{OneLine(text[..end])}…'";
    }

    /// <summary>The texts with commas between, and no more of them than can be read at a glance.</summary>
    public static string Few(IReadOnlyCollection<string> texts) =>
        string.Join(", ", texts.Take(Most).Select(text => Of(text)[1..^1])) + (texts.Count > Most ? ", …" : "");

    /// <summary>The text with line ends, control characters, marks of direction and halves of characters replaced.</summary>
    public static string OneLine(string text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            switch (Rune.GetUnicodeCategory(rune))
            {
                case UnicodeCategory.Control when Rune.IsWhiteSpace(rune):
                case UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator:
                    shown.Append(' ');
                    break;
                case UnicodeCategory.Control or UnicodeCategory.Format:
                    shown.Append('\uFFFD');
                    break;
                default:
                    shown.Append(rune);
                    break;
            }
        }

        return shown.ToString();
    }
}
