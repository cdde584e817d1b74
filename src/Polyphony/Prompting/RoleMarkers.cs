using System.Buffers;
using Polyphony.Personas;

namespace Polyphony.Prompting;

/// <summary>Finds what stands before the first colon of a text, and whether it is a role of a chat template rather than somebody's name.</summary>
internal static class RoleMarkers
{
    private const int LongestLabel = 72;
    private const int ShortestRole = 4;
    private const int LongestRole = 24;
    private const string Decoration = "*_#>[]()<-•`~\"'|/\\=˙ \t";

    // The last are those of OpenChat and of Yandex.
    private static readonly HashSet<string> Roles = new(
        new[]
        {
            "system", "assistant", "user", "human", "developer", "tool", "function", "model", "instruction", "instruct", "input", "output", "response", "gpt4 correct user",
            "gpt4 correct assistant", "gpt4 correct system", "пользователь", "ассистент",
        }.Select(NameLook.Of),
        StringComparer.OrdinalIgnoreCase);

    private static readonly SearchValues<char> LabelEnds = SearchValues.Create(":：꞉︓∶﹕\n");

    /// <summary>Whether the text begins like "system:" does, in any case, in letters that look like these, and with whatever models like to put around it; or like a heading "### Response".</summary>
    public static bool Begins(ReadOnlySpan<char> text)
    {
        var label = LabelOf(text);
        if (label.IsEmpty && text.TrimStart().StartsWith('#'))
        {
            label = text[..(text.IndexOf('\n') is var end and >= 0 ? end : text.Length)].Trim(Decoration);
        }

        if (label.Length is < ShortestRole or > LongestRole || !Roles.Contains(NameLook.Of(label.ToString())))
        {
            return false;
        }

        // An id such as human:hana is not a line of the role's.
        var after = text.IndexOfAny(LabelEnds) + 1;
        return !label.Equals("human", StringComparison.OrdinalIgnoreCase) || after == text.Length || after == 0 || char.IsWhiteSpace(text[after]);
    }

    /// <summary>Whether a line of somebody of this name begins so.</summary>
    public static bool BeginsLineOf(string name)
    {
        Span<char> line = stackalloc char[LongestLabel + 2];
        var head = name.AsSpan(0, Math.Min(name.Length, LongestLabel + 1));
        head.CopyTo(line);
        line[head.Length] = ':';
        return Begins(line[..(head.Length + 1)]);
    }

    /// <summary>What stands before the first colon of the first line, bare; empty where there is none.</summary>
    public static ReadOnlySpan<char> LabelOf(ReadOnlySpan<char> text)
    {
        var head = text[..Math.Min(text.Length, LongestLabel)];
        var colon = head.IndexOfAny(LabelEnds);
        return colon <= 0 || head[colon] == '\n' ? [] : head[..colon].Trim(Decoration);
    }
}
