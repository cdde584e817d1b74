using System.Buffers;

namespace Polyphony.Turns.Speech;

/// <summary>
/// The lines of a text, at every sign that a reader may take for a line's end, and which of them show somebody else's words instead of saying them: those of a code fence beside words of one's own, and a
/// block quote's (<c>&gt;</c>) that such words answer.
/// </summary>
/// <param name="text">The text.</param>
internal ref struct SpokenLines(ReadOnlySpan<char> text)
{
    private const int FenceLength = 3;

    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\n\r\v\f\u0085\u2028\u2029");

    private readonly ReadOnlySpan<char> _text = text;
    private ReadOnlySpan<char> _rest = text;
    private int _fence;
    private bool _isFenced;
    private bool _hasEnded;

    /// <summary>The line, without its end.</summary>
    public ReadOnlySpan<char> Current { get; private set; }

    /// <summary>Whether it shows somebody's words. Costs another walk through the lines where it may.</summary>
    public readonly bool IsShown => _isFenced ? HasOwnWords(_text) : IsQuote && HasOwnWords(_rest);

    private readonly bool IsQuote => Current.TrimStart().StartsWith('>');

    public bool MoveNext()
    {
        if (_hasEnded)
        {
            return false;
        }

        var end = _rest.IndexOfAny(LineEnds);
        _hasEnded = end < 0;
        Current = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? [] : _rest[(end + (_rest[end..].StartsWith("\r\n") ? 2 : 1))..];
        _isFenced = IsInFence(Current.Trim());
        return true;
    }

    // A text of nothing but what is shown passes somebody else's words off as an answer.
    private static bool HasOwnWords(ReadOnlySpan<char> text)
    {
        var lines = new SpokenLines(text);
        while (lines.MoveNext())
        {
            if (!lines._isFenced && !lines.IsQuote && HasLetter(lines.Current))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsInFence(ReadOnlySpan<char> line)
    {
        var ticks = line.IndexOfAnyExcept('`') is var end && end < 0 ? line.Length : end;
        if (_fence == 0)
        {
            _fence = ticks >= FenceLength && !line[ticks..].Contains('`') ? ticks : 0;
            return _fence > 0;
        }

        _fence = ticks >= _fence && ticks == line.Length ? 0 : _fence;
        return true;
    }

    private static bool HasLetter(ReadOnlySpan<char> line)
    {
        foreach (var c in line)
        {
            if (char.IsLetterOrDigit(c) || char.IsSurrogate(c))
            {
                return true;
            }
        }

        return false;
    }
}
