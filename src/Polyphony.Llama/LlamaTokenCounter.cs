using Polyphony.Prompting;

namespace Polyphony.Llama;

/// <summary>Counts tokens as the model does. Thread-safe.</summary>
internal sealed class LlamaTokenCounter(LlamaModel model, string name) : ITokenCounter
{
    public string Name { get; } = $"tokenizer of {name}";

    public int Count(ReadOnlySpan<char> text) => text.IsEmpty ? 0 : model.Tokenize(text.ToString()).Length;
}
