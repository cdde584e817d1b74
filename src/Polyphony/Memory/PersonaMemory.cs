using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Memory;

/// <summary>One persona's memory of one room, as its turns see it: what was prepared is read, and what is new is handed over. Thread-safe; it never waits.</summary>
public sealed class PersonaMemory
{
    private readonly RoomMemory _room;
    private RecallSnapshot _snapshot = RecallSnapshot.Empty;
    private int _shown;

    internal PersonaMemory(RoomMemory room, ParticipantId owner, int window)
    {
        (_room, _shown) = (room, window);
        Owner = owner;
    }

    /// <summary>Whose it is.</summary>
    public ParticipantId Owner { get; }

    /// <summary>How many engrams it holds; a number that may be a moment old.</summary>
    public int Count { get; internal set; }

    /// <summary>What was prepared last.</summary>
    internal RecallSnapshot Prepared
    {
        get => Volatile.Read(ref _snapshot);
        set => Volatile.Write(ref _snapshot, value);
    }

    /// <summary>What comes to mind, the best first: prepared after the message before, and only read here. What it gives is remembered better afterwards.</summary>
    /// <returns>At most <see cref="MemoryOptions.RecallLimit"/> engrams, all of <see cref="Owner"/>; the same list until something new is prepared.</returns>
    public IReadOnlyList<Engram> Recall() => Take().Engrams;

    /// <summary>How many of the newest messages a prompt shows this persona, as far as is known: what is among them need not come to mind.</summary>
    internal int Window => Volatile.Read(ref _shown);

    /// <summary>A prompt showed so many of the newest messages; the next will show about as many.</summary>
    internal void Showed(int messages) => Volatile.Write(ref _shown, messages);

    internal RecallSnapshot Take()
    {
        var snapshot = Prepared;
        if (snapshot.Engrams.Length > 0)
        {
            snapshot.NoteUse();
        }

        return snapshot;
    }

    /// <summary>Hands what was said until now to the room's keeper, which admits it for every persona of the room. Never throws.</summary>
    /// <returns>How many messages of it the room's memories have not dealt with yet; 0 for an offer to somebody else, which is left alone.</returns>
    public int Admit(Offer offer) => offer is not null && offer.Persona == Owner ? _room.Hand(offer.Transcript, offer.Roster) : 0;
}
