using System.Globalization;

namespace Polyphony.Diagnostics;

/// <summary>Numbers as every record has them: the same everywhere, with at most three decimals.</summary>
internal static class ProbeNumber
{
    /// <summary>Room enough for any of them.</summary>
    public const int MostChars = 32;

    // Up to here a thousandth is a whole number that a double holds exactly, and its digits are the shortest that stand for it.
    private const double MostInThousandths = 1e12;

    /// <summary>A number with at most three decimals; at least <see cref="MostChars"/> of room.</summary>
    /// <returns>How many characters it took.</returns>
    public static int Format(double value, Span<char> to)
    {
        if (!(Math.Abs(value) < MostInThousandths))
        {
            Math.Round(value, 3).TryFormat(to, out var all, default, CultureInfo.InvariantCulture);
            return all;
        }

        var thousandths = (long)Math.Round(value * 1000);
        var length = 0;
        if (thousandths < 0)
        {
            to[length++] = '-';
            thousandths = -thousandths;
        }

        var (whole, rest) = Math.DivRem(thousandths, 1000);
        length += Format(whole, to[length..]);
        if (rest == 0)
        {
            return length;
        }

        to[length++] = '.';
        for (var unit = 100L; rest > 0; unit /= 10)
        {
            (var digit, rest) = Math.DivRem(rest, unit);
            to[length++] = (char)('0' + digit);
        }

        return length;
    }

    /// <inheritdoc cref="Format(double, Span{char})"/>
    public static int Format(long value, Span<char> to)
    {
        value.TryFormat(to, out var length, default, CultureInfo.InvariantCulture);
        return length;
    }
}
