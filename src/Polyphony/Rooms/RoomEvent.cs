using System.Text.Json.Serialization;

namespace Polyphony.Rooms;

/// <summary>
/// One thing that happened in a room. The log holds these and nothing else; a room is the fold of its log.
/// </summary>
/// <remarks>A kind's discriminator and its fields are a stored format: see <see cref="RoomEventCodec.Version"/>.</remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(RoomOpened), "room.opened")]
[JsonDerivedType(typeof(PersonasAway), "personas.away")]
[JsonDerivedType(typeof(RulesChanged), "room.rules-changed")]
[JsonDerivedType(typeof(ParticipantJoined), "participant.joined")]
[JsonDerivedType(typeof(ParticipantLeft), "participant.left")]
[JsonDerivedType(typeof(MessagePosted), "message.posted")]
[JsonDerivedType(typeof(TurnOffered), "turn.offered")]
[JsonDerivedType(typeof(TurnClosed), "turn.closed")]
public abstract record RoomEvent
{
    private protected RoomEvent()
    {
    }
}

/// <summary>The room came into being.</summary>
/// <param name="Room">Its id.</param>
/// <param name="Rules">What holds in it.</param>
public sealed record RoomOpened(RoomId Room, RoomRules Rules) : RoomEvent;

/// <summary>The process that served the room is gone or going: every persona is away until it joins again.</summary>
/// <param name="Reason">Why.</param>
public sealed record PersonasAway(string Reason) : RoomEvent;

/// <summary>The rules were set anew.</summary>
/// <param name="Rules">What holds from here on.</param>
public sealed record RulesChanged(RoomRules Rules) : RoomEvent;

/// <summary>Somebody is here. For a persona that was away, it is its return: its cursor stays where it was.</summary>
/// <param name="Id">Who.</param>
/// <param name="Kind">What kind of participant.</param>
/// <param name="Name">The name to show.</param>
public sealed record ParticipantJoined(ParticipantId Id, AuthorKind Kind, string Name) : RoomEvent;

/// <summary>Somebody left for good: a later return begins after what was said meanwhile.</summary>
/// <param name="Id">Who.</param>
/// <param name="Reason">Why.</param>
public sealed record ParticipantLeft(ParticipantId Id, string Reason) : RoomEvent;

/// <summary>Somebody who is not answering a turn said something.</summary>
/// <param name="Message">What.</param>
public sealed record MessagePosted(Message Message) : RoomEvent;

/// <summary>A persona was offered a turn.</summary>
/// <param name="Turn">The turn.</param>
/// <param name="Attempt">Counted from 1; a superseded turn is offered again with the next number.</param>
/// <param name="Persona">Who.</param>
/// <param name="First">The first message of the burst.</param>
/// <param name="Last">The last message of the burst. Own messages between the two are not part of it.</param>
/// <param name="Ground">Why this persona, why now, as a person reads it.</param>
/// <param name="At">When.</param>
public sealed record TurnOffered(
    TurnId Turn, int Attempt, ParticipantId Persona, long First, long Last, string Ground, DateTimeOffset At) : RoomEvent;

/// <summary>An offer ended. The reply, the outcome and the persona's new cursor are this one event, so that none is there without the others.</summary>
/// <param name="Turn">The turn.</param>
/// <param name="Attempt">The attempt that ended.</param>
/// <param name="Persona">Whose.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Cursor">The persona has dealt with everything up to this message.</param>
/// <param name="Reply">What it said; only with <see cref="TurnOutcome.Spoke"/>.</param>
/// <param name="At">When.</param>
public sealed record TurnClosed(
    TurnId Turn,
    int Attempt,
    ParticipantId Persona,
    TurnOutcome Outcome,
    long Cursor,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] Message? Reply,
    DateTimeOffset At) : RoomEvent;
