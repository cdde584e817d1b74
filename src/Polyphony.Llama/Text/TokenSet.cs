using System.Numerics;

namespace Polyphony.Llama.Text;

/// <summary>Some of a vocabulary's tokens, a bit each.</summary>
internal sealed class TokenSet(int vocabulary)
{
    private const int WordBits = 64;

    private readonly ulong[] _words = new ulong[(vocabulary + WordBits - 1) / WordBits];

    public bool IsEmpty => !_words.AsSpan().ContainsAnyExcept(0ul);

    public bool this[int token] => (uint)token < (uint)vocabulary && (_words[token / WordBits] >> (token % WordBits) & 1) != 0;

    public void Add(int token) => _words[token / WordBits] |= 1ul << (token % WordBits);

    /// <summary>Writes −∞ over the logits of all other tokens.</summary>
    /// <exception cref="ArgumentException">There are more or fewer logits than tokens.</exception>
    public void Mask(Span<float> logits)
    {
        if (logits.Length != vocabulary)
        {
            throw new ArgumentException($"there are {logits.Length} logits and {vocabulary} tokens; give the whole row", nameof(logits));
        }

        for (var i = 0; i < _words.Length; i++)
        {
            var row = logits.Slice(i * WordBits, Math.Min(WordBits, vocabulary - (i * WordBits)));
            if (_words[i] == 0)
            {
                row.Fill(float.NegativeInfinity);
                continue;
            }

            for (var missing = ~_words[i]; missing != 0; missing &= missing - 1)
            {
                var bit = BitOperations.TrailingZeroCount(missing);
                if (bit >= row.Length)
                {
                    break;
                }

                row[bit] = float.NegativeInfinity;
            }
        }
    }
}
