using System.Buffers.Binary;
using System.Text;

namespace Polyphony.Testing.Gguf;

/// <summary>
/// Writes a GGUF file of version 3: values under keys, then tensors, in the order in which they were given. The data of a tensor is asked for when it is written, so
/// that a file larger than memory can be made. Not thread-safe.
/// </summary>
public sealed class GgufWriter
{
    private const int Alignment = 32;
    private const int BlockNumbers = 32;
    private const int Version = 3;

    private readonly List<Action<Stream>> _values = [];
    private readonly List<Tensor> _tensors = [];

    /// <summary>Adds a text.</summary>
    public GgufWriter Set(string key, string value) => Value(key, 8, stream => Text(stream, value));

    /// <summary>Adds a number.</summary>
    public GgufWriter Set(string key, uint value) => Value(key, 4, stream => UInt32(stream, value));

    /// <summary>Adds a number.</summary>
    public GgufWriter Set(string key, float value) => Value(key, 6, stream => UInt32(stream, BitConverter.SingleToUInt32Bits(value)));

    /// <summary>Adds a yes or no.</summary>
    public GgufWriter Set(string key, bool value) => Value(key, 7, stream => stream.WriteByte(value ? (byte)1 : (byte)0));

    /// <summary>Adds texts.</summary>
    public GgufWriter Set(string key, IReadOnlyCollection<string> values) => List(key, 8, values, Text);

    /// <summary>Adds numbers.</summary>
    public GgufWriter Set(string key, IReadOnlyCollection<int> values) => List(key, 5, values, (stream, value) => UInt32(stream, (uint)value));

    /// <summary>Adds numbers.</summary>
    public GgufWriter Set(string key, IReadOnlyCollection<float> values) => List(key, 6, values, (stream, value) => UInt32(stream, BitConverter.SingleToUInt32Bits(value)));

    /// <summary>Adds a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">How its numbers are stored.</param>
    /// <param name="dimensions">How many numbers in each direction, the one whose numbers lie side by side first. Blocks of 32 must fit into the first.</param>
    /// <param name="write">Writes exactly <see cref="BytesOf"/> bytes.</param>
    public GgufWriter AddTensor(string name, GgufType type, IReadOnlyList<long> dimensions, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(dimensions);
        _tensors.Add(new(name, type, [.. dimensions], BytesOf(type, dimensions), write));
        return this;
    }

    /// <summary>The bytes that a tensor takes.</summary>
    /// <exception cref="ArgumentException">It has no dimension, one below 1, or blocks that do not fit into the first.</exception>
    public static long BytesOf(GgufType type, IReadOnlyList<long> dimensions)
    {
        ArgumentNullException.ThrowIfNull(dimensions);
        if (dimensions.Count is 0 or > 4 || dimensions.Any(d => d < 1))
        {
            throw new ArgumentException("a tensor has one to four dimensions of 1 or more", nameof(dimensions));
        }

        var numbers = dimensions.Aggregate(1L, (product, dimension) => checked(product * dimension));
        if (type == GgufType.F32)
        {
            return checked(numbers * sizeof(float));
        }

        return dimensions[0] % BlockNumbers == 0
            ? checked(numbers / BlockNumbers * (type == GgufType.Q8 ? 34 : 18))
            : throw new ArgumentException($"blocks of {BlockNumbers} numbers do not fit into rows of {dimensions[0]}; choose a multiple, or F32", nameof(dimensions));
    }

    /// <summary>Writes the file, over one that is there.</summary>
    /// <exception cref="InvalidOperationException">The data of a tensor was of another length than its dimensions say.</exception>
    public void Write(string path)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        stream.Write("GGUF"u8);
        UInt32(stream, Version);
        UInt64(stream, (ulong)_tensors.Count);
        UInt64(stream, (ulong)_values.Count);
        foreach (var value in _values)
        {
            value(stream);
        }

        var offset = 0L;
        foreach (var tensor in _tensors)
        {
            Text(stream, tensor.Name);
            UInt32(stream, (uint)tensor.Dimensions.Length);
            foreach (var dimension in tensor.Dimensions)
            {
                UInt64(stream, (ulong)dimension);
            }

            UInt32(stream, (uint)tensor.Type);
            UInt64(stream, (ulong)offset);
            offset += Aligned(tensor.Bytes);
        }

        Pad(stream);
        foreach (var tensor in _tensors)
        {
            var start = stream.Position;
            tensor.Write(stream);
            if (stream.Position - start != tensor.Bytes)
            {
                throw new InvalidOperationException($"{tensor.Name} was written with {stream.Position - start} bytes and has {tensor.Bytes}; write as many as BytesOf says");
            }

            Pad(stream);
        }
    }

    private GgufWriter Value(string key, uint type, Action<Stream> write)
    {
        _values.Add(stream =>
        {
            Text(stream, key);
            UInt32(stream, type);
            write(stream);
        });
        return this;
    }

    private GgufWriter List<T>(string key, uint type, IReadOnlyCollection<T> values, Action<Stream, T> write)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Value(key, 9, stream =>
        {
            UInt32(stream, type);
            UInt64(stream, (ulong)values.Count);
            foreach (var value in values)
            {
                write(stream, value);
            }
        });
    }

    private static void Text(Stream stream, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        UInt64(stream, (ulong)bytes.Length);
        stream.Write(bytes);
    }

    private static void UInt32(Stream stream, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    private static void UInt64(Stream stream, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    private static void Pad(FileStream stream)
    {
        Span<byte> zeros = stackalloc byte[Alignment];
        zeros.Clear();
        stream.Write(zeros[..(int)(Aligned(stream.Position) - stream.Position)]);
    }

    private static long Aligned(long position) => (position + Alignment - 1) / Alignment * Alignment;

    private sealed record Tensor(string Name, GgufType Type, long[] Dimensions, long Bytes, Action<Stream> Write);
}
