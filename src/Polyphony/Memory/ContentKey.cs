namespace Polyphony.Memory;

/// <summary>Finds the same words again: case, and how they are spaced, make no difference. Allocates nothing.</summary>
internal static class ContentKey
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static ulong Of(string content)
    {
        var key = Offset;
        var at = 0;
        while (Next(content, ref at) is { } c)
        {
            key = (key ^ c) * Prime;
        }

        return key;
    }

    /// <summary>Whether two texts with one key are the same words indeed.</summary>
    public static bool AreSame(string a, string b)
    {
        int atA = 0, atB = 0;
        while (true)
        {
            var c = Next(a, ref atA);
            if (c != Next(b, ref atB))
            {
                return false;
            }

            if (c is null)
            {
                return true;
            }
        }
    }

    /// <summary>The next character as it is compared; a run of white space is one space, none at the ends.</summary>
    private static char? Next(string text, ref int at)
    {
        var began = at;
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        if (at == text.Length)
        {
            return null;
        }

        if (at > began && began > 0)
        {
            return ' ';
        }

        return char.ToLowerInvariant(text[at++]);
    }
}
