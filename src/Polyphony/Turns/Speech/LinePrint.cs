using System.Buffers;
using System.Numerics;

namespace Polyphony.Turns.Speech;

/// <summary>What of a line is compared with others: its words in order, its trigrams, its vocabulary and its numbers, each as different hashes. Immutable.</summary>
internal sealed class LinePrint
{
    /// <summary>So many words are looked at; in a longer line the rest counts only where all of it is the same.</summary>
    public const int MostWords = 2048;

    private LinePrint(ReadOnlySpan<SpokenWord> words)
    {
        var looked = words[..Math.Min(words.Length, MostWords)];
        Span<uint> trigrams = stackalloc uint[looked.Length];
        Span<uint> vocabulary = stackalloc uint[looked.Length];
        Span<uint> numbers = stackalloc uint[looked.Length];
        var (known, counted) = (0, 0);
        for (var i = 0; i < looked.Length; i++)
        {
            var word = looked[i];
            if (i >= 2)
            {
                trigrams[i - 2] = Mix(Mix(looked[i - 2].Hash, looked[i - 1].Hash), word.Hash);
            }

            if (word.IsContent)
            {
                // One character of such a script says little; two in a row are about a word.
                vocabulary[known++] = word.IsIdeograph && i > 0 && looked[i - 1].IsIdeograph ? Mix(looked[i - 1].Hash, word.Hash) : word.Hash;
            }

            if (word.HasDigit)
            {
                numbers[counted++] = word.Hash;
            }
        }

        (WholeHash, WordCount) = (Whole(words), words.Length);
        (Trigrams, Vocabulary, Numbers) = (Distinct(trigrams[..Math.Max(0, looked.Length - 2)]), Distinct(vocabulary[..known]), Distinct(numbers[..counted]));
    }

    /// <summary>How many words the line has.</summary>
    public int WordCount { get; }

    /// <summary>Of all its words in their order.</summary>
    public uint WholeHash { get; }

    /// <summary>Three words in a row.</summary>
    public uint[] Trigrams { get; }

    /// <summary>The words that say something by themselves.</summary>
    public uint[] Vocabulary { get; }

    /// <summary>The words that say a number.</summary>
    public uint[] Numbers { get; }

    public static LinePrint Of(ReadOnlySpan<SpokenWord> words) => new(words);

    public static LinePrint Of(string text)
    {
        var words = ArrayPool<SpokenWord>.Shared.Rent(Math.Max(1, text.Length));
        var print = new LinePrint(words.AsSpan(0, SpokenWord.Split(text, words, out _)));
        ArrayPool<SpokenWord>.Shared.Return(words);
        return print;
    }

    private static uint Whole(ReadOnlySpan<SpokenWord> words)
    {
        var all = 2_166_136_261u;
        foreach (var word in words)
        {
            all = Mix(all, word.Hash);
        }

        return all;
    }

    // Through a table of twice the size, because sorting costs several times as much.
    private static uint[] Distinct(Span<uint> values)
    {
        Span<uint> table = stackalloc uint[(int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, values.Length) * 2)];
        table.Clear();
        var count = 0;
        foreach (var value in values)
        {
            // Nought marks a free place.
            var key = value == 0 ? 1 : value;
            var at = (int)(key & (uint)(table.Length - 1));
            while (table[at] != 0 && table[at] != key)
            {
                at = (at + 1) & (table.Length - 1);
            }

            if (table[at] == 0)
            {
                table[at] = values[count++] = key;
            }
        }

        return values[..count].ToArray();
    }

    // The upper bits are folded in, because the tables take their place from the lower ones.
    private static uint Mix(uint a, uint b)
    {
        var mixed = (uint.RotateLeft(a, 5) ^ b) * 2_654_435_769;
        return mixed ^ (mixed >> 15);
    }
}
