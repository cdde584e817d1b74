using System.Buffers;
using System.Globalization;
using System.Text;
using Polyphony.Prompting;

namespace Polyphony.Personas;

/// <summary>What belongs to a word, and what may stand in a name. Never throws, whatever the text holds.</summary>
internal static class NameText
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    // The wide forms of what stands on a keyboard, in its order from the exclamation mark on.
    private const char FirstWide = '\uff01';
    private const char LastWide = '\uff5e';

    /// <summary>Letters, digits and the underscore, the marks that stand on them, and the two joiners that spell some scripts.</summary>
    public static bool IsWord(Rune rune) => rune.IsAscii
        ? char.IsAsciiLetterOrDigit((char)rune.Value) || rune.Value == '_'
        : Rune.IsLetterOrDigit(rune) || rune.Value is ZeroWidthJoiner or ZeroWidthNonJoiner || IsMark(Rune.GetUnicodeCategory(rune));

    /// <summary>Whether a word goes on at <paramref name="at"/>. Half a surrogate pair belongs to no word.</summary>
    public static bool IsWordAt(ReadOnlySpan<char> text, int at) => WordRuneLength(text, at) > 0;

    /// <summary>Whether a word ends just before <paramref name="end"/>.</summary>
    public static bool IsWordBefore(ReadOnlySpan<char> text, int end) =>
        end > 0 && Rune.DecodeLastFromUtf16(text[..end], out var rune, out _) == OperationStatus.Done && IsWord(rune);

    /// <summary>How many characters of the text from <paramref name="start"/> on are one word.</summary>
    public static int WordLength(ReadOnlySpan<char> text, int start)
    {
        var end = start;
        while (WordRuneLength(text, end) is > 0 and var length)
        {
            end += length;
        }

        return end - start;
    }

    /// <summary>Whether the text has no control character, line break, mark that turns the direction of writing, or half surrogate pair.</summary>
    public static bool IsOneVisibleLine(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length) != OperationStatus.Done || IsInvisible(rune))
            {
                return false;
            }

            at += length;
        }

        return true;
    }

    /// <summary>A name as a reader of a prompt sees it: without what is left out there, letters by their look, and any spaces between words as one. For comparing, in any case. Never throws.</summary>
    public static string AsSeen(string name)
    {
        var shown = ContentNeutralizer.Restore(ContentNeutralizer.Neutralize(name)).Trim();
        return Ascii.IsValid(shown) && !shown.Contains("  ", StringComparison.Ordinal) ? shown : NameLook.Of(string.Join(' ', shown.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
    }

    /// <summary>A character as it looks: a wide letter, digit or sign of the keyboard as the usual one, and every space as a space.</summary>
    public static char AsSeen(char c) => c is >= FirstWide and <= LastWide ? (char)(c - FirstWide + '!') : char.IsWhiteSpace(c) ? ' ' : c;

    private static int WordRuneLength(ReadOnlySpan<char> text, int at)
    {
        if (at >= text.Length)
        {
            return 0;
        }

        if (char.IsAscii(text[at]))
        {
            return char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_' ? 1 : 0;
        }

        return Rune.DecodeFromUtf16(text[at..], out var rune, out var length) == OperationStatus.Done && IsWord(rune) ? length : 0;
    }

    private static bool IsMark(UnicodeCategory category) =>
        category is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Format => rune.Value is not (ZeroWidthJoiner or ZeroWidthNonJoiner),
        _ => false,
    };
}
