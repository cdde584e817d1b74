using System.Globalization;
using Polyphony.Rooms;

namespace Polyphony.Personas;

/// <summary>
/// Finds the personas that a text addresses by name: whole words, any case, with or without <c>@</c>. A short name such as "bo" is never
/// found inside a word, a hyphenated word, an address or a path. Immutable; safe on any thread.
/// </summary>
internal sealed class MentionIndex
{
    private readonly Dictionary<string, List<Participant>>.AlternateLookup<ReadOnlySpan<char>> _byFirstWord;

    public MentionIndex(IEnumerable<Participant> personas)
    {
        var byFirstWord = new Dictionary<string, List<Participant>>(StringComparer.OrdinalIgnoreCase);
        foreach (var persona in personas)
        {
            var word = persona.Name[..WordLength(persona.Name, 0)];
            if (!byFirstWord.TryGetValue(word, out var named))
            {
                byFirstWord.Add(word, named = []);
            }

            named.Add(persona);
            named.Sort(static (a, b) => b.Name.Length - a.Name.Length);
        }

        _byFirstWord = byFirstWord.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The personas that <paramref name="text"/> addresses, in the order in which they first appear; no one twice.</summary>
    public IReadOnlyList<ParticipantId> Find(string text)
    {
        if (_byFirstWord.Dictionary.Count == 0)
        {
            return [];
        }

        List<ParticipantId>? found = null;
        for (var i = 0; i < text.Length;)
        {
            var length = WordLength(text, i);
            if (length == 0)
            {
                i++;
                continue;
            }

            if (OpensWord(text, i) && _byFirstWord.TryGetValue(text.AsSpan(i, length), out var named))
            {
                foreach (var persona in named)
                {
                    if (Ends(text, i, persona.Name) && !(found ??= []).Contains(persona.Id))
                    {
                        found.Add(persona.Id);
                        break;
                    }
                }
            }

            i += length;
        }

        return found is null ? [] : found;
    }

    private static bool Ends(string text, int start, string name)
    {
        var end = start + name.Length;
        return end <= text.Length
            && string.Compare(text, start, name, 0, name.Length, StringComparison.OrdinalIgnoreCase) == 0
            && ClosesWord(text, end);
    }

    private static bool OpensWord(string text, int start)
    {
        if (start == 0)
        {
            return true;
        }

        var before = text[start - 1];
        return before == '@'
            ? start == 1 || !IsWord(text[start - 2])
            : before is not ('-' or '_' or '/' or '\\' or '.' or '\'' or '\u2019') || (before is '.' or '\'' or '\u2019' && IsPause(text, start - 2));
    }

    private static bool IsPause(string text, int at) => at < 0 || !IsWord(text[at]);

    private static bool ClosesWord(string text, int end)
    {
        if (end == text.Length)
        {
            return true;
        }

        var after = text[end];
        var next = end + 1 < text.Length ? text[end + 1] : ' ';
        return after switch
        {
            '-' or '_' or '/' or '\\' or '@' or '.' => !IsWord(next) && after is '-' or '.' && !IsWord(next),
            '\'' or '\u2019' => true,
            _ => !IsWord(after),
        };
    }

    private static int WordLength(string text, int start)
    {
        var end = start;
        while (end < text.Length && IsWord(text[end]))
        {
            end++;
        }

        return end - start;
    }

    private static bool IsWord(char c) =>
        char.IsLetterOrDigit(c) || char.IsSurrogate(c) && !char.IsSymbol(c)
        || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
