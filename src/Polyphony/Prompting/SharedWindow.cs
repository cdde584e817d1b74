using Polyphony.Rooms;

namespace Polyphony.Prompting;

/// <summary>
/// Where the transcript of a shared prompt begins. It moves in steps, so that what was computed for a prompt serves the next: the messages since the first one seen are cut into pages of
/// a quarter of the budget (tokens, or messages where their number is what is bounded), and the window begins with the first page from which everything fits. It depends on the newest message alone, so it is
/// the same for all who read up to there.
/// </summary>
/// <remarks>
/// Thread-safe. A message's cost is asked for outside the lock. Over any run the start moves at most once for every quarter of the budget that was added. Where not even the last page fits, the newest
/// message stands alone and the pages are counted from it.
/// </remarks>
internal sealed class SharedWindow
{
    private const int PagesPerWindow = 4;

    private readonly Lock _gate = new();
    private readonly int _tokens;
    private readonly int _messages;
    private readonly long _origin;
    private readonly (long Last, long Start)[] _starts;

    // Since the first message seen. The pages that may still begin a window, oldest first: their first message, and what had been added before it.
    private readonly List<(long Seq, long Before)> _pages = [];
    private long _through;
    private long _added;

    /// <param name="tokens">The most tokens of a window.</param>
    /// <param name="messages">The most messages of a window.</param>
    /// <param name="origin">The first message that a page may begin with: where a window before this one began.</param>
    public SharedWindow(int tokens, int messages, long origin = 0)
    {
        _tokens = tokens;
        _messages = messages;
        _origin = origin;
        _starts = new (long, long)[messages];
    }

    /// <summary>The first message of the window that ends with <paramref name="last"/>.</summary>
    /// <param name="transcript">Holds the messages.</param>
    /// <param name="last">The newest message to show. The caller knows that it fits alone.</param>
    /// <param name="state">What <paramref name="costOf"/> works with.</param>
    /// <param name="costOf">What a message costs, in tokens; always the same for the same message.</param>
    public long StartFor<T>(in TranscriptView transcript, long last, T state, Func<T, long, int> costOf)
    {
        var first = Math.Max(Math.Max(transcript.FirstSeq, _origin <= last ? _origin : 0), last - _messages + 1);
        var from = Math.Max(first, Volatile.Read(ref _through) + 1);
        Span<int> costs = last < from ? [] : new int[last - from + 1];
        for (var i = 0; i < costs.Length; i++)
        {
            costs[i] = costOf(state, from + i);
        }

        lock (_gate)
        {
            if (last > _through)
            {
                Extend(first, from, costs);
            }

            if (_starts[last % _messages] is var known && known.Last == last)
            {
                return Math.Max(known.Start, first);
            }
        }

        return Backwards(first, last, state, costOf);
    }

    private void Extend(long first, long from, ReadOnlySpan<int> costs)
    {
        if (_pages.Count == 0 || first > _through + 1)
        {
            // The first message seen; or so many came at once that none of the old ones can be in the window.
            Begin(first);
        }

        for (var seq = _through + 1; seq < from + costs.Length; seq++)
        {
            var cost = costs[(int)(seq - from)];
            var page = _pages[^1];
            if (_added - page.Before >= Math.Max(1, _tokens / PagesPerWindow) || seq - page.Seq >= Math.Max(1, _messages / PagesPerWindow))
            {
                _pages.Add((seq, _added));
            }

            _added += cost;
            var fitting = 0;
            while (fitting < _pages.Count && (_added - _pages[fitting].Before > _tokens || seq - _pages[fitting].Seq >= _messages))
            {
                fitting++;
            }

            if (fitting == _pages.Count)
            {
                Begin(seq);
                _added += cost;
            }
            else
            {
                _pages.RemoveRange(0, fitting);
            }

            _through = seq;
            _starts[seq % _messages] = (seq, _pages[0].Seq);
        }
    }

    private void Begin(long seq)
    {
        _pages.Clear();
        _pages.Add((seq, 0));
        _added = 0;
        _through = seq - 1;
    }

    // For a reader who is so far behind that the start of its window is forgotten: what fits, newest first.
    private long Backwards<T>(long first, long last, T state, Func<T, long, int> costOf)
    {
        var (start, left) = (last, _tokens - costOf(state, last));
        while (start > first && costOf(state, start - 1) is var cost && cost <= left)
        {
            start--;
            left -= cost;
        }

        return start;
    }
}
