namespace Polyphony.Testing.Gguf;

/// <summary>How large a model is: the numbers that its time and memory depend on.</summary>
/// <param name="Blocks">Layers of attention and feed-forward.</param>
/// <param name="Width">Numbers of one token's state; a multiple of <paramref name="Heads"/>.</param>
/// <param name="FeedForward">Numbers inside a feed-forward layer.</param>
/// <param name="Heads">Heads of attention.</param>
/// <param name="KeyHeads">Heads of keys and values; <paramref name="Heads"/> is a multiple.</param>
/// <param name="Context">The longest text, in tokens.</param>
public sealed record GgufShape(int Blocks, int Width, int FeedForward, int Heads, int KeyHeads, int Context)
{
    /// <summary>The smallest that is worth the name: 0.4 MB with the vocabulary of bytes.</summary>
    public static GgufShape Tiny { get; } = new(2, 64, 128, 4, 2, 4096);

    /// <summary>That of Qwen2.5-0.5B: 494 million weights with its vocabulary.</summary>
    public static GgufShape Qwen25Half { get; } = new(24, 896, 4864, 14, 2, 32_768);

    /// <summary>Numbers of one head.</summary>
    public int HeadWidth => Width / Heads;
}
