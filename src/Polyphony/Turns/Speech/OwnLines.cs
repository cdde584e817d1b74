namespace Polyphony.Turns.Speech;

/// <summary>A persona's own newest lines within the transcript, each looked at once. A memo of what the transcript holds; used by one loop.</summary>
internal sealed class OwnLines
{
    /// <summary>How many lines are compared with: 16.</summary>
    public const int Kept = LineIndex.Lines;

    // So far back an own line is looked for when the persona has just come.
    private const int Reach = 512;

    private const double TrigramShare = 0.65;
    private const double VocabularyShare = 0.9;

    // A short line's words stand in many a long one; only lines of like size say the same.
    private const int MostTimesLarger = 3;

    // Kept, and not looked at yet: a persona that says short things only pays nothing for its lines.
    private readonly Queue<string> _waiting = [];
    private LookedAt? _looked;
    private long _through;

    /// <summary>Whether there is nothing to compare with, as of this offer. Ask it before <see cref="CountOf"/>.</summary>
    public bool IsEmptyAt(Offer offer)
    {
        var transcript = offer.Transcript;
        for (var seq = Math.Max(Math.Max(_through + 1, transcript.FirstSeq), transcript.LastSeq - Reach); seq <= transcript.LastSeq; seq++)
        {
            if (transcript[seq].Author == offer.Persona)
            {
                if (_waiting.Count == Kept)
                {
                    _waiting.Dequeue();
                }

                _waiting.Enqueue(transcript[seq].Text);
            }
        }

        _through = Math.Max(_through, transcript.LastSeq);
        return _waiting.Count == 0 && _looked is null;
    }

    /// <summary>
    /// How many of the lines <paramref name="print"/> says again: the same words, most of the same three in a row, or no word that the other has not. A number that is new is news.
    /// </summary>
    public int CountOf(LinePrint print)
    {
        var looked = _looked ??= new();
        while (_waiting.TryDequeue(out var text))
        {
            looked.Keep(LinePrint.Of(text));
        }

        var (trigrams, vocabulary, numbers) = (looked.Trigrams.CountOf(print.Trigrams), looked.Vocabulary.CountOf(print.Vocabulary), looked.Numbers.CountOf(print.Numbers));
        var count = 0;
        for (var line = 0; line < Kept && looked.Prints[line] is { } earlier; line++)
        {
            var isSame = print.WordCount == earlier.WordCount && print.WholeHash == earlier.WholeHash;
            var isLike = print.Vocabulary.Length >= NearDuplicate.FewContentWords && numbers[line] == print.Numbers.Length
                && (IsShare(trigrams[line], print.Trigrams.Length, earlier.Trigrams.Length)
                    || (earlier.Vocabulary.Length <= MostTimesLarger * print.Vocabulary.Length && vocabulary[line] >= VocabularyShare * print.Vocabulary.Length));
            count += isSame || isLike ? 1 : 0;
        }

        return count;
    }

    private static bool IsShare(int common, int a, int b) => a > 0 && common >= TrigramShare * (a + b - common);

    /// <summary>The lines that were looked at, and which of them hold what.</summary>
    private sealed class LookedAt
    {
        private int _next;

        public LineIndex Trigrams { get; } = new();

        public LineIndex Vocabulary { get; } = new();

        public LineIndex Numbers { get; } = new();

        /// <summary>Filled from the first place on.</summary>
        public LinePrint?[] Prints { get; } = new LinePrint?[Kept];

        public void Keep(LinePrint print)
        {
            if (Prints[_next] is { } oldest)
            {
                Trigrams.Remove(oldest.Trigrams, _next);
                Vocabulary.Remove(oldest.Vocabulary, _next);
                Numbers.Remove(oldest.Numbers, _next);
            }

            Trigrams.Add(print.Trigrams, _next);
            Vocabulary.Add(print.Vocabulary, _next);
            Numbers.Add(print.Numbers, _next);
            Prints[_next] = print;
            _next = (_next + 1) % Kept;
        }
    }
}
