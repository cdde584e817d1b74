using System.Diagnostics.CodeAnalysis;
using Polyphony.Rooms;

namespace Polyphony.Memory;

/// <summary>What was said and is remembered, once for all who remember it, and the index over it. Belongs to the room's keeper, one caller at a time.</summary>
/// <remarks>What the index does not take is a fault, waits, and is given to it again with what comes next: the newest 1,024 texts of it.</remarks>
internal sealed class RememberedTexts(IEngramIndex index, MemoryEmbedding embedding, Action<Exception> onFault)
{
    private const int IndexBatch = 32;
    private const int NearCandidates = 4;

    // Texts that say nearly the same have their rarest words in common.
    private const int NearBudget = 500;
    private const int MostWaiting = 1_024;

    private readonly Dictionary<long, SharedText> _texts = [];
    private readonly List<PendingText> _pending = [];
    private readonly List<IndexedText> _given = [];
    private readonly List<long> _near = [];
    private readonly Stack<Trigrams> _shapes = [];
    private readonly Trigrams _other = new();

    // So many of what is pending the index did not take when it was last asked.
    private int _refused;

    /// <summary>Fills an index that is not kept with what the engrams were made of.</summary>
    public ValueTask BeginAsync(IReadOnlyList<IndexedText> texts) => index.AddAsync(texts);

    /// <summary>The messages that say nearly the same, the likest first; valid until it is asked again.</summary>
    public async ValueTask<List<long>> NearAsync(Message message, Trigrams? shape)
    {
        _near.Clear();
        if (shape is null)
        {
            return _near;
        }

        foreach (var pending in _pending)
        {
            if (pending.Shape is { } other && shape.Likeness(other) >= Trigrams.Same)
            {
                _near.Add(pending.Seq);
            }
        }

        var hits = await SearchAsync(message.Text, NearCandidates, NearBudget);
        for (var i = 0; i < hits.Count; i++)
        {
            var key = hits[i].Key;
            if (key != message.Seq && _texts.TryGetValue(key, out var shared) && _other.Read(shared.Text) && shape.Likeness(_other) >= Trigrams.Same)
            {
                _near.Add(key);
            }
        }

        return _near;
    }

    /// <summary>What a text is compared by; null where it is not compared. Give it to <see cref="IndexAsync"/>, which takes it back.</summary>
    public Trigrams? ShapeOf(string text)
    {
        var shape = _shapes.TryPop(out var spare) ? spare : new();
        if (shape.Read(text))
        {
            return shape;
        }

        _shapes.Push(shape);
        return null;
    }

    /// <summary>Somebody remembers it: its text is shared by all who do.</summary>
    public void Hold(Remembrance remembrance)
    {
        if (remembrance.Quarantine is null && remembrance.Engram.Origin is EngramOrigin.Said said)
        {
            if (!_texts.TryGetValue(said.Seq, out var shared))
            {
                _texts.Add(said.Seq, shared = new(remembrance.Engram.Content) { IsIndexed = !remembrance.IsNew });
            }

            shared.Holders++;
        }
    }

    /// <summary>It was held back, and may be recalled from now on.</summary>
    public void Show(Remembrance remembrance)
    {
        Hold(remembrance);
        if (remembrance.Engram.Origin is EngramOrigin.Said said && _texts.TryGetValue(said.Seq, out var shared))
        {
            Index(said.Seq, shared, null);
        }
    }

    /// <summary>Puts a message into the index if somebody remembers it and it is not there.</summary>
    public async ValueTask IndexAsync(long seq, Trigrams? shape)
    {
        if (_texts.TryGetValue(seq, out var shared) && !shared.IsIndexed)
        {
            Index(seq, shared, shape);
            if (_pending.Count - _refused >= IndexBatch)
            {
                await FlushAsync();
            }
        }
        else if (shape is not null)
        {
            _shapes.Push(shape);
        }
    }

    /// <summary>Gives the index what it does not have yet.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "A store's index is foreign code: what it throws is a counted fault.")]
    public async ValueTask FlushAsync()
    {
        if (_pending.Count == 0)
        {
            return;
        }

        try
        {
            _given.Clear();
            foreach (var pending in _pending)
            {
                _given.Add(new(pending.Seq, pending.Text));
            }

            await index.AddAsync(_given);
            foreach (var pending in _pending)
            {
                if (pending.Shape is { } shape)
                {
                    _shapes.Push(shape);
                }
            }

            _pending.Clear();
        }
        catch (Exception failure)
        {
            _pending.RemoveRange(0, Math.Max(0, _pending.Count - MostWaiting));
            onFault(failure);
        }

        _refused = _pending.Count;
    }

    /// <summary>What has words in common with a text, the best first; nothing where the index fails.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "As above.")]
    public async ValueTask<IReadOnlyList<EngramHit>> SearchAsync(string text, int limit, int budget = IEngramIndex.SearchBudget)
    {
        try
        {
            return await index.SearchAsync(text, limit, budget);
        }
        catch (Exception failure)
        {
            onFault(failure);
            return [];
        }
    }

    /// <summary>Somebody does not remember these any more. What nobody remembers is gone, with its words and its vector.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "As above.")]
    public async ValueTask RemoveAsync(List<Remembrance> gone)
    {
        var unheld = new List<long>();
        foreach (var remembrance in gone)
        {
            if (remembrance.Quarantine is null && remembrance.Engram.Origin is EngramOrigin.Said said
                && _texts.TryGetValue(said.Seq, out var shared) && --shared.Holders == 0)
            {
                _texts.Remove(said.Seq);
                embedding.Vectors.Remove(said.Seq);
                unheld.Add(said.Seq);
            }
        }

        _refused -= _pending.RemoveAll(p => !_texts.ContainsKey(p.Seq));
        try
        {
            await index.RemoveAsync(unheld);
        }
        catch (Exception failure)
        {
            onFault(failure);
        }
    }

    private void Index(long seq, SharedText shared, Trigrams? shape)
    {
        shared.IsIndexed = true;
        _pending.Add(new(seq, shared.Text, shape));
        embedding.Want(seq, shared.Text);
    }

    /// <summary>What was said, once for all who remember it.</summary>
    private sealed class SharedText(string text)
    {
        public string Text { get; } = text;

        public int Holders { get; set; }

        public bool IsIndexed { get; set; }
    }

    private readonly record struct PendingText(long Seq, string Text, Trigrams? Shape);
}
