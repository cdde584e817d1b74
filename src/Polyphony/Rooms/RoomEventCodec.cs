using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Polyphony.Rooms;

/// <summary>The stored form of events: JSON, one array for all events of one append. Thread-safe.</summary>
/// <remarks>Every text reads back as it was given, half surrogate pairs included.</remarks>
public static class RoomEventCodec
{
    /// <summary>The version of the stored form. A log of a newer one is refused; an older one is read by its own rules.</summary>
    public const int Version = 1;

    // The relaxed encoder writes text as it is; the form is a database value, never part of a page.
    private static readonly RoomEventJsonContext Context = new(new JsonSerializerOptions(RoomEventJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    // A thread keeps its buffer, unless a long message has blown it up.
    private const int KeptBuffer = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Writes the events of one append.</summary>
    /// <returns>UTF-8 JSON, owned by the caller.</returns>
    public static byte[] Encode(IReadOnlyList<RoomEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        var buffer = _buffer ??= new(4096);
        buffer.ResetWrittenCount();
        var writer = _writer ??= new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        writer.Reset(buffer);
        writer.WriteStartArray();
        for (var i = 0; i < events.Count; i++)
        {
            JsonSerializer.Serialize(writer, events[i], Context.RoomEvent);
        }

        writer.WriteEndArray();
        writer.Flush();
        var json = buffer.WrittenSpan.ToArray();
        if (buffer.Capacity > KeptBuffer)
        {
            (_buffer, _writer) = (null, null);
        }

        return json;
    }

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    /// <exception cref="JsonException">The bytes are not events of this version.</exception>
    public static IReadOnlyList<RoomEvent> Decode(ReadOnlySpan<byte> json)
    {
        List<RoomEvent>? events;
        try
        {
            events = JsonSerializer.Deserialize(json, Context.ListRoomEvent);
        }
        catch (NotSupportedException error)
        {
            // The serializer's way to say that a kind is missing; all else that can be wrong is a JsonException already.
            throw new JsonException("an event has no kind", error);
        }

        return events is null || events.Contains(null!) ? throw new JsonException("an event is null") : events;
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    Converters = [typeof(StoredTextJsonConverter)])]
[JsonSerializable(typeof(RoomEvent))]
[JsonSerializable(typeof(List<RoomEvent>))]
internal sealed partial class RoomEventJsonContext : JsonSerializerContext;
