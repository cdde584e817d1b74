using System.Collections.Immutable;
using Polyphony.Personas;

namespace Polyphony.Inference;

/// <summary>A text of a card that shares words with what was said.</summary>
/// <param name="Text">Which: its place in <see cref="CardIndex.Texts"/>.</param>
/// <param name="Score">How much the shared words weigh together; about 3 for one that is rare in the card.</param>
/// <param name="Words">How many different words are shared.</param>
internal readonly record struct CardMatch(int Text, double Score, int Words);

/// <summary>A message as one card understands it.</summary>
/// <param name="Known">The words that the card has too, each once.</param>
/// <param name="Unknown">How many other words say what it is about.</param>
internal readonly record struct CardReading(ImmutableArray<CardIndex.Term> Known, int Unknown)
{
    /// <summary>How many words say what the message is about.</summary>
    public int Words => Known.Length + Unknown;
}

/// <summary>A card, prepared for ranking what it can say against what was said. Immutable; safe on any thread.</summary>
internal sealed class CardIndex
{
    private const double WeakFactor = 0.4;
    private const double SpecialityFactor = 1.5;

    // In a card of a few lines every word is as rare as it would be in a whole one.
    private const int UsualTexts = 40;
    private const int ScoresOnStack = 256;

    private readonly Dictionary<string, Term>.AlternateLookup<ReadOnlySpan<char>> _terms;

    public CardIndex(PersonaCard card)
    {
        Card = card;
        Texts = [.. card.ExampleLines.Concat(card.Facts).Where(text => !string.IsNullOrWhiteSpace(text))];
        FirstFact = card.ExampleLines.Count(text => !string.IsNullOrWhiteSpace(text));
        _terms = TermsOf(card, Texts).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public PersonaCard Card { get; }

    /// <summary>What the persona can say: its example lines, then its facts.</summary>
    public ImmutableArray<string> Texts { get; }

    /// <summary>Where in <see cref="Texts"/> the facts begin.</summary>
    public int FirstFact { get; }

    /// <summary>Reads a message.</summary>
    public CardReading Read(ReadOnlySpan<char> message)
    {
        ImmutableArray<Term>.Builder? known = null;
        var unknown = 0;
        var reader = new WordReader(message, stackalloc char[WordReader.MaxLength]);
        while (reader.Next())
        {
            if (!_terms.TryGetValue(reader.Word, out var term))
            {
                unknown++;
            }
            else if (known?.Contains(term) != true)
            {
                (known ??= ImmutableArray.CreateBuilder<Term>()).Add(term);
            }
        }

        return new(known?.ToImmutable() ?? [], unknown);
    }

    /// <summary>The texts that share a word with the message, best first; the earlier one of two that are alike.</summary>
    /// <param name="reading">The message.</param>
    /// <param name="aboutMe">Whether it asks about the persona, so that a fact is worth more than a line.</param>
    public List<CardMatch> Rank(CardReading reading, bool aboutMe)
    {
        if (reading.Known.IsEmpty)
        {
            return [];
        }

        Span<double> scores = Texts.Length <= ScoresOnStack ? stackalloc double[Texts.Length] : new double[Texts.Length];
        Span<int> words = Texts.Length <= ScoresOnStack ? stackalloc int[Texts.Length] : new int[Texts.Length];
        scores.Clear();
        words.Clear();
        foreach (var term in reading.Known)
        {
            foreach (var text in term.Texts)
            {
                scores[text] += term.Weight;
                words[text]++;
            }
        }

        var matches = new List<CardMatch>();
        for (var text = 0; text < Texts.Length; text++)
        {
            if (words[text] > 0)
            {
                var factor = text >= FirstFact == aboutMe ? 1.1 : 1;
                matches.Add(new(text, scores[text] * factor, words[text]));
            }
        }

        matches.Sort(static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Text - b.Text);
        return matches;
    }

    // A word weighs by its rarity within the card: one that the persona brings up all the time tells little about which line is meant.
    private static Dictionary<string, Term> TermsOf(PersonaCard card, ImmutableArray<string> texts)
    {
        var own = WordsOf(card.Name);
        var topics = WordsOf(string.Join(' ', card.Specialities));
        var places = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var text = 0; text < texts.Length; text++)
        {
            foreach (var word in WordsOf(texts[text]))
            {
                if (!own.Contains(word))
                {
                    (places.TryGetValue(word, out var known) ? known : places[word] = []).Add(text);
                }
            }
        }

        var terms = new Dictionary<string, Term>(places.Count, StringComparer.Ordinal);
        foreach (var (word, at) in places)
        {
            var rarity = Math.Log(1 + ((double)Math.Max(texts.Length, UsualTexts) / at.Count));
            var weight = rarity * (WordLists.SaysLittle(word) ? WeakFactor : 1) * (topics.Contains(word) ? SpecialityFactor : 1);
            terms.Add(word, new(weight, [.. at]));
        }

        return terms;
    }

    private static HashSet<string> WordsOf(string text)
    {
        var words = new HashSet<string>(StringComparer.Ordinal);
        var reader = new WordReader(text, stackalloc char[WordReader.MaxLength]);
        while (reader.Next())
        {
            if (!reader.Word.IsEmpty)
            {
                words.Add(reader.Word.ToString());
            }
        }

        return words;
    }

    /// <summary>A word of the card.</summary>
    /// <param name="weight">How much it means to share it.</param>
    /// <param name="texts">The texts that hold it.</param>
    internal sealed class Term(double weight, ImmutableArray<int> texts)
    {
        public double Weight { get; } = weight;

        public ImmutableArray<int> Texts { get; } = texts;
    }
}
