namespace Polyphony.Testing.Gguf;

/// <summary>
/// Makes models with random weights: what they say is noise, and their speed, their memory and the exactness of their numbers are those of a real model of the shape. So
/// everything about the engine can be tested and measured without weights from anywhere. The tiny one takes milliseconds; that of Qwen2.5-0.5B a few seconds, and 350 to 530 MB of disk.
/// </summary>
public static class GgufModelMaker
{
    private const float EmbeddingScale = 0.6f;

    /// <summary>Writes the model, over a file that is there.</summary>
    /// <exception cref="ArgumentException">The numbers of the shape do not fit one another or the storage.</exception>
    public static void Write(GgufModelSpec spec, string path)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var shape = spec.Shape;
        if (shape.Blocks < 1 || shape.KeyHeads < 1 || shape.Heads < 1 || shape.Width % shape.Heads != 0 || shape.Heads % shape.KeyHeads != 0)
        {
            throw new ArgumentException("the width must be a multiple of the heads, and the heads of the heads of keys", nameof(spec));
        }

        var writer = new GgufWriter();
        AddValues(writer, spec);
        AddTensors(writer, spec);
        writer.Write(path);
    }

    private static void AddValues(GgufWriter writer, GgufModelSpec spec)
    {
        var (shape, vocabulary, name) = (spec.Shape, spec.Vocabulary, spec.Architecture);
        writer.Set("general.architecture", name)
            .Set("general.name", "random weights")
            .Set($"{name}.block_count", (uint)shape.Blocks)
            .Set($"{name}.context_length", (uint)shape.Context)
            .Set($"{name}.embedding_length", (uint)shape.Width)
            .Set($"{name}.feed_forward_length", (uint)shape.FeedForward)
            .Set($"{name}.attention.head_count", (uint)shape.Heads)
            .Set($"{name}.attention.head_count_kv", (uint)shape.KeyHeads)
            .Set($"{name}.rope.freq_base", 1e6f)
            .Set($"{name}.attention.layer_norm_rms_epsilon", 1e-6f)
            .Set("tokenizer.ggml.model", vocabulary.IsPieces ? "llama" : "gpt2")
            .Set("tokenizer.ggml.pre", spec.PreTokenizer)
            .Set("tokenizer.ggml.tokens", vocabulary.Tokens)
            .Set("tokenizer.ggml.token_type", vocabulary.TokenTypes)
            .Set("tokenizer.ggml.merges", vocabulary.Merges)
            .Set("tokenizer.ggml.eos_token_id", (uint)vocabulary.EndOfMessage)
            .Set("tokenizer.ggml.padding_token_id", (uint)vocabulary.EndOfText)
            .Set("tokenizer.ggml.bos_token_id", (uint)vocabulary.Beginning)
            .Set("tokenizer.ggml.add_bos_token", vocabulary.IsPieces);
        if (vocabulary.Scores is { } scores)
        {
            writer.Set("tokenizer.ggml.scores", scores);
        }

        if (spec.ChatTemplate is { } template)
        {
            writer.Set("tokenizer.chat_template", template);
        }
    }

    private static void AddTensors(GgufWriter writer, GgufModelSpec spec)
    {
        var (shape, random) = (spec.Shape, new RandomWeights(spec.Seed));
        var keys = shape.KeyHeads * shape.HeadWidth;
        var embedding = spec.Weights == GgufType.Q4 ? GgufType.Q8 : spec.Weights;
        Random("token_embd.weight", embedding, EmbeddingScale / MathF.Sqrt(shape.Width), shape.Width, spec.Vocabulary.Tokens.Count);
        for (var i = 0; i < shape.Blocks; i++)
        {
            Ones($"blk.{i}.attn_norm.weight");
            Matrix($"blk.{i}.attn_q.weight", shape.Width, shape.Width);
            Random($"blk.{i}.attn_q.bias", GgufType.F32, 0.1f, shape.Width);
            Matrix($"blk.{i}.attn_k.weight", shape.Width, keys);
            Random($"blk.{i}.attn_k.bias", GgufType.F32, 0.1f, keys);
            Matrix($"blk.{i}.attn_v.weight", shape.Width, keys);
            Random($"blk.{i}.attn_v.bias", GgufType.F32, 0.1f, keys);
            Matrix($"blk.{i}.attn_output.weight", shape.Width, shape.Width);
            Ones($"blk.{i}.ffn_norm.weight");
            Matrix($"blk.{i}.ffn_gate.weight", shape.Width, shape.FeedForward);
            Matrix($"blk.{i}.ffn_up.weight", shape.Width, shape.FeedForward);
            Matrix($"blk.{i}.ffn_down.weight", shape.FeedForward, shape.Width);
        }

        Ones("output_norm.weight");

        void Matrix(string name, long width, long rows) => Random(name, spec.Weights, 1 / MathF.Sqrt(width), width, rows);

        void Ones(string name) => writer.AddTensor(name, GgufType.F32, [shape.Width], stream => RandomWeights.WriteOnes(stream, shape.Width));

        void Random(string name, GgufType type, float deviation, params long[] dimensions) =>
            writer.AddTensor(name, type, dimensions, stream => random.Write(stream, type, GgufWriter.BytesOf(type, dimensions), deviation));
    }
}
