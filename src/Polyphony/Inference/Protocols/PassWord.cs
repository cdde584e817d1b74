using System.Buffers;
using Polyphony.Personas;
using Polyphony.Turns;

namespace Polyphony.Inference.Protocols;

/// <summary>
/// Finds the reserved word PASS where it means silence. The spellings are a table that was learned from models, not a grammar: see the decision on conduct for its limits, and
/// use <see cref="ToolVerbProtocol"/> for a model that can call tools.
/// </summary>
internal static class PassWord
{
    private const string Word = "PASS";
    private const string Fence = "```";
    private const int LongestWide = 16;

    private static readonly SearchValues<string> AnyCase = SearchValues.Create([Word], StringComparison.OrdinalIgnoreCase);

    // What models like to put around the word, with what cannot be seen.
    private const string Marks = "\"'*_`()[]{}<>“”‘’«»‹›「」#\u200b\u2060\ufeff";
    private const string MarksAndSpace = Marks + " \u00a0\u3000\t\r\n";
    private const string MarksAndStops = MarksAndSpace + ".!。！";
    private const string Separators = "*_:,.-\u2013\u2014 \n\r\t!\"'`)]";

    /// <summary>Whether the text, which is trimmed, means silence, and the model's reason where it gave one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="persona">The persona's name: its own label may stand in front.</param>
    /// <param name="reason">The reason, or empty.</param>
    public static bool IsIn(string text, string persona, out string reason)
    {
        reason = "";
        if (!text.AsSpan().ContainsAny(AnyCase))
        {
            // A keyboard of Chinese or Japanese may write it in wide letters.
            return text.Length <= LongestWide && text.AsSpan().IndexOfAny('Ｐ', 'ｐ') >= 0 && IsWord(string.Concat(text.Select(NameText.AsSeen)));
        }

        if (IsWord(text))
        {
            return true;
        }

        if (text.Contains(Fence, StringComparison.Ordinal))
        {
            return false;
        }

        // As it stands first: "PASS: done" has a label's look itself.
        return IsFirst(text, out reason)
            || (persona.Length > 0 && SpokenLabel.TrimOwn(text, persona) is var bare && bare.Length < text.Length && (IsWord(bare) || IsFirst(bare.ToString(), out reason)))
            || IsLastLine(text, out reason)
            || IsLastWord(text, out reason)
            || (NarratedPass.IsIn(text) && Gives(text, out reason));
    }

    /// <summary>Whether the beginning of an answer may still become the word.</summary>
    public static bool MayBegin(string text)
    {
        var begun = text.AsSpan().TrimStart(Marks);
        return begun.Length <= Word.Length && Word.AsSpan().StartsWith(begun, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether the text is the word as it is given, alone or in front of a reason. What is said through another channel as "Pass" may be an answer; PASS is not.</summary>
    public static bool IsReserved(string text, out string reason)
    {
        reason = "";
        return text.AsSpan().TrimStart(MarksAndSpace).TrimEnd(MarksAndStops).Equals(Word, StringComparison.Ordinal)
            || (text.AsSpan().TrimStart(MarksAndSpace).StartsWith(Word + ":", StringComparison.Ordinal) && IsFirst(text.TrimStart(), out reason));
    }

    private static bool IsWord(ReadOnlySpan<char> text) =>
        text.TrimStart(MarksAndSpace).TrimEnd(MarksAndStops).Equals(Word, StringComparison.OrdinalIgnoreCase);

    // In front of a reason the word must be written as it was given, or end its sentence: "Pass me the salt" is speech.
    private static bool IsFirst(string text, out string reason)
    {
        reason = "";
        var word = text.AsSpan().TrimStart(Marks);
        if (!word.StartsWith(Word, StringComparison.OrdinalIgnoreCase) || word.Length == Word.Length)
        {
            return false;
        }

        var rest = word[Word.Length..];
        var isFirst = word.StartsWith(Word, StringComparison.Ordinal)
            ? !GoesOn(rest)
            : rest[0] is '.' or '!' or '\n' or '\r' or '\u2013' or '\u2014' || rest.StartsWith(" - ") || rest.StartsWith(" \u2013 ") || rest.StartsWith(" \u2014 ");
        reason = isFirst ? rest.TrimStart(Separators).Trim().ToString() : "";
        return isFirst;
    }

    // It is the beginning of a longer word: PASSAGE, PASS-through, PASS/FAIL, PASS's.
    private static bool GoesOn(ReadOnlySpan<char> rest) =>
        char.IsLetterOrDigit(rest[0]) || rest[0] is '_' or '/' or '='
        || (rest[0] is '-' or '\'' or '\u2019' or '.' && rest.Length > 1 && char.IsLetterOrDigit(rest[1]));

    private static bool IsLastLine(string text, out string reason)
    {
        var line = text.AsSpan().LastIndexOfAny('\n', '\r');
        reason = line >= 0 && IsWord(text.AsSpan(line + 1)) ? text[..line].Trim() : "";
        return reason.Length > 0;
    }

    private static bool IsLastWord(string text, out string reason)
    {
        var end = text.AsSpan().TrimEnd(MarksAndStops);
        reason = "";
        if (!end.EndsWith(Word, StringComparison.Ordinal) || end.Length == Word.Length)
        {
            return false;
        }

        var before = end[..^Word.Length];
        return (char.IsWhiteSpace(before[^1]) || Marks.Contains(before[^1])) && Gives(before.TrimEnd(MarksAndSpace + ":,.-\u2013\u2014").ToString(), out reason);
    }

    private static bool Gives(string words, out string reason)
    {
        reason = words;
        return true;
    }
}
