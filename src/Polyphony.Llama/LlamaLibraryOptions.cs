using Microsoft.Extensions.Logging;

namespace Polyphony.Llama;

/// <summary>Where the llama.cpp library is, and who hears it.</summary>
public sealed record LlamaLibraryOptions
{
    /// <summary>
    /// The folder with the library and its backends. Default: what the environment variable <see cref="LlamaLibrary.PathVariable"/> says, and <c>llama/</c> beside
    /// the program where it says nothing.
    /// </summary>
    public string? Directory { get; init; }

    /// <summary>Gets the lines that the library logs, which would go to standard error otherwise. Default: who got them before, and nobody at first.</summary>
    public ILogger? Logger { get; init; }
}
