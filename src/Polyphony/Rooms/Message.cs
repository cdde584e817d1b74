using System.Text.Json.Serialization;

namespace Polyphony.Rooms;

/// <summary>What kind of participant said something.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AuthorKind>))]
public enum AuthorKind
{
    /// <summary>A person.</summary>
    Human,

    /// <summary>A persona of this room.</summary>
    Persona,

    /// <summary>A program that speaks for itself.</summary>
    Agent,

    /// <summary>The room or its operator.</summary>
    System,
}

/// <summary>One thing that somebody said, stored as it was given. Immutable.</summary>
public sealed record Message
{
    /// <summary>The most characters one message may hold (UTF-16 units): 4 Mi. A longer one is refused, never cut.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    /// <summary>The id of the message, unique in its room.</summary>
    public required MessageId Id { get; init; }

    /// <summary>Position in the room's transcript, counted from 1 without gaps.</summary>
    public required long Seq { get; init; }

    /// <summary>Who said it.</summary>
    public required ParticipantId Author { get; init; }

    /// <summary>What kind of participant said it.</summary>
    public required AuthorKind Kind { get; init; }

    /// <summary>What was said. It may hold anything: it is data, and is neutralised where it enters a prompt.</summary>
    public required string Text { get; init; }

    /// <summary>When the room took it.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The personas that the text addresses by name, in the order in which they first appear.</summary>
    public IReadOnlyList<ParticipantId> Mentions { get; init; } = [];

    /// <summary>The message that this one answers, where the author said so or a turn did.</summary>
    public MessageId? ReplyTo { get; init; }

    /// <summary>How many persona messages lead from the last human message to this one; 0 for a human's own.</summary>
    public int Hops { get; init; }

    /// <summary>Whether <paramref name="persona"/> is addressed by name.</summary>
    public bool Addresses(ParticipantId persona)
    {
        // An index loop: this runs for every seat and message, and an enumerator of the interface would be allocated.
        for (var i = 0; i < Mentions.Count; i++)
        {
            if (Mentions[i] == persona)
            {
                return true;
            }
        }

        return false;
    }
}
