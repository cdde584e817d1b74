using System.Security.Cryptography;
using Polyphony.Testing.Gguf;

namespace Polyphony.Llama.Tests;

public sealed class GgufModelMakerTests
{
    [Theory]
    [InlineData(GgufType.F32)]
    [InlineData(GgufType.Q8)]
    [InlineData(GgufType.Q4)]
    public void One_specification_is_one_file_and_another_seed_another(GgufType weights)
    {
        using var scratch = new Scratch();
        var spec = new GgufModelSpec { Weights = weights, Seed = 7 };

        HashOf(spec).ShouldBe(HashOf(spec));
        HashOf(spec).ShouldNotBe(HashOf(spec with { Seed = 8 }));

        string HashOf(GgufModelSpec made)
        {
            GgufModelMaker.Write(made, scratch.At("made.gguf"));
            return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(scratch.At("made.gguf"))));
        }
    }

    [Fact]
    public void The_tiny_model_is_small()
    {
        using var scratch = new Scratch();
        GgufModelMaker.Write(new(), scratch.At("tiny.gguf"));
        new FileInfo(scratch.At("tiny.gguf")).Length.ShouldBeInRange(300_000, 450_000);
    }

    [Fact]
    public void A_shape_that_does_not_fit_is_refused()
    {
        using var scratch = new Scratch();
        var tiny = GgufShape.Tiny;
        Should.Throw<ArgumentException>(() => GgufModelMaker.Write(new() { Shape = tiny with { Heads = 3 } }, scratch.At("x.gguf")));
        Should.Throw<ArgumentException>(() => GgufModelMaker.Write(new() { Shape = tiny with { FeedForward = 100 }, Weights = GgufType.Q8 }, scratch.At("x.gguf")));
        Should.Throw<InvalidOperationException>(() => new GgufWriter().AddTensor("t", GgufType.F32, [4], stream => stream.WriteByte(0)).Write(scratch.At("x.gguf")));
    }

    [Fact]
    public void A_tokenizer_that_was_not_fetched_is_one_line_that_says_how_to_get_it() =>
        Should.Throw<FileNotFoundException>(() => GgufVocabulary.Qwen25("nowhere.json")).Message.ShouldContain("npm ci --ignore-scripts");
}
