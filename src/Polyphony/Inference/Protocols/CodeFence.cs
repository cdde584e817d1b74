namespace Polyphony.Inference.Protocols;

/// <summary>The code fence that models like to put around a whole answer.</summary>
internal static class CodeFence
{
    private const string Fence = "```";

    // The longest word behind an opening fence that still names a language.
    private const int LongestLanguage = 16;

    /// <summary>What stands in the fence, where the text is one fence and nothing else; the text as it is otherwise.</summary>
    public static string Unwrap(string text)
    {
        var rest = text.AsSpan().Trim();
        if (!SkipOpening(ref rest) || !rest.EndsWith(Fence, StringComparison.Ordinal))
        {
            return text;
        }

        var inner = rest[..^Fence.Length];
        return inner.Contains(Fence, StringComparison.Ordinal) ? text : inner.ToString();
    }

    /// <summary>Goes past an opening fence and the name of its language.</summary>
    public static bool SkipOpening(ref ReadOnlySpan<char> text)
    {
        var rest = text.TrimStart();
        if (!rest.StartsWith(Fence, StringComparison.Ordinal))
        {
            return false;
        }

        rest = rest[Fence.Length..];
        var language = 0;
        while (language < rest.Length && language <= LongestLanguage && (char.IsAsciiLetterOrDigit(rest[language]) || rest[language] is '-' or '+' or '_'))
        {
            language++;
        }

        text = rest[language..];
        return true;
    }
}
