using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Polyphony.Diagnostics;

/// <summary>
/// Lines of JSON as bytes. What stands around the values is written as it is, and plain text is copied; only text with something to escape takes the way through the platform's
/// writer. Belongs to one writer.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The platform's writer holds nothing but this buffer.")]
internal sealed class JsonLines : IBufferWriter<byte>
{
    private const int MostBytesOfChar = 6;

    // What stands in JSON as it is, one byte a character.
    private static readonly SearchValues<char> Plain =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(static c => (char)c).Where(static c => c is not ('"' or '\\'))]);

    private readonly Utf8JsonWriter _escaping;
    private byte[] _bytes = new byte[256 * 1024];
    private int _length;

    // The text is read by people and by jq, never put into a web page as it is.
    public JsonLines() => _escaping = new(this, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public int Length => _length;

    /// <summary>Takes back what was written after the first <paramref name="length"/> bytes.</summary>
    public void CutTo(int length) => _length = length;

    /// <summary>Bytes as they are.</summary>
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Plain characters as they are, without quotes.</summary>
    public void Raw(ReadOnlySpan<char> plain)
    {
        Ascii.FromUtf16(plain, GetSpan(plain.Length), out var written);
        _length += written;
    }

    /// <summary>A text, with its quotes.</summary>
    public void Text(ReadOnlySpan<char> text)
    {
        if (text.ContainsAnyExcept(Plain))
        {
            _escaping.Reset(this);
            _escaping.WriteStringValue(text);
            _escaping.Flush();
            return;
        }

        var to = GetSpan(text.Length + 2);
        to[0] = (byte)'"';
        Ascii.FromUtf16(text, to[1..], out var written);
        to[written + 1] = (byte)'"';
        _length += written + 2;
    }

    public void Number(long value)
    {
        value.TryFormat(GetSpan(ProbeNumber.MostChars), out var written, default, CultureInfo.InvariantCulture);
        _length += written;
    }

    /// <summary>A number with at most three decimals. It must be finite.</summary>
    public void Number(double value)
    {
        Span<char> digits = stackalloc char[ProbeNumber.MostChars];
        Raw(digits[..ProbeNumber.Format(value, digits)]);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        var most = Math.Max(sizeHint, MostBytesOfChar);
        if (_bytes.Length - _length < most)
        {
            Array.Resize(ref _bytes, checked(Math.Max(_bytes.Length * 2, _length + most)));
        }

        return _bytes.AsSpan(_length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public void Advance(int count) => _length += count;
}
