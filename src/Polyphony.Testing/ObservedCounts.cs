namespace Polyphony.Testing;

/// <summary>What the models of a factory were asked to do, every attempt counted before it could fail. Thread-safe.</summary>
public sealed class ObservedCounts
{
    private long _warmups;
    private long _generates;

    /// <summary>Attempts to warm up.</summary>
    public long Warmups => Volatile.Read(ref _warmups);

    /// <summary>Attempts to answer.</summary>
    public long Generates => Volatile.Read(ref _generates);

    internal void CountWarmup() => Interlocked.Increment(ref _warmups);

    internal void CountGenerate() => Interlocked.Increment(ref _generates);
}
