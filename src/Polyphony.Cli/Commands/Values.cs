using System.Globalization;
using System.Text;

namespace Polyphony.Cli.Commands;

/// <summary>Reads the value of one flag. Each method returns something usable or throws the one line that says what to do.</summary>
internal static class Values
{
    private const int LongestName = 100;

    /// <summary>A whole number within its range.</summary>
    public static int Count(string flag, string text, int least, int most) =>
        TryCount(text, least, most, out var count)
            ? count
            : throw new UsageException(flag, $"{Quoted.Of(text)} is not a whole number from {least} to {most}; give one");

    /// <summary>Whole numbers within their range, with commas between them.</summary>
    public static IReadOnlyList<int> Counts(string flag, string text, int least, int most)
    {
        var counts = new List<int>();
        foreach (var element in text.Split(','))
        {
            counts.Add(TryCount(element, least, most, out var count)
                ? count
                : throw new UsageException(
                    flag, $"{Quoted.Of(element)} in the list is not a whole number from {least} to {most}; give one, or several with commas between"));
        }

        return counts;
    }

    /// <summary>A turn, as <c>t12</c> or <c>12</c>; in the form in which turns are shown.</summary>
    public static string Turn(string subject, string text)
    {
        var digits = text is ['t' or 'T', .. var rest] ? rest : text;
        return digits.Length is 0 or > 19 || !digits.All(char.IsAsciiDigit)
            ? throw new UsageException(subject, $"{Quoted.Of(text)} is no turn; give one like t12")
            : $"t{digits[..^1].TrimStart('0')}{digits[^1]}";
    }

    /// <summary>A time in milliseconds, 0 or more; parts of one are allowed.</summary>
    public static double Milliseconds(string flag, string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var ms)
        && double.IsFinite(ms)
            ? ms
            : throw new UsageException(flag, $"{Quoted.Of(text)} is not a number of milliseconds; give one, such as 500 or 0.5");

    /// <summary>One of a few names; case and hyphens do not matter.</summary>
    public static T Choice<T>(string flag, string text, IReadOnlyList<(string Name, T Value)> choices)
    {
        foreach (var (name, value) in choices)
        {
            if (string.Equals(Bare(name), Bare(text), StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        throw new UsageException(flag, $"there is no {Quoted.Of(text)}; choose one of: {string.Join(", ", choices.Select(c => c.Name))}");
    }

    /// <summary>A name: something to see, on one line, not too long.</summary>
    public static string Name(string flag, string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new UsageException(flag, "the name is empty; give one, or leave the flag out");
        }

        if (text.Length > LongestName || Quoted.OneLine(text) != text)
        {
            throw new UsageException(
                flag, $"{Quoted.Of(text)} is no name; give at most {LongestName} characters on one line, without control characters");
        }

        return text.Trim();
    }

    /// <summary>An absolute web address.</summary>
    public static Uri WebAddress(string flag, string text, string example = "http://localhost:8080/v1") =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
        && address.Host.Length > 0
            ? address
            : throw new UsageException(flag, $"{Quoted.Of(text)} is not an absolute http or https URL; give one like {example}");

    /// <summary>A file that is there.</summary>
    public static string ExistingFile(string subject, string path)
    {
        RequirePath(subject, path, "name a file");
        if (Directory.Exists(path))
        {
            throw new UsageException(subject, $"{Quoted.Of(path)} is a directory; name a file");
        }

        return File.Exists(path) ? path : throw new UsageException(subject, $"there is no file {Quoted.Of(path)}; name one that can be read");
    }

    /// <summary>What a text file says: UTF-8, not blank, at most so many characters.</summary>
    public static string TextOf(string flag, string path, int most)
    {
        ExistingFile(flag, path);
        string text;
        try
        {
            // A character has at most four bytes; what is larger need not be read.
            text = new FileInfo(path).Length > 4L * most + 3
                ? throw new UsageException(flag, $"{Quoted.Of(path)} holds more than {most} characters; shorten it")
                : File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true)).Trim();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(flag, $"{Quoted.Of(path)} cannot be read; name a file that can", unreadable);
        }
        catch (DecoderFallbackException notText)
        {
            throw new UsageException(flag, $"{Quoted.Of(path)} is not UTF-8 text; save it as such, or name another file", notText);
        }

        return text.Length == 0 ? throw new UsageException(flag, $"{Quoted.Of(path)} is empty; write what holds in the room, or leave the flag out")
            : text.Length > most ? throw new UsageException(flag, $"{Quoted.Of(path)} holds {text.Length} characters; keep at most {most}")
            : text;
    }

    /// <summary>A file that is there or can be made, in a directory that is there.</summary>
    public static string FileToWrite(string flag, string path)
    {
        RequirePath(flag, path, "name a file");
        if (Directory.Exists(path))
        {
            throw new UsageException(flag, $"{Quoted.Of(path)} is a directory; name a file");
        }

        return Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory && !Directory.Exists(directory)
            ? throw new UsageException(flag, $"there is no directory {Quoted.Of(directory)}; make it, or name another file")
            : path;
    }

    /// <summary>A file or a directory that is there.</summary>
    public static string ExistingPath(string flag, string path)
    {
        RequirePath(flag, path, "name a file or a directory");
        return Path.Exists(path)
            ? path
            : throw new UsageException(flag, $"there is no file or directory {Quoted.Of(path)}; name one that can be read");
    }

    /// <summary>A directory that is there or can be made.</summary>
    public static string DirectoryToUse(string flag, string path)
    {
        RequirePath(flag, path, "name a directory");
        return File.Exists(path) ? throw new UsageException(flag, $"{Quoted.Of(path)} is a file; name a directory") : path;
    }

    private static void RequirePath(string subject, string path, string advice)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new UsageException(subject, $"{Quoted.Of(path)} is no path; {advice}");
        }
    }

    private static bool TryCount(string text, int least, int most, out int count) =>
        int.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out count)
        && count >= least
        && count <= most;

    private static string Bare(string name) => name.Replace("-", "", StringComparison.Ordinal);
}
