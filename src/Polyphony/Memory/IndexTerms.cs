using System.Globalization;
using System.Text;

namespace Polyphony.Memory;

/// <summary>
/// The words of a text as an index holds them: in lower case and as numbers, so that an index of any kind has the same ones. Scripts without spaces are read two characters at a
/// time. Runs over a text once, allocates nothing.
/// </summary>
public ref struct IndexTerms
{
    /// <summary>The most different words of one search; of a longer text the rarest count.</summary>
    public const int MostInSearch = 64;

    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    private readonly ReadOnlySpan<char> _text;
    private int _at;
    private int _pairFrom;

    /// <param name="text">The text.</param>
    public IndexTerms(ReadOnlySpan<char> text) => _text = text;

    /// <summary>The word.</summary>
    public ulong Current { get; private set; }

    /// <summary>The different words of a text, in their order.</summary>
    public static List<ulong> Distinct(string text)
    {
        var seen = new HashSet<ulong>();
        var terms = new List<ulong>();
        foreach (var term in new IndexTerms(text))
        {
            if (seen.Add(term))
            {
                terms.Add(term);
            }
        }

        return terms;
    }

    /// <summary>Itself.</summary>
    public readonly IndexTerms GetEnumerator() => this;

    /// <summary>Reads the next word; false at the end.</summary>
    public bool MoveNext()
    {
        while (_at < _text.Length)
        {
            var rune = RuneAt(_at, out var length);
            if (!IsInWord(rune))
            {
                _at += length;
            }
            else if (IsWithoutSpaces(rune))
            {
                return Pair(rune, length);
            }
            else
            {
                return Word();
            }
        }

        return false;
    }

    private bool Word()
    {
        var word = Offset;
        while (_at < _text.Length)
        {
            var rune = RuneAt(_at, out var length);
            if (rune.Value == '\'' || rune.Value == '\u2019')
            {
                // "don't" is one word, and so is "dont".
                _at += length;
                continue;
            }

            if (!IsInWord(rune) || IsWithoutSpaces(rune))
            {
                break;
            }

            word = Add(word, Rune.ToLowerInvariant(rune));
            _at += length;
        }

        Current = word;
        return true;
    }

    // Each character of such a script, with the one that follows: a search for two characters finds them in any surroundings.
    private bool Pair(Rune first, int length)
    {
        var pair = Add(Offset, first);
        _at += length;
        if (_at < _text.Length && RuneAt(_at, out _) is var second && IsWithoutSpaces(second))
        {
            Current = Add(pair, second);
            _pairFrom = _at;
            return true;
        }

        // The last of a run was the second of a pair, unless it stands alone.
        Current = pair;
        return _pairFrom != _at - length || MoveNext();
    }

    private readonly Rune RuneAt(int at, out int length)
    {
        _ = Rune.DecodeFromUtf16(_text[at..], out var rune, out length);
        return rune;
    }

    private static ulong Add(ulong word, Rune rune) => (word ^ (uint)rune.Value) * Prime;

    private static bool IsInWord(Rune rune) => Rune.IsLetterOrDigit(rune)
        || (rune.Value > 0x2ff && Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark);

    private static bool IsWithoutSpaces(Rune rune) => rune.Value is (>= 0x0e00 and <= 0x0eff) or (>= 0x1000 and <= 0x109f) or (>= 0x1780 and <= 0x17ff)
        or (>= 0x3040 and <= 0x30ff) or (>= 0x3400 and <= 0x4dbf) or (>= 0x4e00 and <= 0x9fff) or (>= 0xf900 and <= 0xfaff) or (>= 0x20000 and <= 0x3ffff);
}
