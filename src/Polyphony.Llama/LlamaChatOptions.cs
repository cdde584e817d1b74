namespace Polyphony.Llama;

/// <summary>How an engine is used as a chat client.</summary>
public sealed record LlamaChatOptions
{
    /// <summary>The model's name in reports. Default: the file's, without its ending.</summary>
    public string? Model { get; init; }

    /// <summary>Sampling temperature where a call does not say. Default 0.7.</summary>
    public float Temperature { get; init; } = 0.7f;

    /// <summary>The most tokens of a reply where a call does not say, and at most where it does. Default 256.</summary>
    public int ReplyTokens { get; init; } = 256;

    /// <summary>What chance depends on beside who asks and in which turn. The same seed gives the same replies for the same batches.</summary>
    public ulong Seed { get; init; }
}
