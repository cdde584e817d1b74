namespace Polyphony.Llama.Tests;

/// <summary>A directory of one test's own, gone when the test has ended.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("polyphony-llama-");

    public string Path => _directory.FullName;

    public string At(string name) => System.IO.Path.Combine(_directory.FullName, name);

    public void Dispose() => _directory.Delete(recursive: true);
}
