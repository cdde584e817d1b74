using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Polyphony.Rooms;

/// <summary>
/// Writes any text so that it reads back as the same text. A JSON string cannot carry half of a surrogate pair: such text is written as
/// <c>{"utf16":"…"}</c> instead, its UTF-16 little-endian code units in Base64. All other text is a plain JSON string.
/// </summary>
internal sealed class StoredTextJsonConverter : JsonConverter<string>
{
    private static readonly JsonEncodedText Utf16 = JsonEncodedText.Encode("utf16");

    public static void Write(Utf8JsonWriter writer, string text)
    {
        if (IsWellFormed(text))
        {
            writer.WriteStringValue(text);
            return;
        }

        var units = new byte[2 * text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(units.AsSpan(2 * i), text[i]);
        }

        writer.WriteStartObject();
        writer.WriteBase64String(Utf16, units);
        writer.WriteEndObject();
    }

    public static string Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return reader.GetString() ?? throw new JsonException("a text is null");
        }

        if (!reader.Read() || !reader.ValueTextEquals(Utf16.EncodedUtf8Bytes) || !reader.Read()
            || !reader.TryGetBytesFromBase64(out var units) || units.Length % 2 != 0 || !reader.Read()
            || reader.TokenType != JsonTokenType.EndObject)
        {
            throw new JsonException("a text is neither a string nor an object with its UTF-16 code units");
        }

        return string.Create(units.Length / 2, units, static (text, units) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = (char)BinaryPrimitives.ReadUInt16LittleEndian(units.AsSpan(2 * i));
            }
        });
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => Write(writer, value);

    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader);

    private static bool IsWellFormed(string text)
    {
        var rest = text.AsSpan();
        while (rest.IndexOfAnyInRange('\uD800', '\uDFFF') is var at and >= 0)
        {
            if (at + 1 >= rest.Length || !char.IsSurrogatePair(rest[at], rest[at + 1]))
            {
                return false;
            }

            rest = rest[(at + 2)..];
        }

        return true;
    }
}
