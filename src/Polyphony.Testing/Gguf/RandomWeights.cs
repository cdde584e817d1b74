using System.Buffers.Binary;

namespace Polyphony.Testing.Gguf;

/// <summary>Random numbers as the bytes of a tensor. SplitMix64, since a model has half a billion of them; the same everywhere for the same seed.</summary>
internal sealed class RandomWeights(ulong seed)
{
    private const int BlockNumbers = 32;

    // The deviation of numbers that are as likely to be anything from −1 to 1, and of whole ones from −8 to 7.
    private static readonly float Uniform = 1 / MathF.Sqrt(3);
    private static readonly float Nibble = MathF.Sqrt(255f / 12);

    private readonly byte[] _chunk = new byte[BlockNumbers * 34 * 1024];
    private ulong _state = seed;

    public static void WriteOnes(Stream stream, int count)
    {
        Span<byte> one = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(one, 1);
        for (var i = 0; i < count; i++)
        {
            stream.Write(one);
        }
    }

    /// <summary>Writes numbers around 0 with this deviation.</summary>
    public void Write(Stream stream, GgufType type, long bytes, float deviation)
    {
        var unit = type switch { GgufType.F32 => sizeof(float), GgufType.Q8 => 34, _ => 18 };
        for (var left = bytes; left > 0;)
        {
            var chunk = _chunk.AsSpan(0, (int)Math.Min(left, _chunk.Length / unit * unit));
            switch (type)
            {
                case GgufType.F32:
                    FillNumbers(chunk, deviation / Uniform);
                    break;
                case GgufType.Q8:
                    FillBytes(chunk, (Half)(deviation / Uniform / 127));
                    break;
                default:
                    FillNibbles(chunk, (Half)(deviation / Nibble));
                    break;
            }

            stream.Write(chunk);
            left -= chunk.Length;
        }
    }

    private void FillNumbers(Span<byte> chunk, float most)
    {
        for (var i = 0; i < chunk.Length; i += sizeof(float))
        {
            var between = ((Next() >> 40) * (2f / (1 << 24))) - 1;
            BinaryPrimitives.WriteSingleLittleEndian(chunk[i..], between * most);
        }
    }

    private void FillBytes(Span<byte> chunk, Half scale)
    {
        for (var i = 0; i < chunk.Length; i += 34)
        {
            BinaryPrimitives.WriteHalfLittleEndian(chunk[i..], scale);
            var block = chunk.Slice(i + 2, BlockNumbers);
            Fill(block);
            for (var k = 0; k < block.Length; k++)
            {
                // −128 has no counterpart, and the library's fast paths rely on there being none.
                block[k] = block[k] == 0x80 ? (byte)0x81 : block[k];
            }
        }
    }

    private void FillNibbles(Span<byte> chunk, Half scale)
    {
        for (var i = 0; i < chunk.Length; i += 18)
        {
            BinaryPrimitives.WriteHalfLittleEndian(chunk[i..], scale);
            Fill(chunk.Slice(i + 2, BlockNumbers / 2));
        }
    }

    private void Fill(Span<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i += sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[i..], Next());
        }
    }

    private ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
