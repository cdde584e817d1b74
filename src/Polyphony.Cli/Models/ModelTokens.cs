using Microsoft.ML.Tokenizers;
using Polyphony.Prompting;

namespace Polyphony.Cli.Models;

/// <summary>Counts the tokens of the models whose tokenizer the library knows by name. A family that is missing here is estimated, and said to be.</summary>
internal sealed class ModelTokens : ITokenCounter
{
    private readonly TiktokenTokenizer _tokenizer;

    private ModelTokens(string name, TiktokenTokenizer tokenizer)
    {
        Name = name;
        _tokenizer = tokenizer;
    }

    public string Name { get; }

    /// <summary>The counter for a model.</summary>
    public static ITokenCounter Of(string model)
    {
        // Servers put an owner before the name: openai/gpt-4o.
        var bare = model[(model.LastIndexOf('/') + 1)..];
        try
        {
            return new ModelTokens($"tiktoken ({bare})", TiktokenTokenizer.CreateForModel(bare));
        }
        catch (NotSupportedException)
        {
            // The library's way to say that it does not know the model.
            return ByteTokenCounter.Instance;
        }
    }

    public int Count(ReadOnlySpan<char> text) => _tokenizer.CountTokens(text);
}
