namespace Polyphony.Bids;

/// <summary>What a room's <see cref="RoomBids"/> did. Read while it works, each number is right and all together are of about the same moment. Thread-safe.</summary>
public sealed class BidCounts
{
    private long _calls;
    private long _cached;
    private long _passed;
    private long _givenUp;
    private long _inference;
    private long _malformed;
    private long _timedOut;

    /// <summary>Questions to a model: one for a message at the most, unless the first was given up.</summary>
    public long Calls => Volatile.Read(ref _calls);

    /// <summary>Turns that got the bids that another turn had asked for.</summary>
    public long Cached => Volatile.Read(ref _cached);

    /// <summary>Turns that passed on their bid, without a model call of their own.</summary>
    public long Passed => Volatile.Read(ref _passed);

    /// <summary>Questions that were cancelled because nobody waited any more.</summary>
    public long GivenUp => Volatile.Read(ref _givenUp);

    /// <summary>Failures of every kind.</summary>
    public long Errors => Inference + Malformed + TimedOut;

    /// <summary>Failures of kind <see cref="BidError.Inference"/>.</summary>
    public long Inference => Volatile.Read(ref _inference);

    /// <summary>Failures of kind <see cref="BidError.Malformed"/>.</summary>
    public long Malformed => Volatile.Read(ref _malformed);

    /// <summary>Failures of kind <see cref="BidError.TimedOut"/>.</summary>
    public long TimedOut => Volatile.Read(ref _timedOut);

    internal void CountCall() => Interlocked.Increment(ref _calls);

    internal void CountCached() => Interlocked.Increment(ref _cached);

    internal void CountPassed() => Interlocked.Increment(ref _passed);

    internal void CountGivenUp() => Interlocked.Increment(ref _givenUp);

    internal void CountError(BidError error)
    {
        ref var count = ref _inference;
        switch (error)
        {
            case BidError.Malformed: count = ref _malformed; break;
            case BidError.TimedOut: count = ref _timedOut; break;
        }

        Interlocked.Increment(ref count);
    }
}
