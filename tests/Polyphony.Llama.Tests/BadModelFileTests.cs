using Polyphony.Testing.Gguf;

namespace Polyphony.Llama.Tests;

public sealed class BadModelFileTests
{
    [Fact]
    public void A_file_that_is_not_there_is_told()
    {
        using var scratch = new Scratch();
        Refused(scratch.At("nowhere.gguf"), LlamaFault.FileMissing);
        Refused(scratch.Path, LlamaFault.FileMissing);
    }

    [Fact]
    public void A_file_of_no_bytes_is_told() => RefusedBytes([], LlamaFault.FileEmpty);

    [Theory]
    [InlineData("GG")]
    [InlineData("This is a text, not a model, however long it may be.")]
    [InlineData("GGUF\u0009\0\0\0")]
    public void What_is_not_GGUF_is_told(string content) => RefusedBytes([.. content.Select(c => (byte)c)], LlamaFault.NotGguf);

    // What this catches: a download that broke off anywhere, in the magic number's neighbour as in the last tensor.
    [Fact]
    public void A_file_cut_off_anywhere_is_told()
    {
        using var scratch = new Scratch();
        var path = scratch.At("model.gguf");
        GgufModelMaker.Write(new(), path);
        var whole = File.ReadAllBytes(path);
        var library = Engine.Load();
        foreach (var length in Enumerable.Range(0, 40).Select(i => 8 + (int)((whole.Length - 9L) * i / 39)))
        {
            var cut = scratch.At($"cut-{length}.gguf");
            File.WriteAllBytes(cut, whole[..length]);
            Engine.FaultOf(() => LlamaModel.Open(library, cut)).ShouldBe(LlamaFault.Truncated, $"{length} of {whole.Length} bytes");
        }
    }

    [Fact]
    public void An_architecture_that_nobody_knows_is_told() =>
        Refused(new GgufModelSpec { Architecture = "abacus" }, LlamaFault.UnknownArchitecture).ShouldContain("'abacus'");

    [Fact]
    public void A_tokenizer_that_nobody_knows_is_told() =>
        Refused(new GgufModelSpec { PreTokenizer = "runes" }, LlamaFault.UnknownTokenizer).ShouldContain("runes");

    [Fact]
    public void A_model_without_its_tensors_is_told_with_the_engines_reason()
    {
        using var scratch = new Scratch();
        new GgufWriter().Set("general.architecture", "qwen2").Write(scratch.At("hollow.gguf"));
        Refused(scratch.At("hollow.gguf"), LlamaFault.ModelRefused);
    }

    private static string Refused(GgufModelSpec spec, LlamaFault fault)
    {
        using var scratch = new Scratch();
        GgufModelMaker.Write(spec, scratch.At("model.gguf"));
        return Refused(scratch.At("model.gguf"), fault);
    }

    private static void RefusedBytes(byte[] content, LlamaFault fault)
    {
        using var scratch = new Scratch();
        File.WriteAllBytes(scratch.At("model.gguf"), content);
        Refused(scratch.At("model.gguf"), fault);
    }

    private static string Refused(string path, LlamaFault fault)
    {
        var library = Engine.Load();
        var refused = Should.Throw<LlamaException>(() => LlamaModel.Open(library, path));
        refused.Fault.ShouldBe(fault, refused.Message);
        refused.Message.ShouldContain(path);
        refused.Message.Any(char.IsControl).ShouldBeFalse(refused.Message);
        return refused.Message;
    }
}
