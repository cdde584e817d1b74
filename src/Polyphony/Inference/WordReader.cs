using System.Buffers;

namespace Polyphony.Inference;

/// <summary>
/// Reads the words of a text that say what it is about, each in the form under which it is compared: lower case, without its ending, one word for those that
/// mean the same. Addresses, paths, numbers and words that say nothing are left out. Never throws, allocates nothing.
/// </summary>
internal ref struct WordReader
{
    /// <summary>The longest word that is compared; a longer one counts as unknown.</summary>
    public const int MaxLength = 32;

    private static readonly SearchValues<char> Vowels = SearchValues.Create("aeiouy");

    private readonly ReadOnlySpan<char> _text;
    private readonly Span<char> _buffer;
    private int _at;
    private int _chunkEnd;

    /// <param name="text">What to read.</param>
    /// <param name="buffer">At least <see cref="MaxLength"/> characters, overwritten by each word.</param>
    public WordReader(ReadOnlySpan<char> text, Span<char> buffer)
    {
        _text = text;
        _buffer = buffer;
    }

    /// <summary>The word; empty for one that is too long to be known. Valid until the next one is read.</summary>
    public ReadOnlySpan<char> Word { get; private set; }

    /// <summary>The form under which all forms of <paramref name="word"/> are compared, before those of the same meaning.</summary>
    public static string StemOf(string word)
    {
        Span<char> stem = stackalloc char[MaxLength];
        word.CopyTo(stem);
        return stem[..Stem(stem, word.Length)].ToString();
    }

    /// <summary>Reads the next word; false at the end.</summary>
    public bool Next()
    {
        while (true)
        {
            if (_at >= _chunkEnd && !NextChunk())
            {
                return false;
            }

            while (_at < _chunkEnd && !char.IsLetterOrDigit(_text[_at]))
            {
                _at++;
            }

            var start = _at;
            while (_at < _chunkEnd && IsInWord(_text[_at]))
            {
                _at++;
            }

            if (_at > start && Fold(_text[start.._at]))
            {
                return true;
            }
        }
    }

    // A chunk is what stands between two spaces. One that looks like an address, a path or an identifier says nothing in words.
    private bool NextChunk()
    {
        while (true)
        {
            while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            {
                _at++;
            }

            if (_at == _text.Length)
            {
                return false;
            }

            _chunkEnd = _at;
            while (_chunkEnd < _text.Length && !char.IsWhiteSpace(_text[_chunkEnd]))
            {
                _chunkEnd++;
            }

            if (_text[(_at + 1).._chunkEnd].IndexOfAny("/\\@_") < 0)
            {
                return true;
            }

            _at = _chunkEnd;
        }
    }

    private bool Fold(ReadOnlySpan<char> word)
    {
        word = word.TrimEnd("'\u2019");
        if (word.Length > 2 && word[^1] is 's' or 'S' && word[^2] is '\'' or '\u2019')
        {
            word = word[..^2];
        }

        if (word.Length > MaxLength)
        {
            Word = default;
            return true;
        }

        var length = 0;
        var letters = 0;
        foreach (var c in word)
        {
            if (c is not ('\'' or '\u2019'))
            {
                letters += char.IsLetter(c) ? 1 : 0;
                _buffer[length++] = char.ToLowerInvariant(c);
            }
        }

        if (letters < 2 || WordLists.SaysNothing(_buffer[..length]))
        {
            return false;
        }

        Word = WordLists.SameAs(_buffer[..Stem(_buffer, length)]);
        return true;
    }

    // Not a grammar: it is enough that the forms of one word come out alike.
    private static int Stem(Span<char> word, int length)
    {
        length = WithoutPlural(word, length);
        length = WithoutEnding(word, length, "ing");
        length = WithoutEnding(word, length, "ed");
        if (length > 3 && word[length - 1] == 'e')
        {
            length--;
        }

        if (length > 3 && word[length - 1] == 'y')
        {
            word[length - 1] = 'i';
        }

        return length;
    }

    private static int WithoutPlural(ReadOnlySpan<char> word, int length)
    {
        word = word[..length];
        if (length < 4 || word[^1] != 's' || word[^2] is 's' or 'u' or 'i')
        {
            return length;
        }

        return word.EndsWith("ies") || word.EndsWith("shes") || word.EndsWith("ches") || word.EndsWith("sses") || word.EndsWith("xes") ? length - 2 : length - 1;
    }

    private static int WithoutEnding(ReadOnlySpan<char> word, int length, string ending)
    {
        var rest = length - ending.Length;
        if (rest < 3 || !word[..length].EndsWith(ending) || word[..rest].IndexOfAny(Vowels) < 0 || word[rest - 1] == 'e')
        {
            return length;
        }

        // "stopped", "running"; but "falling", "passed".
        return word[rest - 1] == word[rest - 2] && word[rest - 1] is not ('l' or 's' or 'z' or 'e' or 'o') ? rest - 1 : rest;
    }

    private static bool IsInWord(char c) => char.IsLetterOrDigit(c) || c is '\'' or '\u2019';
}
