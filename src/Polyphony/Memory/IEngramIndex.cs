namespace Polyphony.Memory;

/// <summary>A text that a search found.</summary>
/// <param name="Key">Under which it was added.</param>
/// <param name="Score">How well it fits (BM25): above 0, the higher the better; to be compared within one search only.</param>
public readonly record struct EngramHit(long Key, double Score);

/// <summary>A text for an index.</summary>
/// <param name="Key">Under which it is found.</param>
/// <param name="Text">It.</param>
public readonly record struct IndexedText(long Key, string Text);

/// <summary>Finds the texts that have words in common with another. One caller at a time.</summary>
/// <remarks>
/// A text is a bag of words (<see cref="IndexTerms"/>): case, order and punctuation make no difference, and nothing in it is an operator. A search looks at a bounded number of
/// entries (<see cref="SearchBudget"/>, or less): the rarest words first, and of a word that is everywhere its newest texts.
/// </remarks>
public interface IEngramIndex
{
    /// <summary>How many entries one search looks at, at most: 5,000.</summary>
    const int SearchBudget = 5_000;

    /// <summary>Adds texts. One whose key is there already takes its place.</summary>
    /// <param name="texts">The caller's own list, which it may use again once this has ended.</param>
    ValueTask AddAsync(IReadOnlyList<IndexedText> texts);

    /// <summary>Removes texts for good; keys that are not there are passed over.</summary>
    ValueTask RemoveAsync(IReadOnlyList<long> keys);

    /// <summary>The texts that fit best, the best first; of equal ones the newest key first. Empty where there is no word to search for.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="budget">How many entries are looked at, at most. At least 1.</param>
    /// <returns>The hits; the list is the index's own, good until its next search.</returns>
    ValueTask<IReadOnlyList<EngramHit>> SearchAsync(string text, int limit, int budget = SearchBudget);
}
