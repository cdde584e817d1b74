namespace Polyphony.Prompting;

/// <summary>Finds what stands before the first colon of a text, and whether it is a role of a chat template rather than somebody's name.</summary>
internal static class RoleMarkers
{
    private const int LongestLabel = 72;
    private const string Decoration = "*_#>[]()<-•`~\"'|/\\= \t";

    private static readonly string[] Roles = ["system", "assistant", "user", "human", "developer", "tool", "function", "model", "instruction", "response"];

    /// <summary>Whether the text begins like "system:" does, in any case and with whatever models like to put around it.</summary>
    public static bool Begins(ReadOnlySpan<char> text)
    {
        var label = LabelOf(text);
        if (label.Length is < 4 or > 11)
        {
            return false;
        }

        foreach (var role in Roles)
        {
            if (label.Equals(role, StringComparison.OrdinalIgnoreCase))
            {
                // An id such as human:hana is not a line of the role's.
                var after = text.IndexOfAny(':', '：') + 1;
                return role != "human" || after == text.Length || char.IsWhiteSpace(text[after]);
            }
        }

        return false;
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
        var colon = head.IndexOfAny(':', '：', '\n');
        return colon <= 0 || head[colon] == '\n' ? [] : head[..colon].Trim(Decoration);
    }
}
