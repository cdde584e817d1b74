using Polyphony.Testing.Gguf;

namespace Polyphony.Llama.Tests.Text;

/// <summary>A template as a model's file has it, and the marks of its vocabulary. Of the template there is only what llama.cpp knows it by.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Source">What stands in the file.</param>
/// <param name="Vocabulary">The model's tokens.</param>
public sealed record Template(string Name, string Source, GgufVocabulary Vocabulary)
{
    public override string ToString() => Name;
}

/// <summary>The templates that the tests go through.</summary>
internal static class Templates
{
    public static readonly Template Qwen = new("qwen2.5", GgufModelSpec.ChatMl, GgufVocabulary.Bytes);

    public static readonly Template Llama3 = new("llama-3", "<|start_header_id|> <|end_header_id|>", GgufVocabulary.Bytes.WithMarks("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"));

    public static readonly Template Gemma = new("gemma", "<start_of_turn>", GgufVocabulary.Bytes.WithMarks("<start_of_turn>", "<end_of_turn>"));

    public static readonly Template Mistral = new("mistral", "[INST][AVAILABLE_TOOLS]", GgufVocabulary.Pieces.WithMarks("[INST]", "[/INST]"));

    public static readonly Template Llama2 = new("llama-2", "[INST] <<SYS>> bos_token + '[INST]", GgufVocabulary.Pieces);

    /// <summary>Those with a golden.</summary>
    public static readonly Template[] Shown = [Qwen, Llama3, Gemma, Mistral, Llama2];

    // What llama.cpp's list calls them: a file may name one instead of having it.
    private static readonly string[] BuiltIn =
    [
        "chatml", "llama2", "llama2-sys", "llama2-sys-bos", "llama2-sys-strip", "mistral-v1", "mistral-v3", "mistral-v3-tekken", "mistral-v7", "mistral-v7-tekken", "phi3", "phi4", "falcon3", "zephyr",
        "monarch", "gemma", "orion", "openchat", "vicuna", "vicuna-orca", "deepseek", "deepseek2", "deepseek3", "command-r", "llama3", "chatglm3", "chatglm4", "glmedge", "minicpm", "exaone3",
        "exaone4", "rwkv-world", "granite", "gigachat", "megrez", "yandex", "bailing", "llama4", "smolvlm", "hunyuan-moe", "hunyuan-dense", "kimi-k2",
    ];

    /// <summary>Everything that llama.cpp knows, with a vocabulary in which a mark is only text; and those with a golden.</summary>
    public static IEnumerable<Template> All =>
        Shown.Concat(BuiltIn.Select(name => new Template(name, name, GgufVocabulary.Bytes))).Concat([new("vicuna in pieces", "vicuna", GgufVocabulary.Pieces), new("phi3 in pieces", "phi3", GgufVocabulary.Pieces)]);

    public static LlamaModel Open(Scratch scratch, Template template) => Engine.Open(scratch, new() { Vocabulary = template.Vocabulary, ChatTemplate = template.Source });
}
