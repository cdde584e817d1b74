using System.Text;

namespace Polyphony.Personas;

/// <summary>
/// A persona card cannot be used. The message is one line: it names the file, the line and the key where there is one, and says what to do.
/// </summary>
public sealed class PersonaCardException : Exception
{
    /// <summary>An exception without a message; prefer one that says what to do.</summary>
    public PersonaCardException()
    {
    }

    /// <param name="message">What is wrong, where, and what to do; made one line.</param>
    public PersonaCardException(string message)
        : base(OneLine(message))
    {
    }

    /// <param name="message">What is wrong, where, and what to do; made one line.</param>
    /// <param name="innerException">The cause.</param>
    public PersonaCardException(string message, Exception innerException)
        : base(OneLine(message), innerException)
    {
    }

    internal static PersonaCardException In(string file, string problem, Exception? cause = null) =>
        Of($"{file}: {problem}", cause);

    internal static PersonaCardException At(string file, long line, string problem, Exception? cause = null) =>
        Of($"{file}, line {line}: {problem}", cause);

    internal static PersonaCardException At(string file, long line, string key, string problem) =>
        new($"{file}, line {line}, key '{Shown(key)}': {problem}");

    /// <summary>A piece of a card as a message shows it: short, on one line.</summary>
    internal static string Shown(string text) => text.Length <= 40 ? OneLine(text) : $"{OneLine(text[..40])}…";

    private static PersonaCardException Of(string message, Exception? cause) => cause is null ? new(message) : new(message, cause);

    // A file name, a key and a parser's own words may hold anything.
    private static string OneLine(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (NameText.IsOneVisibleLine(text))
        {
            return text;
        }

        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            line.Append(NameText.IsOneVisibleLine(rune.ToString()) ? rune.ToString() : " ");
        }

        return line.ToString();
    }
}
