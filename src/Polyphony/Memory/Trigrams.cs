namespace Polyphony.Memory;

/// <summary>The groups of three characters that a text holds, to see whether two texts say nearly the same.</summary>
internal sealed class Trigrams
{
    /// <summary>Longer texts are not compared, in characters: what long texts share says little, and takes long to find out.</summary>
    public const int LongestText = 2_048;

    /// <summary>From this share of common groups on, two texts are the same: 0.82.</summary>
    public const double Same = 0.82;

    private readonly ulong[] _groups;
    private readonly ulong _numbers;
    private readonly int _denials;

    private Trigrams(ulong[] groups, ulong numbers, int denials) => (_groups, _numbers, _denials) = (groups, numbers, denials);

    public static Trigrams? Of(string text)
    {
        if (text.Length is < 3 or > LongestText)
        {
            return null;
        }

        var groups = new List<ulong>(text.Length);
        ulong group = 0, numbers = 0;
        var length = 0;
        foreach (var c in text)
        {
            if (!char.IsLetterOrDigit(c))
            {
                continue;
            }

            numbers = char.IsDigit(c) ? (numbers * 31) + c : numbers;
            group = ((group << 16) | char.ToLowerInvariant(c)) & 0xFFFF_FFFF_FFFF;
            if (++length >= 3)
            {
                groups.Add(group);
            }
        }

        groups.Sort();
        return new([.. groups.Distinct()], numbers, DenialsIn(text));
    }

    /// <summary>The common groups by all groups, from 0 to 1 (Jaccard); 0 where a number differs, or one of the two denies.</summary>
    public double Likeness(Trigrams other)
    {
        var (a, b) = (_groups, other._groups);
        if (_numbers != other._numbers || _denials != other._denials || a.Length == 0 || b.Length == 0 || Math.Min(a.Length, b.Length) < Same * Math.Max(a.Length, b.Length))
        {
            return 0;
        }

        int common = 0, i = 0, j = 0;
        while (i < a.Length && j < b.Length)
        {
            if (a[i] == b[j])
            {
                (common, i, j) = (common + 1, i + 1, j + 1);
            }
            else if (a[i] < b[j])
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        return (double)common / (a.Length + b.Length - common);
    }

    // "The red one" and "not the red one" have nearly all groups in common.
    private static int DenialsIn(string text)
    {
        var denials = 0;
        foreach (var range in text.AsSpan().SplitAny(" \t\r\n,.;:!?"))
        {
            var word = text.AsSpan()[range];
            denials += word.Equals("not", StringComparison.OrdinalIgnoreCase) || word.Equals("no", StringComparison.OrdinalIgnoreCase)
                || word.Equals("never", StringComparison.OrdinalIgnoreCase) || word.EndsWith("n't", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        }

        return denials;
    }
}
