using System.Text.Json;

namespace Polyphony.Personas;

/// <summary>A card written in JSON, strictly: no comments, no trailing commas.</summary>
internal static class JsonCard
{
    public static List<CardEntry> Read(string file, ReadOnlySpan<byte> utf8)
    {
        var lines = new LineCounter(utf8);
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Disallow, MaxDepth = 64 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw PersonaCardException.At(
                    file, lines.LineAt(reader.TokenStartIndex), "a card is an object of keys and values; begin with { \"name\": and a name");
            }

            var entries = new List<CardEntry>();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var line = lines.LineAt(reader.TokenStartIndex);
                var key = TextOf(file, ref reader, line);
                reader.Read();
                entries.Add(new(key, line, ReadValue(file, ref reader, ref lines)));
            }

            reader.Read();
            return entries;
        }
        catch (JsonException e)
        {
            throw PersonaCardException.At(
                file, (e.LineNumber ?? 0) + 1, $"this is not JSON ({Said(e)}); check commas, quotes and brackets, and leave out comments and trailing commas", e);
        }
    }

    private static CardValue ReadValue(string file, ref Utf8JsonReader reader, ref LineCounter lines)
    {
        var line = lines.LineAt(reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return new CardValue.Text(line, TextOf(file, ref reader, line));
            case JsonTokenType.Null:
                return new CardValue.Nothing(line);
            case JsonTokenType.StartArray:
                var items = new List<CardValue>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(reader.TokenType == JsonTokenType.StartArray
                        ? Skip(ref reader, line, "a list")
                        : ReadValue(file, ref reader, ref lines));
                }

                return new CardValue.List(line, items);
            case JsonTokenType.StartObject:
                return Skip(ref reader, line, "an object");
            default:
                return new CardValue.Other(line, reader.TokenType == JsonTokenType.Number ? "a number (put quotes around it)" : "true or false");
        }
    }

    private static CardValue.Other Skip(ref Utf8JsonReader reader, long line, string kind)
    {
        reader.Skip();
        return new(line, kind);
    }

    private static string TextOf(string file, ref Utf8JsonReader reader, long line)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException e)
        {
            throw PersonaCardException.At(file, line, "an escape in the text names half a character; write the character itself", e);
        }
    }

    private static string Said(JsonException e)
    {
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? e.Message : e.Message[..end]).TrimEnd('.');
    }

    /// <summary>Counts lines up to a position that only moves forward.</summary>
    private ref struct LineCounter(ReadOnlySpan<byte> utf8)
    {
        private readonly ReadOnlySpan<byte> _utf8 = utf8;
        private int _counted;
        private long _line = 1;

        public long LineAt(long position)
        {
            _line += _utf8[_counted..(int)position].Count((byte)'\n');
            _counted = (int)position;
            return _line;
        }
    }
}
