using System.Text.Json;
using System.Text.Json.Serialization;

namespace Polyphony.Rooms;

/// <summary>Names a room within its log.</summary>
/// <param name="Value">Any non-empty text; compared ordinally.</param>
[JsonConverter(typeof(RoomIdJsonConverter))]
public readonly record struct RoomId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Says who somebody is: a person, a persona, an agent or a system. Who said what is this id, never a name.</summary>
/// <param name="Value">Any non-empty text; compared ordinally.</param>
[JsonConverter(typeof(ParticipantIdJsonConverter))]
public readonly record struct ParticipantId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Identifies a message within its room; posting an id twice posts it once.</summary>
/// <param name="Value">The poster's own id, or <c>#sequence</c> where the room gave it.</param>
[JsonConverter(typeof(MessageIdJsonConverter))]
public readonly record struct MessageId(string Value)
{
    /// <summary>The first character of every id that a room gives; a poster's own id may not begin with it.</summary>
    public const char RoomGiven = '#';

    /// <summary>Whether a room gave the id, so that no other message can have it.</summary>
    public bool IsRoomGiven => Value is [RoomGiven, ..];

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Identifies a turn within its room. A superseded turn keeps its id and gets the next attempt number.</summary>
/// <param name="Value">Counted from 1.</param>
[JsonConverter(typeof(TurnIdJsonConverter))]
public readonly record struct TurnId(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"t{Value}";
}

internal sealed class RoomIdJsonConverter : JsonConverter<RoomId>
{
    public override RoomId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(StoredTextJsonConverter.Read(ref reader));

    public override void Write(Utf8JsonWriter writer, RoomId value, JsonSerializerOptions options) =>
        StoredTextJsonConverter.Write(writer, value.Value);
}

internal sealed class ParticipantIdJsonConverter : JsonConverter<ParticipantId>
{
    public override ParticipantId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(StoredTextJsonConverter.Read(ref reader));

    public override void Write(Utf8JsonWriter writer, ParticipantId value, JsonSerializerOptions options) =>
        StoredTextJsonConverter.Write(writer, value.Value);
}

internal sealed class MessageIdJsonConverter : JsonConverter<MessageId>
{
    public override MessageId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(StoredTextJsonConverter.Read(ref reader));

    public override void Write(Utf8JsonWriter writer, MessageId value, JsonSerializerOptions options) =>
        StoredTextJsonConverter.Write(writer, value.Value);
}

internal sealed class TurnIdJsonConverter : JsonConverter<TurnId>
{
    public override TurnId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, TurnId value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
}
