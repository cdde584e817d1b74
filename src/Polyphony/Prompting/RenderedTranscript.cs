using Microsoft.Extensions.AI;
using Polyphony.Rooms;

namespace Polyphony.Prompting;

/// <summary>
/// The chat messages that a room's messages become, made once for all personas of the room. Thread-safe without a lock: two personas may render the same
/// message at once and get equal results. Adapters must not change the messages they are given; they are shared.
/// </summary>
/// <remarks>Bounded: the newest <see cref="Capacity"/> messages; an older one is rendered again when it is needed.</remarks>
public sealed class RenderedTranscript
{
    /// <summary>How many messages are kept: 64.</summary>
    public const int Capacity = 64;

    private Rendering?[]? _ring;

    /// <summary>The message as <paramref name="reader"/> is shown it: its own as the assistant's, everybody else's as a user's, with the name in front.</summary>
    public ChatMessage For(ParticipantId reader, Message message, Roster roster)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(roster);
        var ring = _ring ??= new Rendering?[Capacity];
        ref var place = ref ring[message.Seq % Capacity];
        var rendering = Volatile.Read(ref place);
        if (rendering is null || !ReferenceEquals(rendering.Message, message))
        {
            rendering = new(message);
            Volatile.Write(ref place, rendering);
        }

        return message.Author == reader
            ? rendering.Own ??= new(ChatRole.Assistant, ContentNeutralizer.Neutralize(message.Text))
            : rendering.Shared ??= new(ChatRole.User, $"{ContentNeutralizer.Neutralize(roster.NameOf(message.Author))}: {ContentNeutralizer.Neutralize(message.Text)}");
    }

    private sealed class Rendering(Message message)
    {
        public Message Message { get; } = message;

        public ChatMessage? Own { get; set; }

        public ChatMessage? Shared { get; set; }
    }
}
