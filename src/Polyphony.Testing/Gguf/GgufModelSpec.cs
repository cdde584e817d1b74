namespace Polyphony.Testing.Gguf;

/// <summary>Which model <see cref="GgufModelMaker"/> makes. One specification is one file, byte for byte.</summary>
public sealed record GgufModelSpec
{
    /// <summary>Its size. Default: <see cref="GgufShape.Tiny"/>.</summary>
    public GgufShape Shape { get; init; } = GgufShape.Tiny;

    /// <summary>Its tokens. Default: <see cref="GgufVocabulary.Bytes"/>.</summary>
    public GgufVocabulary Vocabulary { get; init; } = GgufVocabulary.Bytes;

    /// <summary>How its matrices are stored. Default: <see cref="GgufType.F32"/>. The embedding of a <see cref="GgufType.Q4"/> model is <see cref="GgufType.Q8"/>, as is usual.</summary>
    public GgufType Weights { get; init; } = GgufType.F32;

    /// <summary>Chooses the weights. Any number; default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>What the file says its architecture is. Default <c>qwen2</c>, which it is; another makes a file that is refused.</summary>
    public string Architecture { get; init; } = "qwen2";

    /// <summary>What the file says about splitting text before tokens are made. Default <c>qwen2</c>; an unknown one makes a file that is refused.</summary>
    public string PreTokenizer { get; init; } = "qwen2";

    /// <summary>The template of a chat in the file. Default: <see cref="ChatMl"/>; absent, the file has none.</summary>
    public string? ChatTemplate { get; init; } = ChatMl;

    /// <summary>The template called ChatML: each message between <c>&lt;|im_start|&gt;</c> with its role and <c>&lt;|im_end|&gt;</c>.</summary>
    public const string ChatMl =
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
}
