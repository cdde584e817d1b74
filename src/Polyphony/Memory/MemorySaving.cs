using System.Diagnostics.CodeAnalysis;
using Polyphony.Rooms;

namespace Polyphony.Memory;

/// <summary>Gives a store what has changed in a room's memories. What it does not take is given to it again with what comes next. Belongs to the room's keeper, one caller at a time.</summary>
internal sealed class MemorySaving(IEngramStore store, RoomId room, List<StoredVector> vectors, Action<Exception> onFault)
{
    private readonly List<Remembrance> _added = [];
    private readonly List<Remembrance> _changed = [];
    private readonly List<GoneEngram> _gone = [];
    private readonly List<PersonaProgress> _moved = [];

    /// <returns>Why it is not saved; null where it is.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "A store is foreign code: what it throws is a counted fault, and what was to be saved stays to be saved.")]
    public async ValueTask<Exception?> SaveAsync(List<PersonaEngrams> personas)
    {
        _added.Clear();
        _changed.Clear();
        _gone.Clear();
        _moved.Clear();
        foreach (var persona in personas)
        {
            persona.Unsaved.Collect(_added, _changed, _gone, _moved, persona.Progress);
        }

        if (_added.Count + _changed.Count + _gone.Count + _moved.Count + vectors.Count == 0)
        {
            return null;
        }

        try
        {
            await store.SaveAsync(room, new() { Added = _added, Changed = _changed, Gone = _gone, Progress = _moved, Vectors = vectors });
        }
        catch (Exception failure)
        {
            onFault(failure);
            return failure;
        }

        personas.ForEach(static p => p.Unsaved.Stored());
        vectors.Clear();
        return null;
    }
}
