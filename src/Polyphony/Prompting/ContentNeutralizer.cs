using System.Buffers;
using System.Globalization;
using System.Text;
using Polyphony.Rooms;

namespace Polyphony.Prompting;

/// <summary>
/// Makes what somebody said safe to stand in a prompt, at this one place. Words stay as they are; what a model or a reader of the prompt could take for
/// structure does not: chat-template control tokens, control and direction characters, and lines that could pass for another speaker's.
/// </summary>
public static class ContentNeutralizer
{
    /// <summary>Stands before every line but the first, so that no line of a message can begin like a speaker's label or a section.</summary>
    public const string ContinuationMark = "\n| ";

    private const string FirstLineMark = "| ";

    private static readonly SearchValues<char> Suspicious = SearchValues.Create(SuspiciousCharacters());

    /// <summary>Neutralises <paramref name="text"/>; returns the same string where there is nothing to do.</summary>
    public static string Neutralize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var at = text.AsSpan().IndexOfAny(Suspicious);
        if (at < 0)
        {
            if (!ControlTokens.HoldsInlineRole(text))
            {
                return RoleMarkers.Begins(text) ? FirstLineMark + text : text;
            }

            at = text.Length;
        }

        // Tokens come second: what is left out between two characters must not make one of them.
        var clean = new StringBuilder(text.Length + 16);
        clean.Append(text, 0, at);
        for (var i = at; i < text.Length; i++)
        {
            i = Append(clean, text, i);
        }

        var safe = ControlTokens.Disarm(clean.ToString());
        return RoleMarkers.Begins(safe) || safe.StartsWith(FirstLineMark, StringComparison.Ordinal) ? FirstLineMark + safe : safe;
    }

    /// <summary>
    /// A name as it stands in a prompt: neutralised, and without a colon of its own, or what stands in front of the first one could be taken for somebody else's name. An id keeps the colon behind its kind.
    /// </summary>
    internal static string NeutralizeName(string name) => ControlTokens.DisarmColons(Neutralize(name));

    /// <summary>The same for a text that stands without its speaker's name: it does not begin like another's line.</summary>
    public static string NeutralizeUnnamed(string text, Roster roster)
    {
        ArgumentNullException.ThrowIfNull(roster);
        var safe = Neutralize(text);
        return !safe.StartsWith(FirstLineMark, StringComparison.Ordinal) && RoleMarkers.LabelOf(safe) is { Length: > 0 } label && roster.HasName(label.ToString()) ? FirstLineMark + safe : safe;
    }

    /// <summary>A neutralised text with its speaker's neutralised name in front; a name that is a role's word does not begin the line.</summary>
    internal static string Named(string name, string safe) => RoleMarkers.BeginsLineOf(name) ? $"{FirstLineMark}{name}: {safe}" : $"{name}: {safe}";

    /// <summary>
    /// What a person reads back: the text as it was said, of what <see cref="Neutralize"/> made of it. Look-alikes and marks are undone exactly; a line break comes back as one kind, a tab as a space, and what
    /// was left out (invisible and direction characters, halves of characters) stays out.
    /// </summary>
    public static string Restore(string safe)
    {
        ArgumentNullException.ThrowIfNull(safe);
        var unmarked = safe.StartsWith(FirstLineMark, StringComparison.Ordinal) ? safe[FirstLineMark.Length..] : safe;
        return ControlTokens.Rearm(unmarked.Replace(ContinuationMark, "\n", StringComparison.Ordinal));
    }

    /// <summary>Appends what stands at <paramref name="i"/>, and returns the last index it dealt with.</summary>
    private static int Append(StringBuilder safe, string text, int i)
    {
        var c = text[i];
        switch (c)
        {
            case '\r' when i + 1 < text.Length && text[i + 1] == '\n':
                safe.Append(ContinuationMark);
                return i + 1;
            case '\n' or '\r' or '\v' or '\f' or '\u0085' or '\u2028' or '\u2029':
                safe.Append(ContinuationMark);
                return i;
            case '\t':
                safe.Append(' ');
                return i;
            case < ' ':
                safe.Append(ControlTokens.PictureOf(c));
                return i;
            case '\u007f' or (>= '\u0080' and <= '\u009f'):
                safe.Append('\ufffd');
                return i;
            case '\u00ad' or '\u061c' or '\u180e' or (>= '\ufff9' and <= '\ufffb'):
                return i;
            case '\udb40' when i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]):
                // Tags and variation selectors: invisible, and a way to hide a whole alphabet.
                return i + 1;
            case (>= '\u200b' and <= '\u200f') or (>= '\u202a' and <= '\u202e') or (>= '\u2060' and <= '\u2069') or '\ufeff' when !JoinsEmoji(text, i) && !JoinsLetters(text, i):
                return i;
            case >= '\ud800' and <= '\udbff' when i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]):
                safe.Append(c).Append(text[i + 1]);
                return i + 1;
            case >= '\ud800' and <= '\udfff':
                safe.Append('\ufffd');
                return i;
            default:
                ControlTokens.AppendLiteral(safe, c);
                return i;
        }
    }

    private static bool JoinsEmoji(string text, int i) =>
        text[i] == '\u200d' && i > 0 && i + 1 < text.Length && (char.IsSurrogate(text[i - 1]) || text[i - 1] == '\ufe0f');

    // Persian and the scripts of India spell with them. Their letters are in this range, and nothing that a template is made of is.
    private static bool JoinsLetters(string text, int i) =>
        text[i] is '\u200c' or '\u200d' && i > 0 && i + 1 < text.Length && IsJoined(text[i - 1]) && IsJoined(text[i + 1]);

    private static bool IsJoined(char c) => c is >= '\u0600' and <= '\u0dff' && (char.IsLetter(c) || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark);

    private static string SuspiciousCharacters()
    {
        var all = new StringBuilder(ControlTokens.OpeningMarks + ControlTokens.LookAlikes + "\u007f\u00ad\u061c\u180e\u2028\u2029\ufeff\ufff9\ufffa\ufffb");
        AppendRange(all, '\0', '\u001f');
        AppendRange(all, '\u0080', '\u009f');
        AppendRange(all, '\u200b', '\u200f');
        AppendRange(all, '\u202a', '\u202e');
        AppendRange(all, '\u2060', '\u2069');
        AppendRange(all, '\ud800', '\udfff');
        return all.ToString();
    }

    private static void AppendRange(StringBuilder all, char first, char last)
    {
        for (int c = first; c <= last; c++)
        {
            all.Append((char)c);
        }
    }
}
