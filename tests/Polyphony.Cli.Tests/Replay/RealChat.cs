namespace Polyphony.Cli.Tests.Replay;

/// <summary>The Ubuntu IRC logs (Kummerfeld et al., 2019; CC BY 4.0), where they lie beside the repository; they are not part of it.</summary>
internal static class RealChat
{
    /// <summary>Their files; none where they are not there.</summary>
    public static IReadOnlyList<string> Files()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var logs = Path.Combine(at.FullName, "shared", "data", "irc");
            if (Directory.Exists(logs))
            {
                return [.. Directory.EnumerateFiles(logs, "*.ascii.txt").Order(StringComparer.Ordinal)];
            }
        }

        return [];
    }
}
