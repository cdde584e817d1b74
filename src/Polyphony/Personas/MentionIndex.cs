using Polyphony.Rooms;

namespace Polyphony.Personas;

/// <summary>
/// Finds the personas that a text addresses by name: whole words, any case, with or without <c>@</c>. A short name such as "bo" is never
/// found inside a word, a hyphenated word, an address or a path. Immutable; safe on any thread.
/// </summary>
internal sealed class MentionIndex
{
    private readonly Dictionary<string, List<Named>>.AlternateLookup<ReadOnlySpan<char>> _byFirstWord;

    public MentionIndex(IEnumerable<Participant> personas)
    {
        var byFirstWord = new Dictionary<string, List<Named>>(StringComparer.OrdinalIgnoreCase);
        foreach (var persona in personas)
        {
            var start = FirstWord(persona.Name);
            var word = persona.Name.Substring(start, NameText.WordLength(persona.Name, start));
            if (!byFirstWord.TryGetValue(word, out var named))
            {
                byFirstWord.Add(word, named = []);
            }

            named.Add(new(persona.Id, persona.Name, start));
            named.Sort(static (a, b) => b.Name.Length - a.Name.Length);
        }

        _byFirstWord = byFirstWord.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>
    /// The personas that <paramref name="text"/> addresses, in the order in which they first appear; no one twice. Where one name is the
    /// beginning of another, the longer one is meant.
    /// </summary>
    public IReadOnlyList<ParticipantId> Find(string text)
    {
        if (_byFirstWord.Dictionary.Count == 0)
        {
            return [];
        }

        List<ParticipantId>? found = null;
        for (var at = 0; at < text.Length;)
        {
            var length = NameText.WordLength(text, at);
            if (length > 0 && _byFirstWord.TryGetValue(text.AsSpan(at, length), out var named) && Match(text, at, named) is { } match)
            {
                if (found?.Contains(match.Id) != true)
                {
                    (found ??= []).Add(match.Id);
                }

                at += match.Name.Length - match.FirstWordAt;
            }
            else
            {
                at += Math.Max(length, 1);
            }
        }

        return found is null ? [] : found;
    }

    private static Named? Match(string text, int word, List<Named> longestFirst)
    {
        foreach (var named in longestFirst)
        {
            var start = word - named.FirstWordAt;
            var end = start + named.Name.Length;
            if (start >= 0 && end <= text.Length
                && text.AsSpan(start, named.Name.Length).Equals(named.Name, StringComparison.OrdinalIgnoreCase)
                && Opens(text, start) && Closes(text, end))
            {
                return named;
            }
        }

        return null;
    }

    // A name is joined to what stands before it by a hyphen or a slash always ("robo-bo", "-bo", "/bo"), and by a dot, an apostrophe or an @
    // when a word comes before that ("example.bo", "x@bo", but "…bo", "'bo'", "@bo").
    private static bool Opens(string text, int start)
    {
        if (start == 0)
        {
            return true;
        }

        return text[start - 1] switch
        {
            '-' or '/' or '\\' => false,
            '.' or '\'' or '\u2019' or '@' => !NameText.IsWordBefore(text, start - 1),
            _ => !NameText.IsWordBefore(text, start),
        };
    }

    // After a name, the same signs join only when a word follows them ("bo-peep", "bo@x", "bo.org", but "bo.", "bo -"). An apostrophe never does: "bo's".
    private static bool Closes(string text, int end)
    {
        if (end == text.Length)
        {
            return true;
        }

        return text[end] is '-' or '/' or '\\' or '.' or '@' ? !NameText.IsWordAt(text, end + 1) : !NameText.IsWordAt(text, end);
    }

    private static int FirstWord(string name)
    {
        var at = 0;
        while (at < name.Length && !NameText.IsWordAt(name, at))
        {
            at++;
        }

        return at;
    }

    private sealed record Named(ParticipantId Id, string Name, int FirstWordAt);
}
