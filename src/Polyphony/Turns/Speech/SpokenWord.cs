using System.Globalization;

namespace Polyphony.Turns.Speech;

/// <summary>A word as the rules compare it: without case, by a hash of its characters. A character of a script that puts no spaces between words is a word.</summary>
/// <param name="Hash">Of the folded word.</param>
/// <param name="Length">In characters.</param>
/// <param name="HasDigit">Whether it says a number.</param>
/// <param name="IsIdeograph">Whether it is one character of such a script.</param>
internal readonly record struct SpokenWord(uint Hash, int Length, bool HasDigit, bool IsIdeograph)
{
    private const int ContentLength = 4;

    /// <summary>Whether it says something by itself: a number, four letters or more, two of a script other than the Latin, Greek and Cyrillic.</summary>
    public bool IsContent { get; init; }

    /// <summary>Splits a text into its words, and counts what is not a word.</summary>
    /// <param name="text">The text.</param>
    /// <param name="words">Gets the words; as long as the text is enough for any.</param>
    /// <param name="tally">Gets the counts.</param>
    /// <returns>How many words there are.</returns>
    public static int Split(ReadOnlySpan<char> text, Span<SpokenWord> words, out TextTally tally)
    {
        tally = default;
        var (count, at) = (0, 0);
        while (at < text.Length)
        {
            var c = text[at];
            if (IsWord(c))
            {
                at += Read(text[at..], out words[count]);
                tally.Letters += words[count++].Length;
            }
            else
            {
                tally.Count(c);
                at++;
            }
        }

        return count;
    }

    private static int Read(ReadOnlySpan<char> text, out SpokenWord word)
    {
        const uint Basis = 2_166_136_261;
        const uint Prime = 16_777_619;
        if (IsOneCharacterWord(text[0]))
        {
            word = new((Basis ^ text[0]) * Prime, 1, false, true) { IsContent = true };
            return 1;
        }

        var (hash, length, hasDigit) = (Basis, 0, false);
        for (; length < text.Length && IsWord(text[length]) && !IsOneCharacterWord(text[length]); length++)
        {
            var c = text[length];
            var folded = c < 0x80 ? (char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c) : char.ToLowerInvariant(c);
            hasDigit |= char.IsAsciiDigit(c);
            hash = (hash ^ folded) * Prime;
        }

        word = new(hash, length, hasDigit, false) { IsContent = hasDigit || length >= (text[0] < '\u0530' ? ContentLength : 2) };
        return length;
    }

    private static bool IsWord(char c) => c < 0x80 ? char.IsAsciiLetterOrDigit(c) || c == '_' : char.GetUnicodeCategory(c) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    // Thai, Lao, Burmese and Khmer; kana and the ideographs.
    private static bool IsOneCharacterWord(char c) => c is (>= '\u0e00' and <= '\u0eff') or (>= '\u1000' and <= '\u109f') or (>= '\u1780' and <= '\u17ff')
        or (>= '\u3040' and <= '\u30ff') or (>= '\u3400' and <= '\u9fff') or (>= '\uf900' and <= '\ufaff');
}

/// <summary>What a text holds beside its words.</summary>
internal struct TextTally
{
    /// <summary>Characters that belong to words.</summary>
    public int Letters { get; set; }

    /// <summary>Signs of punctuation, and the mathematical and other signs that stand on a keyboard.</summary>
    public int Signs { get; private set; }

    /// <summary>Control characters, without line ends and tabs.</summary>
    public int Controls { get; private set; }

    /// <summary>U+FFFD: characters that were lost.</summary>
    public int Lost { get; private set; }

    /// <summary>Whether there is a sign or a picture that can be seen.</summary>
    public bool HasVisible { get; private set; }

    /// <summary>Whether there is a NUL.</summary>
    public bool HasNul { get; private set; }

    public void Count(char c)
    {
        if (c is ' ' or '\n' or '\r' or '\t')
        {
            return;
        }

        if (c < ' ' || c is >= '\u007f' and <= '\u009f')
        {
            Controls++;
            HasNul |= c == '\0';
        }
        else if (c == '\ufffd')
        {
            Lost++;
            HasVisible = true;
        }
        else if (c < 0x80 || char.IsPunctuation(c))
        {
            Signs++;
            HasVisible = true;
        }
        else
        {
            HasVisible |= !char.IsWhiteSpace(c) && char.GetUnicodeCategory(c) is not UnicodeCategory.Format;
        }
    }
}
