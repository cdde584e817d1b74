namespace Polyphony.Diagnostics;

/// <summary>Finds what somebody may have meant by a name that is unknown.</summary>
public static class NearNames
{
    private const int LongestCompared = 100;

    /// <summary>The known names that come nearest, the nearest first: those that begin with the name or hold it, and those a few slips away.</summary>
    /// <param name="name">The unknown name.</param>
    /// <param name="known">The names there are.</param>
    /// <param name="most">How many to give at most. Default 4.</param>
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> known, int most = 4)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(known);
        var asked = Folded(name);
        return asked.Length == 0
            ? []
            : [.. known
                .Distinct(StringComparer.Ordinal)
                .Select(candidate => (Name: candidate, Distance: Distance(asked, Folded(candidate))))
                .Where(near => near.Distance <= Math.Max(2, asked.Length / 3))
                .OrderBy(near => near.Distance)
                .ThenBy(near => near.Name, StringComparer.Ordinal)
                .Take(most)
                .Select(near => near.Name)];
    }

    private static string Folded(string name) => name.Trim().ToLowerInvariant() is { Length: > LongestCompared } longer ? longer[..LongestCompared] : name.Trim().ToLowerInvariant();

    private static int Distance(string asked, string candidate)
    {
        var slips = Slips(asked, candidate);
        return asked.Length >= 3 && candidate.Contains(asked, StringComparison.Ordinal) ? Math.Min(slips, 2) : slips;
    }

    /// <summary>How many characters must be put in, taken out or changed to make one text of the other.</summary>
    private static int Slips(string from, string to)
    {
        var row = new int[to.Length + 1];
        for (var j = 0; j <= to.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[to.Length];
    }
}
