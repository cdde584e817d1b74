using System.Buffers.Binary;
using System.Text;

namespace Polyphony.Llama;

/// <summary>The beginning of a GGUF file, read to tell what is wrong with one before native code sees it.</summary>
/// <param name="Architecture">What it says its architecture is; empty where it says nothing.</param>
/// <param name="Length">The bytes the file must have for its tensors to be whole.</param>
internal sealed record GgufHeader(string Architecture, long Length)
{
    private const uint Magic = 0x46554747;
    private const int Dimensions = 4;
    private const int StringType = 8;
    private const int ArrayType = 9;
    private const int DefaultAlignment = 32;
    private const int LongestName = 64 * 1024;

    // Bytes of a value by its type: u8 i8 u16 i16 u32 i32 f32 bool string array u64 i64 f64.
    private static readonly int[] ValueBytes = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];

    // Values and bytes of a block, by the number of the tensor's type. A type that is not here is not held against the length; the engine does that.
    private static readonly Dictionary<uint, (int Values, int Bytes)> Blocks = new()
    {
        [0] = (1, 4), [1] = (1, 2), [2] = (32, 18), [3] = (32, 20), [6] = (32, 22), [7] = (32, 24), [8] = (32, 34), [10] = (256, 84), [11] = (256, 110),
        [12] = (256, 144), [13] = (256, 176), [14] = (256, 210), [30] = (1, 2),
    };

    /// <exception cref="LlamaException">The file is missing, empty, not GGUF or truncated, or says what would end the process in the engine.</exception>
    public static GgufHeader Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            if (stream.Length == 0)
            {
                throw new LlamaException(LlamaFault.FileEmpty, $"'{path}' is empty (0 bytes); fetch or make it again");
            }

            var header = new Reader(stream, path).Header();
            return header.Length <= stream.Length ? header : throw Truncated(path, stream.Length, header.Length);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new LlamaException(LlamaFault.FileMissing, $"'{path}' cannot be read; name a GGUF file that can", unreadable);
        }
    }

    private static LlamaException Truncated(string path, long length, long? needed = null) => new(
        LlamaFault.Truncated,
        $"'{path}' is cut off: it has {length} bytes{(needed is { } all ? $" of {all}" : ", less than its header")}; fetch or make it again");

    private sealed class Reader(FileStream stream, string path)
    {
        private readonly byte[] _number = new byte[8];
        private readonly GgufCheck _check = new(path);

        public GgufHeader Header()
        {
            if (stream.Length < sizeof(uint) || UInt32() != Magic)
            {
                throw new LlamaException(LlamaFault.NotGguf, $"'{path}' is not a GGUF file; name a model in that format");
            }

            if (UInt32() is not (2 or 3) and var version)
            {
                throw new LlamaException(LlamaFault.NotGguf, $"'{path}' is GGUF of version {version}, and 2 and 3 are known; convert it again");
            }

            var (tensors, values) = (Count(24), Count(12));
            var (architecture, alignment) = ("", (long)DefaultAlignment);
            for (var i = 0L; i < values; i++)
            {
                var (key, type) = (Text(), UInt32());
                switch (key, type)
                {
                    case ("general.architecture", StringType):
                        architecture = Text();
                        break;
                    case ("general.alignment", 4):
                        alignment = Math.Max(1, UInt32());
                        break;
                    case ("tokenizer.ggml.model", StringType):
                        _check.Tokenizer = Text();
                        break;
                    case ("tokenizer.ggml.tokens", ArrayType):
                        Tokens();
                        break;
                    case (_, < StringType or > ArrayType) when type < ValueBytes.Length:
                        _check.Number(key, Value(type));
                        break;
                    default:
                        SkipValue(type);
                        break;
                }
            }

            _check.Require(architecture);

            var data = 0L;
            for (var i = 0L; i < tensors; i++)
            {
                data = Math.Max(data, TensorEnd());
            }

            var start = (stream.Position + alignment - 1) / alignment * alignment;
            return new(architecture, data > long.MaxValue - start ? throw Broken() : start + data);
        }

        private long TensorEnd()
        {
            var (name, dimensions) = (Text(), UInt32());
            if (dimensions > Dimensions)
            {
                throw Broken();
            }

            UInt128 values = 1;
            for (var i = 0; i < dimensions; i++)
            {
                values *= Math.Min(UInt64(), long.MaxValue);
                values = values > long.MaxValue ? throw Broken() : values;
            }

            var (type, offset) = (UInt32(), UInt64());
            _check.Tensor(name, dimensions, type);
            var bytes = Blocks.TryGetValue(type, out var block) ? values / (uint)block.Values * (uint)block.Bytes : 0;
            return bytes + offset > long.MaxValue ? throw Broken() : (long)(bytes + offset);
        }

        private void SkipValue(uint type)
        {
            if (type == StringType)
            {
                Skip(Count(1));
            }
            else if (type == ArrayType)
            {
                var (element, count) = (UInt32(), UInt64());
                SkipElements(element, count);
            }
            else if (type < ValueBytes.Length)
            {
                Skip(ValueBytes[type]);
            }
            else
            {
                throw Broken();
            }
        }

        private void Tokens()
        {
            var (element, count) = (UInt32(), UInt64());
            if (element != StringType)
            {
                SkipElements(element, count);
                return;
            }

            for (var i = 0UL; i < count; i++)
            {
                _check.Token((long)i, Bytes());
            }
        }

        private double Value(uint type)
        {
            var number = Number(ValueBytes[type]);
            return type switch
            {
                0 or 7 => number[0],
                1 => (sbyte)number[0],
                2 => BinaryPrimitives.ReadUInt16LittleEndian(number),
                3 => BinaryPrimitives.ReadInt16LittleEndian(number),
                4 => BinaryPrimitives.ReadUInt32LittleEndian(number),
                5 => BinaryPrimitives.ReadInt32LittleEndian(number),
                6 => BinaryPrimitives.ReadSingleLittleEndian(number),
                10 => BinaryPrimitives.ReadUInt64LittleEndian(number),
                11 => BinaryPrimitives.ReadInt64LittleEndian(number),
                _ => BinaryPrimitives.ReadDoubleLittleEndian(number),
            };
        }

        private void SkipElements(uint element, ulong count)
        {
            if (element == StringType)
            {
                for (var i = 0UL; i < count; i++)
                {
                    Skip(Count(1));
                }
            }
            else if (element < ValueBytes.Length && element != ArrayType)
            {
                Skip((long)UInt128.Min((UInt128)count * (uint)ValueBytes[element], long.MaxValue));
            }
            else
            {
                throw Broken();
            }
        }

        /// <summary>A count of things of at least so many bytes each, which the rest of the file can hold.</summary>
        private long Count(int bytesEach)
        {
            var count = UInt64();
            return count > (ulong)((stream.Length - stream.Position) / bytesEach) ? throw Truncated(path, stream.Length) : (long)count;
        }

        private string Text() => Encoding.UTF8.GetString(Bytes());

        private byte[] Bytes()
        {
            var length = Count(1);
            var bytes = new byte[length > LongestName ? throw Broken() : length];
            stream.ReadExactly(bytes);
            return bytes;
        }

        private uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Number(sizeof(uint)));

        private ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Number(sizeof(ulong)));

        private ReadOnlySpan<byte> Number(int bytes)
        {
            var number = _number.AsSpan(0, bytes);
            return stream.ReadAtLeast(number, bytes, throwOnEndOfStream: false) == bytes ? number : throw Truncated(path, stream.Length);
        }

        private void Skip(long bytes)
        {
            if (bytes > stream.Length - stream.Position)
            {
                throw Truncated(path, stream.Length);
            }

            stream.Seek(bytes, SeekOrigin.Current);
        }

        private LlamaException Broken() => new(LlamaFault.NotGguf, $"'{path}' has a header that cannot be (near byte {stream.Position}); fetch or make it again");
    }
}
