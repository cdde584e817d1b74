namespace Polyphony.Memory;

/// <summary>Against what is prepared, the same for all personas of a room.</summary>
/// <param name="Newest">The newest message.</param>
/// <param name="Text">What it says.</param>
/// <param name="Now">When it was said.</param>
/// <param name="Words">What has words in common with it, the best first.</param>
/// <param name="Meanings">What means nearly the same, with the cosine.</param>
internal readonly record struct RecallQuestion(long Newest, string Text, DateTimeOffset Now, IReadOnlyList<EngramHit> Words, IReadOnlyList<EngramHit> Meanings);

/// <summary>Chooses what a persona recalls from a bounded number of candidates. One persona after the other.</summary>
internal sealed class RecallPreparation(MemoryOptions options)
{
    private readonly List<(Remembrance Candidate, double Relevance)> _candidates = [];
    private readonly Dictionary<Remembrance, int> _places = [];
    private readonly List<Remembrance> _always = [];
    private readonly Engram[] _best = new Engram[options.RecallLimit];
    private readonly double[] _scores = new double[options.RecallLimit];

    /// <returns>How many candidates there were.</returns>
    public int Prepare(PersonaEngrams persona, RecallQuestion question, IReadOnlyList<EngramHit> concluded)
    {
        _candidates.Clear();
        _places.Clear();
        var windowFrom = question.Newest - persona.Handle.Window + 1;

        // The newest message finds itself best of all; what is in the window is no measure.
        var bestWord = 0.0;
        for (var i = 0; i < question.Words.Count; i++)
        {
            var (seq, score) = question.Words[i];
            bestWord = bestWord == 0 && seq < windowFrom ? score : bestWord;
            Add(persona.Of(seq), windowFrom, RecallRanking.RelevanceOf(score, bestWord));
        }

        for (var i = 0; i < question.Meanings.Count; i++)
        {
            Add(persona.Of(question.Meanings[i].Key), windowFrom, RecallRanking.RelevanceOf(question.Meanings[i].Score, 1));
        }

        for (var i = 0; i < concluded.Count; i++)
        {
            Add(persona.Find(new(concluded[i].Key)), windowFrom, RecallRanking.RelevanceOf(concluded[i].Score, concluded[0].Score));
        }

        _always.Clear();
        persona.AddAlwaysCandidates(windowFrom, _always);
        foreach (var remembrance in _always)
        {
            Add(remembrance, windowFrom, RecallRanking.LeastRelevance);
        }

        var count = Rank(question.Now);
        if (!IsAsBefore(persona.Handle.Prepared, count))
        {
            persona.Recalls(count == 0 ? RecallSnapshot.Empty : new(_best[..count], _scores[..count], question.Newest));
        }

        return _candidates.Count;
    }

    private void Add(Remembrance? candidate, long windowFrom, double relevance)
    {
        if (candidate is null || candidate.Quarantine is not null || (candidate.Engram.Origin is EngramOrigin.Said && candidate.Place >= windowFrom))
        {
            return;
        }

        // Found in two ways: the better one counts.
        if (_places.TryGetValue(candidate, out var place))
        {
            _candidates[place] = (candidate, Math.Max(relevance, _candidates[place].Relevance));
            return;
        }

        _places.Add(candidate, _candidates.Count);
        _candidates.Add((candidate, relevance));
    }

    private int Rank(DateTimeOffset now)
    {
        var count = 0;
        foreach (var (candidate, relevance) in _candidates)
        {
            var engram = candidate.Engram;
            var score = RecallRanking.Score(candidate.SalienceAt(now), now - engram.At, relevance);
            var place = count;
            while (place > 0 && (score > _scores[place - 1] || (score == _scores[place - 1] && engram.Id.Value > _best[place - 1].Id.Value)))
            {
                place--;
            }

            if (place == _best.Length)
            {
                continue;
            }

            count = Math.Min(count + 1, _best.Length);
            Array.Copy(_best, place, _best, place + 1, count - place - 1);
            Array.Copy(_scores, place, _scores, place + 1, count - place - 1);
            (_best[place], _scores[place]) = (engram, score);
        }

        return count;
    }

    private bool IsAsBefore(RecallSnapshot before, int count) => before.Engrams.Length == count && before.Engrams.AsSpan().SequenceEqual(_best.AsSpan(0, count), ReferenceEqualityComparer.Instance);
}
