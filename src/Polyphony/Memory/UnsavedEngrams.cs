namespace Polyphony.Memory;

/// <summary>What has changed in one persona's memory since it was last stored. Belongs to the room's keeper, one caller at a time.</summary>
internal sealed class UnsavedEngrams
{
    private readonly List<Remembrance> _added = [];
    private readonly List<Remembrance> _changed = [];
    private readonly List<GoneEngram> _gone = [];
    private bool _hasMoved;

    /// <summary>An engram has come.</summary>
    public void Add(Remembrance made)
    {
        made.IsNew = true;
        _added.Add(made);
        _hasMoved = true;
    }

    /// <summary>The state of an engram has changed. One that was never stored is stored as it is.</summary>
    public void Change(Remembrance remembrance)
    {
        if (!remembrance.IsNew && !remembrance.IsChanged)
        {
            remembrance.IsChanged = true;
            _changed.Add(remembrance);
        }
    }

    /// <summary>An engram is no more.</summary>
    public void Remove(GoneEngram gone) => _gone.Add(gone);

    /// <summary>The memory has come further.</summary>
    public void Move() => _hasMoved = true;

    /// <summary>Adds what a store has to write.</summary>
    public void Collect(List<Remembrance> added, List<Remembrance> changed, List<GoneEngram> gone, List<PersonaProgress> moved, PersonaProgress progress)
    {
        AddThere(_added, added);
        AddThere(_changed, changed);
        gone.AddRange(_gone);
        if (_hasMoved)
        {
            moved.Add(progress);
        }
    }

    /// <summary>What was collected is stored.</summary>
    public void Stored()
    {
        _added.ForEach(static r => r.IsNew = false);
        _changed.ForEach(static r => r.IsChanged = false);
        _added.Clear();
        _changed.Clear();
        _gone.Clear();
        _hasMoved = false;
    }

    private static void AddThere(List<Remembrance> from, List<Remembrance> to)
    {
        foreach (var remembrance in from)
        {
            if (!remembrance.IsGone)
            {
                to.Add(remembrance);
            }
        }
    }
}
