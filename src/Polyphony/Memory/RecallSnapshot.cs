namespace Polyphony.Memory;

/// <summary>What a persona recalls, prepared. Immutable but for the note that it was used.</summary>
internal sealed class RecallSnapshot(Engram[] engrams, double[] scores, long seq)
{
    private int _uses;

    public static RecallSnapshot Empty { get; } = new([], [], 0);

    /// <summary>The best first.</summary>
    public Engram[] Engrams { get; } = engrams;

    public double[] Scores { get; } = scores;

    /// <summary>The message against which it was prepared.</summary>
    public long Seq { get; } = seq;

    public void NoteUse() => Volatile.Write(ref _uses, 1);

    /// <summary>Whether it was used since this was last asked.</summary>
    public bool TakeUse() => Volatile.Read(ref _uses) != 0 && Interlocked.Exchange(ref _uses, 0) != 0;
}
