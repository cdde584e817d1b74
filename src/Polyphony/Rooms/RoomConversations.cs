namespace Polyphony.Rooms;

/// <summary>The conversations that a room has given out, one for a persona. Thread-safe: loops take their seats while the writer works.</summary>
internal sealed class RoomConversations
{
    private readonly Lock _seating = new();
    private readonly Dictionary<ParticipantId, RoomConversation> _byPersona = [];

    /// <returns>False where the persona has one already.</returns>
    public bool TryAdd(ParticipantId persona, RoomConversation conversation)
    {
        lock (_seating)
        {
            return _byPersona.TryAdd(persona, conversation);
        }
    }

    public RoomConversation? Find(ParticipantId persona)
    {
        lock (_seating)
        {
            return _byPersona.GetValueOrDefault(persona);
        }
    }

    public RoomConversation[] All()
    {
        lock (_seating)
        {
            return [.. _byPersona.Values];
        }
    }
}
