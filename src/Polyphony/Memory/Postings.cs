namespace Polyphony.Memory;

/// <summary>One text that holds a word.</summary>
/// <param name="Slot">The text's place in the index.</param>
/// <param name="Count">How often.</param>
internal readonly record struct Posting(int Slot, int Count);

/// <summary>The texts that hold a word, the oldest first. Grows by whole pieces and never copies them: a list would be allocated twice over, and a word that is everywhere has a long one.</summary>
internal sealed class Postings
{
    private const int LargestPiece = 128;

    private Posting[][] _pieces = [new Posting[1]];
    private int _last;
    private int _inLast;

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>Adds one, which is newer than all.</summary>
    public void Add(Posting posting)
    {
        if (_inLast == _pieces[_last].Length)
        {
            if (++_last == _pieces.Length)
            {
                Array.Resize(ref _pieces, Math.Max(4, _pieces.Length * 2));
            }

            _pieces[_last] = new Posting[Math.Min(LargestPiece, Count + 1)];
            _inLast = 0;
        }

        _pieces[_last][_inLast++] = posting;
        Count++;
    }

    /// <summary>The newest.</summary>
    /// <param name="count">How many at most.</param>
    public Newest Take(int count) => new(this, Math.Min(count, Count));

    /// <summary>Moves all to other slots; those that have none are removed.</summary>
    /// <param name="moved">For each slot its new one, below 0 where there is none. The order stays.</param>
    public void Move(ReadOnlySpan<int> moved)
    {
        var (pieces, last, inLast) = (_pieces, _last, _inLast);
        (_pieces, _last, _inLast, Count) = ([new Posting[1]], 0, 0, 0);
        for (var piece = 0; piece <= last; piece++)
        {
            foreach (var posting in pieces[piece].AsSpan(0, piece == last ? inLast : pieces[piece].Length))
            {
                if (moved[posting.Slot] is var slot and >= 0)
                {
                    Add(posting with { Slot = slot });
                }
            }
        }
    }

    /// <summary>Some of the newest, piece by piece; the newest piece first.</summary>
    public ref struct Newest(Postings postings, int left)
    {
        private int _piece = postings._last + 1;

        /// <summary>The next piece; empty at the end.</summary>
        public ReadOnlySpan<Posting> Next()
        {
            if (left <= 0)
            {
                return [];
            }

            _piece--;
            var length = _piece == postings._last ? postings._inLast : postings._pieces[_piece].Length;
            var taken = Math.Min(left, length);
            left -= taken;
            return postings._pieces[_piece].AsSpan(length - taken, taken);
        }
    }
}
