namespace Polyphony.Inference.Protocols;

/// <summary>Tells JSON in the place of words from words that begin with a bracket.</summary>
internal static class DataShape
{
    private const string Key = "\"will_respond\"";

    /// <summary>Whether the text, or what its one code fence holds, begins as a JSON object or a list of them does, whole or not; or a line of it begins a decision, or it ends with a whole one.</summary>
    public static bool IsIn(string text)
    {
        if (!text.AsSpan().ContainsAny('{', '['))
        {
            return false;
        }

        var start = text.AsSpan().TrimStart().TrimStart('\ufeff');
        CodeFence.SkipOpening(ref start);
        start = start.TrimStart();
        if (start.StartsWith('['))
        {
            start = start[1..].TrimStart();
            return BeginsObject(start);
        }

        return BeginsObject(start) || HoldsDecision(text) || EndsWithDecision(text);
    }

    private static bool BeginsObject(ReadOnlySpan<char> text)
    {
        if (!text.StartsWith('{'))
        {
            return false;
        }

        var inside = text[1..].TrimStart();
        return inside.IsEmpty || inside[0] is '"' or '}' or '\'' or '{';
    }

    // Words in front of it do not make words of it.
    private static bool EndsWithDecision(string text) =>
        text.AsSpan().TrimEnd().EndsWith('}') && text.LastIndexOf('{') is >= 0 and var open && text.AsSpan(open) is var last
        && last.Contains(Key, StringComparison.Ordinal) && last.Contains("\"response\"", StringComparison.Ordinal);

    private static bool HoldsDecision(string text)
    {
        var key = text.IndexOf(Key, StringComparison.Ordinal);
        if (key <= 0)
        {
            return false;
        }

        var before = text.AsSpan(0, key).TrimEnd();
        if (!before.EndsWith('{'))
        {
            return false;
        }

        before = before[..^1].TrimEnd(" \t");
        return before.IsEmpty || before[^1] is '\n' or '\r';
    }
}
