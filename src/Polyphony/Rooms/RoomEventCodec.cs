using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Polyphony.Rooms;

/// <summary>The stored form of events: JSON, one array for all events of one append. Thread-safe.</summary>
public static class RoomEventCodec
{
    /// <summary>The version of the stored form. A log of a newer one is refused; an older one is read by its own rules.</summary>
    public const int Version = 1;

    // The relaxed encoder writes text as it is; the form is a database value, never part of a page.
    private static readonly RoomEventJsonContext Context = new(new JsonSerializerOptions(RoomEventJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new TextJsonConverter() },
    });

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Writes the events of one append.</summary>
    /// <returns>UTF-8 JSON, owned by the caller.</returns>
    public static byte[] Encode(IReadOnlyList<RoomEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        var buffer = new ArrayBufferWriter<byte>(256 * Math.Max(1, events.Count));
        var writer = _writer ??= new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        writer.Reset(buffer);
        writer.WriteStartArray();
        for (var i = 0; i < events.Count; i++)
        {
            JsonSerializer.Serialize(writer, events[i], Context.RoomEvent);
        }

        writer.WriteEndArray();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    /// <exception cref="JsonException">The bytes are not events of this version.</exception>
    public static IReadOnlyList<RoomEvent> Decode(ReadOnlySpan<byte> json)
    {
        try
        {
            var events = JsonSerializer.Deserialize(json, Context.ListRoomEvent);
            return events is null || events.Contains(null!) ? throw new JsonException("an event is null") : events;
        }
        catch (NotSupportedException unknown)
        {
            // What the serializer says to an event without its kind.
            throw new JsonException(unknown.Message, unknown);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RoomEvent))]
[JsonSerializable(typeof(List<RoomEvent>))]
internal sealed partial class RoomEventJsonContext : JsonSerializerContext;
