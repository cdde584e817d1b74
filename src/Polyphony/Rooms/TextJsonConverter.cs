using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Polyphony.Rooms;

/// <summary>
/// Writes text as a JSON string; text with a lone surrogate, which no JSON string can hold, as the array of its UTF-16 units. So what was said comes back as it
/// was given, and two ids that differ stay different.
/// </summary>
internal sealed class TextJsonConverter : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ReadText(ref reader);

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => WriteText(writer, value);

    public static string ReadText(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return reader.GetString() ?? throw new JsonException("a text is null");
        }

        var text = new StringBuilder();
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            text.Append((char)reader.GetUInt16());
        }

        return reader.TokenType == JsonTokenType.EndArray ? text.ToString() : throw new JsonException("a text is neither a string nor UTF-16 units");
    }

    public static void WriteText(Utf8JsonWriter writer, string text)
    {
        if (IsWellFormed(text))
        {
            writer.WriteStringValue(text);
            return;
        }

        writer.WriteStartArray();
        foreach (var unit in text)
        {
            writer.WriteNumberValue(unit);
        }

        writer.WriteEndArray();
    }

    private static bool IsWellFormed(string text)
    {
        var at = text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff');
        for (; at >= 0 && at < text.Length; at++)
        {
            if (char.IsSurrogate(text[at]) && (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[++at])))
            {
                return false;
            }
        }

        return true;
    }
}
