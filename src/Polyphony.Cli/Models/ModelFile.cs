using Polyphony.Cli.Commands;
using Polyphony.Llama;
using Polyphony.Testing.Gguf;

namespace Polyphony.Cli.Models;

/// <summary>A model's file: one that was given, or one of the shape of Qwen2.5-0.5B with random weights, which is made and is gone at the end.</summary>
internal sealed class ModelFile : IDisposable
{
    private readonly DirectoryInfo? _made;

    private ModelFile(string path, DirectoryInfo? made) => (Path, _made) = (path, made);

    public string Path { get; }

    public bool IsMade => _made is not null;

    /// <summary>What it is called in reports.</summary>
    public string Name => IsMade ? "qwen2.5-0.5b shape, random weights, Q4" : Quoted.OneLine(System.IO.Path.GetFileName(Path));

    /// <exception cref="UsageException">The tokenizer that a made one needs is not beside the program; the message says how to get it.</exception>
    public static ModelFile Of(string? given)
    {
        if (given is not null)
        {
            return new(given, null);
        }

        var made = Directory.CreateTempSubdirectory("polyphony-model-");
        try
        {
            var path = System.IO.Path.Combine(made.FullName, "qwen2.5-0.5b-random.gguf");
            GgufModelMaker.Write(new() { Shape = GgufShape.Qwen25Half, Vocabulary = GgufVocabulary.Qwen25(), Weights = GgufType.Q4 }, path);
            return new(path, made);
        }
        catch (Exception broken)
        {
            made.Delete(recursive: true);
            throw broken is FileNotFoundException missing ? new UsageException("--shape", missing.Message, missing) : broken;
        }
    }

    /// <exception cref="UsageException">The given file cannot be used.</exception>
    /// <exception cref="LlamaException">The engine is not there, or a made file cannot be used.</exception>
    public LlamaModel Open(string flag)
    {
        var library = LlamaLibrary.Load();
        try
        {
            return LlamaModel.Open(library, Path);
        }
        catch (LlamaException unusable) when (!IsMade)
        {
            throw new UsageException(flag, Quoted.OneLine(unusable.Message), unusable);
        }
    }

    public void Dispose() => _made?.Delete(recursive: true);
}
