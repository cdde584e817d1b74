using System.Text;

namespace Polyphony.Prompting;

/// <summary>The estimate for a model whose tokenizer nobody has: a quarter of the UTF-8 bytes.</summary>
public sealed class ByteTokenCounter : ITokenCounter
{
    private const int BytesPerToken = 4;

    private ByteTokenCounter()
    {
    }

    /// <summary>The only value.</summary>
    public static ByteTokenCounter Instance { get; } = new();

    /// <inheritdoc/>
    public string Name => "bytes/4";

    /// <inheritdoc/>
    public int Count(ReadOnlySpan<char> text) => OfBytes(Encoding.UTF8.GetByteCount(text));

    /// <summary>The estimate for that many bytes.</summary>
    internal static int OfBytes(int bytes) => (bytes + BytesPerToken - 1) / BytesPerToken;
}
