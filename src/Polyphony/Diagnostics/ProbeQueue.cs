using System.Diagnostics.CodeAnalysis;

namespace Polyphony.Diagnostics;

/// <summary>
/// What waits for a probe file's writer. A full queue takes nothing, so that a turn never waits. What is queued is copied into a probe that was used before, so that a busy queue
/// allocates nothing; and there are only as many of these as ever waited at once, so that they stay in the processor's cache.
/// </summary>
internal sealed class ProbeQueue(int capacity)
{
    private readonly ProbeRing _waiting = new(capacity);
    private readonly ProbeRing _spare = new(capacity);

    public bool IsEmpty => _waiting.IsEmpty;

    /// <summary>Adds a probe; false where there is no room.</summary>
    public bool TryAdd(in SeenProbe probe)
    {
        var kept = _spare.TryTake(out var spare) ? spare : new();
        kept.Fill(probe);
        if (_waiting.TryAdd(kept))
        {
            return true;
        }

        Release(kept);
        return false;
    }

    /// <summary>Takes the oldest probe, to be given back with <see cref="Release"/>; false where there is none.</summary>
    public bool TryTake([NotNullWhen(true)] out CapturedProbe? probe) => _waiting.TryTake(out probe);

    /// <summary>Gives back a probe that was taken.</summary>
    public void Release(CapturedProbe probe)
    {
        probe.Clear();
        _spare.TryAdd(probe);
    }
}
