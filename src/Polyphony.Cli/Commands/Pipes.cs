namespace Polyphony.Cli.Commands;

/// <summary>Tells a pipe from a file before it is opened to be read: to open one that nobody writes to is to wait for ever, and no signal ends the wait.</summary>
internal static class Pipes
{
    /// <summary>Whether the path is a pipe. It shows no length, and so does an empty file; opened for both, it does not wait.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static bool IsOne(string path)
    {
        if (OperatingSystem.IsWindows() || new FileInfo(path) is not { Exists: true, Length: 0 })
        {
            return false;
        }

        try
        {
            using var both = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            return !both.CanSeek;
        }
        catch (UnauthorizedAccessException)
        {
            // What may only be read is opened to read.
            return false;
        }
    }
}
