namespace Polyphony.Memory;

/// <summary>The groups of three characters that a text holds, to see whether two texts say nearly the same. Read again and again by its one owner: it keeps its space.</summary>
internal sealed class Trigrams
{
    /// <summary>Longer texts are not compared, in characters: what long texts share says little, and takes long to find out.</summary>
    public const int LongestText = 2_048;

    /// <summary>From this share of common groups on, two texts are the same: 0.82.</summary>
    public const double Same = 0.82;

    private ulong[] _groups = [];
    private int _count;
    private ulong _numbers;
    private int _denials;

    /// <summary>Reads a text in place of the one before.</summary>
    /// <returns>False where it is too short or too long to be compared.</returns>
    public bool Read(string text)
    {
        _count = 0;
        if (text.Length is < 3 or > LongestText)
        {
            return false;
        }

        if (_groups.Length < text.Length)
        {
            _groups = new ulong[Math.Max(text.Length, 128)];
        }

        ulong group = 0, numbers = 0;
        int length = 0, count = 0;
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
                _groups[count++] = group;
            }
        }

        (_count, _numbers, _denials) = (Distinct(_groups.AsSpan(0, count)), numbers, DenialsIn(text));
        return true;
    }

    private static int Distinct(Span<ulong> groups)
    {
        groups.Sort();
        var kept = 0;
        foreach (var group in groups)
        {
            if (kept == 0 || groups[kept - 1] != group)
            {
                groups[kept++] = group;
            }
        }

        return kept;
    }

    /// <summary>The common groups by all groups, from 0 to 1 (Jaccard); 0 where a number differs, or one of the two denies.</summary>
    public double Likeness(Trigrams other)
    {
        ReadOnlySpan<ulong> a = _groups.AsSpan(0, _count), b = other._groups.AsSpan(0, other._count);
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
