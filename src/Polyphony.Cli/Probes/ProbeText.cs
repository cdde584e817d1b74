using System.Globalization;
using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Probes;

/// <summary>How times, numbers and shares are shown to a person.</summary>
internal static class ProbeText
{
    private const int BarWidth = 20;

    /// <summary>A duration in the unit that suits it.</summary>
    public static string Duration(double us) => us switch
    {
        < 999.95 => Invariant($"{us:0.0} µs"),
        < 999_950 => Invariant($"{us / 1e3:0.0} ms"),
        _ => Invariant($"{us / 1e6:0.00} s"),
    };

    public static string Share(double share) => Invariant($"{share * 100:0.0} %");

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>One thing or several.</summary>
    public static string Count(long count, string one, string many) => $"{Count(count)} {(count == 1 ? one : many)}";

    /// <summary>A bar as long as the share; nothing for nothing.</summary>
    public static string Bar(double share) => new('█', (int)Math.Round(Math.Clamp(share, 0, 1) * BarWidth));

    /// <summary>The moment on this machine's clock.</summary>
    public static string LocalTime(string at) =>
        DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? moment.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)
            : Quoted.OneLine(at.Length > 12 ? at[..12] : at);

    public static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
