using Polyphony.Testing.Gguf;

namespace Polyphony.Llama.Tests;

/// <summary>Headers that end the process in the engine, and must not come that far.</summary>
public sealed class BrokenHeaderTests
{
    [Fact]
    public void A_vocabulary_with_the_same_token_twice_is_told()
    {
        var refused = Refused(LlamaFault.ModelRefused, new GgufModelSpec { Vocabulary = GgufVocabulary.Bytes.WithWords("<User>", "<User>") });

        refused.ShouldContain($"as {GgufVocabulary.Bytes.Tokens.Count} and {GgufVocabulary.Bytes.Tokens.Count + 1};");
    }

    [Theory]
    [InlineData("qwen2.block_count", 0u)]
    [InlineData("qwen2.block_count", 513u)]
    [InlineData("qwen2.block_count", uint.MaxValue)]
    [InlineData("qwen2.expert_count", 100_000u)]
    public void A_number_that_the_engine_takes_for_granted_is_told(string key, uint value) =>
        Refused(LlamaFault.ModelRefused, writer => writer.Set(key, value)).ShouldContain($"{key} is {value}, and the engine takes ");

    [Theory]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    public void A_norm_that_cannot_be_computed_is_told(float epsilon) =>
        Refused(LlamaFault.ModelRefused, writer => writer.Set("qwen2.attention.layer_norm_rms_epsilon", epsilon)).ShouldContain("epsilon is ");

    [Theory]
    [InlineData("rope.dimension_count", 0u)]
    [InlineData("rope.dimension_count", 1024u)]
    [InlineData("attention.key_length", 7u)]
    [InlineData("attention.value_length", 0u)]
    public void Heads_of_uneven_parts_are_told(string key, uint value) =>
        Refused(LlamaFault.ModelRefused, writer => writer.Set("qwen2.embedding_length", 64u).Set("qwen2.attention.head_count", 4u).Set($"qwen2.{key}", value)).ShouldContain("a head has ");

    [Fact]
    public void Norms_that_are_not_stored_in_32_bits_are_told() =>
        Refused(LlamaFault.ModelRefused, writer => writer.AddTensor("output_norm.weight", GgufType.Q8, [32], stream => stream.Write(new byte[34]))).ShouldContain("norms");

    [Fact]
    public void A_model_that_does_not_write_in_order_is_told()
    {
        Refused(LlamaFault.ModelRefused, new GgufModelSpec { Architecture = "dream" }).ShouldContain("one token after the other");
        Refused(LlamaFault.ModelRefused, writer => writer.Set("qwen2.attention.causal", false)).ShouldContain("one token after the other");
    }

    [Fact]
    public void Pieces_that_cannot_write_every_byte_are_told() =>
        Refused(LlamaFault.UnknownTokenizer, writer => writer.Set("tokenizer.ggml.model", "llama").Set("tokenizer.ggml.tokens", (string[])["<unk>", "<s>", "</s>", "a"])).ShouldContain("no token for the byte 0");

    // What this catches: a check that reads a header otherwise than it was written, which would refuse the models that people have.
    [Fact]
    public void What_the_engine_takes_is_not_refused()
    {
        var library = Engine.Load();
        using var scratch = new Scratch();
        var path = scratch.At("model.gguf");
        foreach (var spec in (GgufModelSpec[])[new(), new() { Vocabulary = GgufVocabulary.Pieces }, new() { Architecture = "llama" }, new() { Vocabulary = GgufVocabulary.Bytes.WithMarks("", "", "<s>") }])
        {
            GgufModelMaker.Write(spec, path);
            LlamaModel.Open(library, path).Dispose();
        }
    }

    private static string Refused(LlamaFault fault, Action<GgufWriter> says)
    {
        using var scratch = new Scratch();
        var writer = new GgufWriter().Set("general.architecture", "qwen2");
        says(writer);
        writer.Write(scratch.At("model.gguf"));
        return Refused(fault, scratch.At("model.gguf"));
    }

    private static string Refused(LlamaFault fault, GgufModelSpec spec)
    {
        using var scratch = new Scratch();
        GgufModelMaker.Write(spec, scratch.At("model.gguf"));
        return Refused(fault, scratch.At("model.gguf"));
    }

    private static string Refused(LlamaFault fault, string path)
    {
        // The header alone, so that a check that is missing fails a test and does not end all of them.
        var refused = Should.Throw<LlamaException>(() => GgufHeader.Read(path));
        refused.Fault.ShouldBe(fault, refused.Message);
        refused.Message.ShouldContain(path);
        refused.Message.ShouldContain("convert it again");
        refused.Message.Any(char.IsControl).ShouldBeFalse(refused.Message);
        return refused.Message;
    }
}
