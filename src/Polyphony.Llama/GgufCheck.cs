using System.Globalization;
using System.Text;

namespace Polyphony.Llama;

/// <summary>What a header says of the model, as far as a wrong word of it would end the process in native code instead of being refused there.</summary>
internal sealed class GgufCheck(string path)
{
    private const uint F32 = 0;

    // The library's own limits.
    private const int MostLayers = 512;
    private const int MostExperts = 512;

    // Of these the engine takes it for granted that keys, values and rotated parts of a head are equally wide. Others may differ.
    private static readonly string[] EvenHeads = ["llama", "qwen2"];

    private static readonly string[] NotInOrder = ["dream", "llada", "llada-moe"];

    private readonly Dictionary<string, double> _numbers = [];
    private readonly Dictionary<string, long> _tokens = [];

    /// <summary>What <c>tokenizer.ggml.model</c> says.</summary>
    public string Tokenizer { get; set; } = "";

    /// <summary>Takes a number of the header.</summary>
    public void Number(string key, double value) => _numbers[key] = value;

    /// <summary>Takes a token of the vocabulary.</summary>
    /// <exception cref="LlamaException">It is there already.</exception>
    public void Token(long number, ReadOnlySpan<byte> text)
    {
        // An empty one gets a name of its own in the engine.
        if (!text.IsEmpty && !_tokens.TryAdd(Encoding.Latin1.GetString(text), number))
        {
            throw Refused($"its vocabulary has the same token twice, as {_tokens[Encoding.Latin1.GetString(text)]} and {number}");
        }
    }

    /// <summary>Takes a tensor.</summary>
    /// <exception cref="LlamaException">It is stored as the engine cannot compute with it.</exception>
    public void Tensor(string name, uint dimensions, uint type)
    {
        if (dimensions == 1 && type != F32 && (name.EndsWith("norm.weight", StringComparison.Ordinal) || name.EndsWith(".bias", StringComparison.Ordinal)))
        {
            throw Refused($"a tensor of norms or biases is stored as type {type} and not in 32 bits");
        }
    }

    /// <summary>Looks at all that was taken.</summary>
    /// <exception cref="LlamaException"><see cref="LlamaFault.ModelRefused"/>, or <see cref="LlamaFault.UnknownTokenizer"/> where text could come that has no token.</exception>
    public void Require(string architecture)
    {
        Within($"{architecture}.block_count", 1, MostLayers);
        Within($"{architecture}.expert_count", 0, MostExperts);
        Within($"{architecture}.attention.layer_norm_rms_epsilon", 0, float.MaxValue);
        Within($"{architecture}.attention.layer_norm_epsilon", 0, float.MaxValue);
        if (NotInOrder.Contains(architecture) || _numbers.GetValueOrDefault($"{architecture}.attention.causal", 1) == 0)
        {
            throw Refused("its model does not write one token after the other");
        }

        if (EvenHeads.Contains(architecture))
        {
            RequireEvenHeads(architecture);
        }

        RequireBytes();
    }

    private void RequireEvenHeads(string architecture)
    {
        if (!_numbers.TryGetValue($"{architecture}.embedding_length", out var width) || !_numbers.TryGetValue($"{architecture}.attention.head_count", out var heads) || heads < 1)
        {
            return;
        }

        var head = Math.Floor(width / heads);
        var keys = _numbers.GetValueOrDefault($"{architecture}.attention.key_length", head);
        var values = _numbers.GetValueOrDefault($"{architecture}.attention.value_length", head);
        var rotated = _numbers.GetValueOrDefault($"{architecture}.rope.dimension_count", keys);
        if (keys != values || keys != rotated)
        {
            throw Refused(string.Create(CultureInfo.InvariantCulture, $"a head has {keys} numbers of keys, {values} of values and {rotated} that are rotated, and they must be as many"));
        }
    }

    // What has no piece of its own is written byte by byte.
    private void RequireBytes()
    {
        if (Tokenizer != "llama" || _tokens.Count == 0)
        {
            return;
        }

        for (var value = 0; value <= byte.MaxValue; value++)
        {
            if (!_tokens.ContainsKey($"<0x{value:X2}>") && !_tokens.ContainsKey(((char)value).ToString()))
            {
                throw new LlamaException(
                    LlamaFault.UnknownTokenizer, $"the vocabulary of '{path}' has no token for the byte {value}, so that not every text can be read; fetch or convert it again");
            }
        }
    }

    private void Within(string key, double least, double most)
    {
        if (_numbers.TryGetValue(key, out var number) && !(number >= least && number <= most))
        {
            throw Refused(string.Create(CultureInfo.InvariantCulture, $"{key} is {number}, and the engine takes {least} to {most}"));
        }
    }

    private LlamaException Refused(string what) => new(LlamaFault.ModelRefused, $"the engine cannot take '{path}': {what}; fetch or convert it again");
}
