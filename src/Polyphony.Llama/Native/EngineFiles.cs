namespace Polyphony.Llama.Native;

/// <summary>The files of the engine in a folder. Their names carry a variant and a version, so they are recognised by their beginning.</summary>
internal sealed record EngineFiles(string Directory, string Llama, string Ggml)
{
    private static readonly string[] Extensions = [".so", ".dylib", ".dll"];

    /// <exception cref="LlamaException"><see cref="LlamaFault.EngineMissing"/>.</exception>
    public static EngineFiles Find(string directory)
    {
        var llama = Named(directory, "llama");
        var ggml = Named(directory, "ggml");
        return llama is not null && ggml is not null
            ? new(Path.GetFullPath(directory), llama, ggml)
            : throw new LlamaException(
                LlamaFault.EngineMissing,
                $"the local engine is not here: no {(llama is null ? "llama" : "ggml")} library in '{directory}'; with npm and a network, 'npm ci --ignore-scripts' in native/ and a "
                + $"build bring it, or set {LlamaLibrary.PathVariable} to a folder with llama.cpp {EngineAbi.KnownVersions}");
    }

    /// <summary><c>libllama.so</c>, <c>libllama.metal.v0.4.0.dylib</c>, <c>llama.v0.4.0.dll</c>; not <c>libllama-common.so</c>.</summary>
    private static string? Named(string directory, string name) => !System.IO.Directory.Exists(directory)
        ? null
        : System.IO.Directory.EnumerateFiles(directory)
            .Where(path => Path.GetFileName(path) is var file
                && (file.StartsWith($"lib{name}.", StringComparison.Ordinal) || file.StartsWith($"{name}.", StringComparison.Ordinal))
                && Extensions.Contains(Path.GetExtension(file)))
            .Order(StringComparer.Ordinal)
            .FirstOrDefault() is { } found
                ? Path.GetFullPath(found)
                : null;
}
