namespace Polyphony.Memory;

/// <summary>Why an engram is kept but not recalled, and until when.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Until">When it may be recalled, unless it is released before.</param>
public sealed record EngramQuarantine(QuarantineReason Reason, DateTimeOffset Until);

/// <summary>An engram, and how well it is remembered. Not thread-safe: it belongs to its room's keeper.</summary>
public sealed class Remembrance
{
    /// <param name="engram">What is remembered.</param>
    /// <param name="place">The newest message of the transcript when it came to be: its own, or the last that a reflection knew of.</param>
    public Remembrance(Engram engram, long place)
    {
        ArgumentNullException.ThrowIfNull(engram);
        Engram = engram;
        Place = place;
        LastDecayed = engram.At;
    }

    /// <summary>What is remembered.</summary>
    public Engram Engram { get; }

    /// <summary>The newest message of the transcript when it came to be.</summary>
    public long Place { get; }

    /// <summary>As of <see cref="LastDecayed"/>.</summary>
    public double Salience { get; private set; } = Memory.Salience.Default;

    /// <summary>How often it was recalled, or confirmed by something that says the same.</summary>
    public long AccessCount { get; private set; }

    /// <summary>When last; null where never.</summary>
    public DateTimeOffset? LastAccessed { get; private set; }

    /// <summary>Until when fading is taken into <see cref="Salience"/>.</summary>
    public DateTimeOffset LastDecayed { get; private set; }

    /// <summary>Whether it stays as it is, and never gives way to others.</summary>
    public bool IsPinned { get; private set; }

    /// <summary>Why it is not recalled; null where it is.</summary>
    public EngramQuarantine? Quarantine { get; private set; }

    /// <summary>Whether its memory has let it go, so that what still points to it must not use it.</summary>
    internal bool IsGone { get; set; }

    /// <summary>Whether it was never stored.</summary>
    internal bool IsNew { get; set; }

    /// <summary>Whether its state has changed since it was stored.</summary>
    internal bool IsChanged { get; set; }

    /// <summary>Puts the state back that a store has kept.</summary>
    public Remembrance Restore(
        double salience, long accessCount, DateTimeOffset? lastAccessed, DateTimeOffset lastDecayed, bool isPinned, EngramQuarantine? quarantine)
    {
        (Salience, AccessCount, LastAccessed, LastDecayed, IsPinned, Quarantine) =
            (isPinned ? Memory.Salience.Pinned : Math.Clamp(salience, Memory.Salience.Floor, Memory.Salience.Pinned), accessCount, lastAccessed, lastDecayed, isPinned, quarantine);
        return this;
    }

    /// <summary>Its salience at a moment, without changing anything.</summary>
    public double SalienceAt(DateTimeOffset now) => IsPinned ? Memory.Salience.Pinned : Memory.Salience.After(Salience, now - LastDecayed);

    /// <summary>Fades until a moment. What has faded until then already does not fade again.</summary>
    internal void DecayTo(DateTimeOffset now)
    {
        Salience = SalienceAt(now);
        LastDecayed = now > LastDecayed ? now : LastDecayed;
    }

    /// <summary>It was recalled, or somebody said the same again.</summary>
    internal void Use(DateTimeOffset now)
    {
        DecayTo(now);
        Salience = IsPinned ? Memory.Salience.Pinned : Memory.Salience.Used(Salience);
        AccessCount++;
        LastAccessed = now;
    }

    /// <summary>Pins it, and releases it where it was in quarantine: a person has looked at it.</summary>
    internal void Pin()
    {
        (IsPinned, Salience, Quarantine) = (true, Memory.Salience.Pinned, null);
    }

    /// <summary>Lets it fade again from a moment on.</summary>
    internal void Unpin(DateTimeOffset now)
    {
        (IsPinned, LastDecayed) = (false, now);
    }

    internal void Hold(EngramQuarantine quarantine) => Quarantine = quarantine;

    internal void Release() => Quarantine = null;
}
