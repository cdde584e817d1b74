namespace Polyphony.Diagnostics;

/// <summary>A file beside a file, that one program holds: two that write one file would write over each other. A program that ends, however it ends, lets go.</summary>
internal static class FileLock
{
    /// <param name="path">The file to be written.</param>
    /// <param name="held">What to say when another program holds it.</param>
    /// <exception cref="IOException">Another program holds it, or it cannot be made.</exception>
    public static FileStream Take(string path, string held)
    {
        try
        {
            return new($"{path}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException cause) when (cause is not DirectoryNotFoundException && File.Exists($"{path}.lock"))
        {
            throw new IOException(held, cause);
        }
    }
}
