using System.Text.Json;
using Polyphony.Rooms;

namespace Polyphony.Cli.Replay;

/// <summary>
/// One line of the JSON format: <c>{"at","author","text","id"?,"replyTo"?}</c>. Other keys are left alone. <c>at</c> is an ISO 8601 date
/// and time; one without an offset is UTC.
/// </summary>
internal static class JsonlLine
{
    public static ChatLine Parse(long line, ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return new ChatLine.Skipped(line, "it is not a JSON object");
            }

            var fields = default(Fields);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                fields.Take(ref reader);
            }

            // Anything after the object throws here, as broken JSON does.
            while (reader.Read())
            {
            }

            return ChatLine.Say(fields.ToMessage(line));
        }
        catch (JsonException wrong)
        {
            return new ChatLine.Skipped(line, $"it is not valid JSON at byte {wrong.BytePositionInLine + 1}");
        }
        catch (FieldException wrong)
        {
            return new ChatLine.Skipped(line, wrong.Message);
        }
    }

    private static RecordedTime ReadTime(ref Utf8JsonReader reader, RecordedTime? before)
    {
        if (before is not null)
        {
            throw new FieldException("the key 'at' is there twice");
        }

        if (reader.TokenType != JsonTokenType.String || !reader.TryGetDateTime(out var time))
        {
            throw new FieldException("'at' is not an ISO 8601 date and time, in UTC from year 1 to 9999");
        }

        // The reader would take a time without an offset for one of this machine; a record must read the same everywhere.
        return RecordedTime.Of(time.Kind == DateTimeKind.Unspecified ? new(time, TimeSpan.Zero) : reader.GetDateTimeOffset());
    }

    private static string ReadText(ref Utf8JsonReader reader, string key, string? before)
    {
        if (before is not null)
        {
            throw new FieldException($"the key '{key}' is there twice");
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            throw new FieldException($"'{key}' is not a string");
        }

        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new FieldException($"'{key}' holds half of a character");
        }
    }

    private static string? ReadId(ref Utf8JsonReader reader, string key, string? before)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return before;
        }

        var id = ReadText(ref reader, key, before);
        return id.Length is > 0 and <= ChatLine.LongestName
            ? id
            : throw new FieldException($"'{key}' has {id.Length} characters; an id has 1 to {ChatLine.LongestName}");
    }

    private static string? ReadOwnId(ref Utf8JsonReader reader, string? before)
    {
        var id = ReadId(ref reader, "id", before);
        return id is [MessageId.RoomGiven, ..]
            ? throw new FieldException($"'id' begins with '{MessageId.RoomGiven}', as only ids that a room gives do")
            : id;
    }

    private struct Fields
    {
        private RecordedTime? _at;
        private string? _author;
        private string? _text;
        private string? _id;
        private string? _replyTo;

        /// <summary>Takes the key that the reader is at, and its value.</summary>
        public void Take(ref Utf8JsonReader reader)
        {
            var key = KeyOf(ref reader);
            reader.Read();
            switch (key)
            {
                case "at":
                    _at = ReadTime(ref reader, _at);
                    break;
                case "author":
                    _author = ReadText(ref reader, key, _author);
                    break;
                case "text":
                    _text = ReadText(ref reader, key, _text);
                    break;
                case "id":
                    _id = ReadOwnId(ref reader, _id);
                    break;
                case "replyTo":
                    _replyTo = ReadId(ref reader, key, _replyTo);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        public readonly ChatLine.Said ToMessage(long line)
        {
            var author = _author ?? throw Missing("author");
            var at = _at ?? throw Missing("at");
            var text = _text ?? throw Missing("text");
            return string.IsNullOrWhiteSpace(author)
                ? throw new FieldException("'author' is empty")
                : new(line, at, author, text) { Id = _id, ReplyTo = _replyTo };
        }

        private static string? KeyOf(ref Utf8JsonReader reader)
        {
            try
            {
                return reader.ValueTextEquals("at"u8) ? "at"
                    : reader.ValueTextEquals("author"u8) ? "author"
                    : reader.ValueTextEquals("text"u8) ? "text"
                    : reader.ValueTextEquals("id"u8) ? "id"
                    : reader.ValueTextEquals("replyTo"u8) ? "replyTo"
                    : null;
            }
            catch (InvalidOperationException)
            {
                throw new FieldException("a key holds half of a character");
            }
        }

        private static FieldException Missing(string key) => new($"the key '{key}' is missing");
    }

    /// <summary>A key is missing, or its value is not what it must be.</summary>
    private sealed class FieldException(string message) : Exception(message);
}
