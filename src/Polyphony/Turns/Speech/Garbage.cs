using System.Buffers;

namespace Polyphony.Turns.Speech;

/// <summary>The output of a model that has broken down, or of what serves it: loops, lost characters, error texts, marks of cutting.</summary>
internal static class Garbage
{
    public const string Name = "garbage";

    private const int MostControls = 5;
    private const int MostLost = 3;

    // One word: more than a quarter of more than fifteen, and more than five times.
    private const int FewWords = 15;
    private const int OftenEnough = 5;
    private const int Share = 4;

    // A phrase: three times in a row, and long enough not to be cheering.
    private const int PhraseLength = 10;
    private const int PhraseWords = 100;

    // One letter or syllable without end; laughter and a long "no" are shorter.
    private const int EndlessWord = 300;
    private const int EndlessLetters = 3;

    private const int LongerText = 60;
    private const int ShortestError = 10;
    private const int ShortError = 300;
    private const int LongestName = 80;

    private static readonly string[] ErrorStarts =
    [
        "Traceback (most recent call last)", "llama_decode", "llama_", "ggml_", "CUDA error", "CUDA out of memory", "torch.cuda.", "HTTP Error ", "Error code: 4", "Error code: 5",
        "[ERROR]", "<error>", "Error generating", "Error: failed to", "Failed to generate", "Inference failed", "Inference error", "Internal Server Error", "502 Bad Gateway",
        "503 Service Unavailable", "504 Gateway", "500 Internal", "429 Too Many Requests", "Rate limit exceeded", "Rate limit reached", "Request timed out", "ECONNREFUSED", "openai.",
        "HTTP 500", "HTTP 502", "HTTP 503", "HTTP 504", "HTTP 429", "HTTP 400", "An error occurred while generating", "An error occurred while processing your request",
        "Sorry, an error occurred while", "Something went wrong while generating", "RuntimeError: ", "ValueError: ", "System.Exception", "System.InvalidOperationException", "model not loaded", "context length exceeded",
    ];

    // These alone begin many a human sentence; with one of the server's words, and short, they are a server's.
    private static readonly string[] MaybeErrorStarts = ["Error:", "Exception:"];

    // Somebody who explains an error names it and goes on like this.
    private static readonly SearchValues<string> Explains = SearchValues.Create(
        [" means", " mean ", " stands for ", " is what ", " is when ", " is the ", " comes from ", " errors "], StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> ServerWords = SearchValues.Create(
        ["inference", "timeout", "timed out", "connection", "backend", "ollama", "llama", "context window", "context length", "model", "cuda", "token"], StringComparison.OrdinalIgnoreCase);

    private static readonly string[] CutMarks = ["truncated]", "truncated)", "truncated>", "truncated...]", "truncated…]", "[cut off]", "[max tokens reached]", "[end of output]"];

    public static string? Find(in Utterance utterance)
    {
        var (text, tally) = (utterance.Text, utterance.Tally);
        if (tally.HasNul || tally.Controls > MostControls || tally.Lost > MostLost)
        {
            return tally.Lost > MostLost ? "it holds characters that were lost" : "it holds control characters";
        }

        if (IsError(text))
        {
            return "it is an error of what serves the model, not words";
        }

        if (EndsCut(text))
        {
            return "it ends with a mark of having been cut";
        }

        if (text.Length > LongerText && tally.Signs > tally.Letters && !text.Contains("```", StringComparison.Ordinal))
        {
            return "it holds more signs than letters";
        }

        return Repeats(utterance.Words, text) ? "it repeats itself without end" : null;
    }

    private static bool EndsCut(string text)
    {
        if (text[^1] is not (']' or ')' or '>'))
        {
            return false;
        }

        foreach (var mark in CutMarks)
        {
            if (text.EndsWith(mark, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsError(string text)
    {
        if (text.Length < ShortestError)
        {
            return false;
        }

        var message = text.AsSpan().TrimStart("[(*`\"");
        return (StartsWithAny(message, ErrorStarts) && !message[..Math.Min(message.Length, LongestName)].ContainsAny(Explains))
            || (text.Length <= ShortError && StartsWithAny(message, MaybeErrorStarts) && text.AsSpan().ContainsAny(ServerWords));
    }

    private static bool StartsWithAny(ReadOnlySpan<char> text, string[] starts)
    {
        foreach (var start in starts)
        {
            if (text.StartsWith(start, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Repeats(ReadOnlySpan<SpokenWord> words, string text) =>
        words.Length > FewWords
            ? OneWordOverAll(words) || PhraseInARow(words) || EndlessWordIn(words, text)
            : text.Length >= PhraseLength * 3 && (PhraseInARow(words) || EndlessWordIn(words, text));

    // At most three words can be more than a quarter each: three counters, which all others use up, keep every such word. A number that returns makes a table, not a loop.
    private static bool OneWordOverAll(ReadOnlySpan<SpokenWord> words)
    {
        Span<uint> candidates = stackalloc uint[Share - 1];
        Span<int> votes = stackalloc int[Share - 1];
        var count = 0;
        foreach (var word in words)
        {
            if (!word.IsIdeograph)
            {
                count++;
                Vote(candidates, votes, word.Hash);
            }
        }

        if (count <= FewWords)
        {
            return false;
        }

        foreach (var candidate in candidates)
        {
            var times = 0;
            foreach (var word in words)
            {
                times += word.Hash == candidate && !word.IsIdeograph && !word.HasDigit ? 1 : 0;
            }

            if (times > OftenEnough && times * Share > count)
            {
                return true;
            }
        }

        return false;
    }

    private static void Vote(Span<uint> candidates, Span<int> votes, uint hash)
    {
        var free = -1;
        for (var i = 0; i < votes.Length; i++)
        {
            if (votes[i] > 0 && candidates[i] == hash)
            {
                votes[i]++;
                return;
            }

            free = votes[i] == 0 ? i : free;
        }

        if (free >= 0)
        {
            (candidates[free], votes[free]) = (hash, 1);
            return;
        }

        foreach (ref var vote in votes)
        {
            vote--;
        }
    }

    /// <summary>Whether some words stand three times in a row. What repeats with a period covers two of its multiples, so only those are looked at.</summary>
    private static bool PhraseInARow(ReadOnlySpan<SpokenWord> words)
    {
        for (var period = 1; period <= Math.Min(PhraseWords, words.Length / 3); period++)
        {
            for (var at = 0; at + period < words.Length; at += period)
            {
                if (words[at].Hash == words[at + period].Hash && RunAround(words, at, period, out var from) >= 2 * period && IsPhrase(words.Slice(from, period)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static int RunAround(ReadOnlySpan<SpokenWord> words, int at, int period, out int from)
    {
        from = at;
        while (from > 0 && at - from <= 2 * period && words[from - 1].Hash == words[from - 1 + period].Hash)
        {
            from--;
        }

        var to = at + 1;
        while (to + period < words.Length && to - from < 2 * period && words[to].Hash == words[to + period].Hash)
        {
            to++;
        }

        return to - from;
    }

    private static bool IsPhrase(ReadOnlySpan<SpokenWord> words)
    {
        var length = words.Length - 1;
        foreach (var word in words)
        {
            length += word.IsIdeograph ? 0 : word.Length;
        }

        return words[0].IsIdeograph ? words.Length >= PhraseLength : length >= PhraseLength;
    }

    private static bool EndlessWordIn(ReadOnlySpan<SpokenWord> words, string text)
    {
        foreach (var word in words)
        {
            if (word.Length > EndlessWord)
            {
                return HoldsRun(text);
            }
        }

        // Pictures alone are no words, and have no end either.
        return words.IsEmpty && text.Length > EndlessWord && HoldsRun(text);
    }

    // A long word may be data, such as a key in base 64; one of very few letters is not.
    private static bool HoldsRun(ReadOnlySpan<char> text)
    {
        Span<char> letters = stackalloc char[EndlessLetters];
        var (known, run) = (0, 0);
        foreach (var c in text)
        {
            if (letters[..known].Contains(c))
            {
                run++;
            }
            else if (known < EndlessLetters)
            {
                letters[known++] = c;
                run++;
            }
            else
            {
                (letters[0], known, run) = (c, 1, 1);
            }

            if (run > EndlessWord)
            {
                return true;
            }
        }

        return false;
    }
}
