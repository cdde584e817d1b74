namespace Polyphony.Cli.Tests;

/// <summary>A directory of one test's own, gone when the test has ended.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("polyphony-");

    public string Path => _directory.FullName;

    public string At(string name) => System.IO.Path.Combine(_directory.FullName, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return At(name);
    }

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(At(name), bytes);
        return At(name);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
