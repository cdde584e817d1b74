using Polyphony.Turns;

namespace Polyphony.Rooms;

/// <summary>Something that is put before a room. A closed set; what comes of it is <see cref="RoomDecision"/>.</summary>
public abstract record RoomInput
{
    private protected RoomInput()
    {
    }
}

/// <summary>A process opens the room, new or from its log.</summary>
/// <param name="Room">The room's id.</param>
/// <param name="Rules">What is to hold from now on.</param>
public sealed record OpenRoom(RoomId Room, RoomRules Rules) : RoomInput;

/// <summary>Somebody comes in.</summary>
/// <param name="Id">Who.</param>
/// <param name="Kind">What kind of participant.</param>
/// <param name="Name">The name to show.</param>
public sealed record Join(ParticipantId Id, AuthorKind Kind, string Name) : RoomInput;

/// <summary>Somebody leaves for good.</summary>
/// <param name="Id">Who.</param>
/// <param name="Reason">Why.</param>
public sealed record Leave(ParticipantId Id, string Reason) : RoomInput;

/// <summary>Somebody who is not answering a turn says something.</summary>
/// <param name="Author">Who. An author the room does not know joins with it.</param>
/// <param name="Kind">What kind of participant; not a persona, whose words come as turns.</param>
/// <param name="Name">The author's name to show.</param>
/// <param name="Text">What; anything up to <see cref="Message.MaxLength"/>.</param>
public sealed record Post(ParticipantId Author, AuthorKind Kind, string Name, string Text) : RoomInput
{
    /// <summary>The poster's own id for it, by which posting again is seen; the room gives one where it is absent.</summary>
    public MessageId? Id { get; init; }

    /// <summary>What it answers.</summary>
    public MessageId? ReplyTo { get; init; }

    /// <summary>A post by a person: the id is the name's, in a space of its own, so that nobody can post as a persona.</summary>
    public static Post ByHuman(string name, string text) => new(HumanId(name), AuthorKind.Human, name, text);

    /// <summary>The id of the person with that name.</summary>
    public static ParticipantId HumanId(string name) => new($"human:{name}");
}

/// <summary>A persona hands in the result of a turn.</summary>
/// <param name="Result">What it made of it.</param>
public sealed record CompleteTurn(TurnResult Result) : RoomInput;

/// <summary>The process is about to close the room: every open turn ends, and the personas are away until they join again.</summary>
/// <param name="Reason">Why.</param>
public sealed record CloseRoom(string Reason) : RoomInput;
