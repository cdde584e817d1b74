using System.Buffers;

namespace Polyphony.Turns.Speech;

/// <summary>What of a line is compared with another: its words in order, its trigrams, and its vocabulary. Immutable.</summary>
internal sealed class LinePrint
{
    private const double TrigramShare = 0.65;
    private const double VocabularyShare = 0.9;

    // A short line's words stand in many a long one; only lines of like size say the same.
    private const int MostTimesLarger = 3;

    private readonly uint _all;
    private readonly uint[] _trigrams;
    private readonly uint[] _vocabulary;
    private readonly uint[] _numbers;

    private LinePrint(ReadOnlySpan<SpokenWord> words)
    {
        var (all, trigrams, content, numbers) = (2_166_136_261u, new uint[Math.Max(0, words.Length - 2)], new List<uint>(words.Length), new List<uint>());
        for (var i = 0; i < words.Length; i++)
        {
            all = Mix(all, words[i].Hash);
            if (i >= 2)
            {
                trigrams[i - 2] = Mix(Mix(words[i - 2].Hash, words[i - 1].Hash), words[i].Hash);
            }

            if (words[i].IsContent)
            {
                // One character of such a script says little; two in a row are about a word.
                content.Add(words[i].IsIdeograph && i > 0 && words[i - 1].IsIdeograph ? Mix(words[i - 1].Hash, words[i].Hash) : words[i].Hash);
            }

            if (words[i].HasDigit)
            {
                numbers.Add(words[i].Hash);
            }
        }

        (_all, WordCount) = (all, words.Length);
        (_trigrams, _vocabulary, _numbers) = (Distinct(trigrams), Distinct([.. content]), Distinct([.. numbers]));
    }

    /// <summary>How many words the line has.</summary>
    public int WordCount { get; }

    /// <summary>How many different words say something by themselves.</summary>
    public int ContentWords => _vocabulary.Length;

    public static LinePrint Of(ReadOnlySpan<SpokenWord> words) => new(words);

    public static LinePrint Of(string text)
    {
        var words = ArrayPool<SpokenWord>.Shared.Rent(Math.Max(1, text.Length));
        var print = new LinePrint(words.AsSpan(0, SpokenWord.Split(text, words, out _)));
        ArrayPool<SpokenWord>.Shared.Return(words);
        return print;
    }

    /// <summary>Whether this line says what an earlier one said: the same words, most of the same three in a row, or no word that the other has not. A number that is new is news.</summary>
    public bool SaysAgain(LinePrint earlier)
    {
        if (WordCount == earlier.WordCount && _all == earlier._all)
        {
            return true;
        }

        if (ContentWords < NearDuplicate.FewContentWords || Common(_numbers, earlier._numbers) < _numbers.Length)
        {
            return false;
        }

        return IsShare(_trigrams, earlier._trigrams)
            || (earlier.ContentWords <= MostTimesLarger * ContentWords && Common(_vocabulary, earlier._vocabulary) >= VocabularyShare * ContentWords);
    }

    private static bool IsShare(uint[] a, uint[] b)
    {
        if (a.Length == 0 || Math.Min(a.Length, b.Length) < TrigramShare * Math.Max(a.Length, b.Length))
        {
            return false;
        }

        var common = Common(a, b);
        return common >= TrigramShare * (a.Length + b.Length - common);
    }

    private static int Common(uint[] a, uint[] b)
    {
        var (common, i, j) = (0, 0, 0);
        while (i < a.Length && j < b.Length)
        {
            var (x, y) = (a[i], b[j]);
            common += x == y ? 1 : 0;
            i += x <= y ? 1 : 0;
            j += y <= x ? 1 : 0;
        }

        return common;
    }

    private static uint[] Distinct(uint[] values)
    {
        values.AsSpan().Sort();
        var count = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (i == 0 || values[i] != values[i - 1])
            {
                values[count++] = values[i];
            }
        }

        return count == values.Length ? values : values[..count];
    }

    private static uint Mix(uint a, uint b) => (uint.RotateLeft(a, 5) ^ b) * 2_654_435_769;
}
