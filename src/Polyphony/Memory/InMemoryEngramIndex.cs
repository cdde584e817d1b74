using System.Runtime.InteropServices;

namespace Polyphony.Memory;

/// <summary>An index in memory: for each word the texts that hold it, the oldest first.</summary>
/// <remarks>About 8 bytes for each different word of a text, and 40 for each text. Everything completes at once.</remarks>
public sealed class InMemoryEngramIndex : IEngramIndex
{
    // As SQLite's FTS5 has them.
    private const double TermSaturation = 1.2;
    private const double LengthWeight = 0.75;
    private const double LeastWeight = 1e-6;
    private const int Gone = -1;

    private readonly Dictionary<ulong, Postings> _entries = [];
    private readonly Dictionary<long, int> _slots = [];
    private readonly List<Document> _documents = [];
    private readonly List<int> _touched = [];
    private readonly PriorityQueue<int, (double Score, long Key)> _best = new();
    private readonly Dictionary<ulong, int> _counts = [];
    private readonly HashSet<ulong> _asked = [];
    private readonly List<EngramHit> _hits = [];
    private readonly List<(int Place, Postings Entries)> _chosen = [];
    private double[] _scores = [];
    private long _words;

    /// <summary>How many texts there are.</summary>
    public int Count => _slots.Count;

    /// <inheritdoc/>
    public ValueTask AddAsync(IReadOnlyList<IndexedText> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        foreach (var (key, text) in texts)
        {
            Add(key, text);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(IReadOnlyList<long> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        Remove(keys);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<EngramHit>> SearchAsync(string text, int limit, int budget = IEngramIndex.SearchBudget) => ValueTask.FromResult(Search(text, limit, budget));

    internal IReadOnlyList<EngramHit> Search(string text, int limit, int budget = IEngramIndex.SearchBudget)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        ArgumentOutOfRangeException.ThrowIfLessThan(budget, 1);
        _asked.Clear();
        _chosen.Clear();
        foreach (var term in new IndexTerms(text))
        {
            if (_asked.Add(term) && _entries.TryGetValue(term, out var entries))
            {
                _chosen.Add((_chosen.Count, entries));
            }
        }

        // The rarest words say most; equal ones keep their order.
        _chosen.Sort(static (a, b) => a.Entries.Count != b.Entries.Count ? a.Entries.Count.CompareTo(b.Entries.Count) : a.Place.CompareTo(b.Place));
        var left = budget;
        for (var i = 0; i < Math.Min(_chosen.Count, IndexTerms.MostInSearch) && left > 0; i++)
        {
            left -= Score(_chosen[i].Entries, left);
        }

        return TakeBest(limit);
    }

    internal void Add(long key, string text)
    {
        if (_slots.ContainsKey(key))
        {
            Remove([key]);
        }

        var length = 0;
        foreach (var term in new IndexTerms(text))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, term, out _)++;
            length++;
        }

        var slot = _documents.Count;
        _documents.Add(new(key, length));
        _slots.Add(key, slot);
        _words += length;
        foreach (var (term, count) in _counts)
        {
            (CollectionsMarshal.GetValueRefOrAddDefault(_entries, term, out _) ??= new()).Add(new(slot, count));
        }

        _counts.Clear();
    }

    // A walk over all entries, for all keys at once: nothing of a removed text may stay, and removing is rare. The slots close up, so that they do not grow for ever.
    internal void Remove(IReadOnlyList<long> keys)
    {
        var removed = 0;
        foreach (var key in keys)
        {
            if (_slots.Remove(key, out var slot))
            {
                _words -= _documents[slot].Length;
                _documents[slot] = new(key, Gone);
                removed++;
            }
        }

        if (removed > 0)
        {
            Rewrite(CloseUp());
        }
    }

    /// <returns>For each slot its new one, <see cref="Gone"/> where its text was removed.</returns>
    private int[] CloseUp()
    {
        var moved = new int[_documents.Count];
        var next = 0;
        for (var slot = 0; slot < moved.Length; slot++)
        {
            var document = _documents[slot];
            moved[slot] = document.Length == Gone ? Gone : next;
            if (document.Length != Gone)
            {
                _slots[document.Key] = next;
                _documents[next++] = document;
            }
        }

        _documents.RemoveRange(next, _documents.Count - next);
        return moved;
    }

    private void Rewrite(int[] moved)
    {
        List<ulong>? empty = null;
        foreach (var (term, entries) in _entries)
        {
            entries.Move(moved);
            if (entries.Count == 0)
            {
                (empty ??= []).Add(term);
            }
        }

        foreach (var term in empty ?? [])
        {
            _entries.Remove(term);
        }
    }

    /// <returns>How many entries were looked at.</returns>
    private int Score(Postings entries, int budget)
    {
        if (_scores.Length < _documents.Count)
        {
            Array.Resize(ref _scores, Math.Max(_documents.Count, _scores.Length * 2));
        }

        var (n, df) = (_slots.Count, entries.Count);
        var weight = Math.Max(LeastWeight, Math.Log((n - df + 0.5) / (df + 0.5)));
        var mean = Math.Max(1, (double)_words / Math.Max(1, n));
        var looked = Math.Min(budget, entries.Count);
        var newest = entries.Take(looked);
        while (newest.Next() is { IsEmpty: false } piece)
        {
            foreach (var (slot, count) in piece)
            {
                if (_scores[slot] == 0)
                {
                    _touched.Add(slot);
                }

                _scores[slot] += weight * count * (TermSaturation + 1)
                    / (count + (TermSaturation * (1 - LengthWeight + (LengthWeight * _documents[slot].Length / mean))));
            }
        }

        return looked;
    }

    private List<EngramHit> TakeBest(int limit)
    {
        foreach (var slot in _touched)
        {
            var rank = (_scores[slot], _documents[slot].Key);
            _scores[slot] = 0;
            if (_best.Count < limit)
            {
                _best.Enqueue(slot, rank);
            }
            else if (limit > 0)
            {
                _best.EnqueueDequeue(slot, rank);
            }
        }

        _touched.Clear();
        _hits.Clear();
        while (_best.TryDequeue(out _, out var rank))
        {
            _hits.Add(new(rank.Key, rank.Score));
        }

        _hits.Reverse();
        return _hits;
    }

    private readonly record struct Document(long Key, int Length);
}
