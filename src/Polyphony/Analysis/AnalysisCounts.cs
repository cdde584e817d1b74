using Polyphony.Diagnostics;

namespace Polyphony.Analysis;

/// <summary>What a room's <see cref="SharedAnalysis"/> did. Read while it works, each number is right and all together are of about the same moment. Thread-safe.</summary>
public sealed class AnalysisCounts
{
    private long _calls;
    private long _cached;
    private long _skipped;
    private long _givenUp;
    private long _inference;
    private long _envelope;
    private long _field;
    private long _empty;
    private long _timedOut;
    private long _budget;

    /// <summary>Model calls.</summary>
    public long Calls => Volatile.Read(ref _calls);

    /// <summary>Turns that got an analysis that another turn had asked for.</summary>
    public long Cached => Volatile.Read(ref _cached);

    /// <summary>Turns for which nothing was asked: there is at most one speciality here, or no model.</summary>
    public long Skipped => Volatile.Read(ref _skipped);

    /// <summary>Calls that were cancelled because nobody waited any more.</summary>
    public long GivenUp => Volatile.Read(ref _givenUp);

    /// <summary>Failures of every kind.</summary>
    public long Errors => Inference + Envelope + Field + Empty + TimedOut + Budget;

    /// <summary>Failures of kind <see cref="AnalysisError.Inference"/>.</summary>
    public long Inference => Volatile.Read(ref _inference);

    /// <summary>Failures of kind <see cref="AnalysisError.Envelope"/>.</summary>
    public long Envelope => Volatile.Read(ref _envelope);

    /// <summary>Failures of kind <see cref="AnalysisError.Field"/>.</summary>
    public long Field => Volatile.Read(ref _field);

    /// <summary>Failures of kind <see cref="AnalysisError.Empty"/>.</summary>
    public long Empty => Volatile.Read(ref _empty);

    /// <summary>Failures of kind <see cref="AnalysisError.TimedOut"/>.</summary>
    public long TimedOut => Volatile.Read(ref _timedOut);

    /// <summary>Failures of kind <see cref="AnalysisError.Budget"/>.</summary>
    public long Budget => Volatile.Read(ref _budget);

    internal void CountCall() => Interlocked.Increment(ref _calls);

    internal void CountCached() => Interlocked.Increment(ref _cached);

    internal void CountSkipped() => Interlocked.Increment(ref _skipped);

    internal void CountGivenUp() => Interlocked.Increment(ref _givenUp);

    internal void CountError(AnalysisError error)
    {
        Instruments.AnalysisFailed(error.Kind);
        ref var count = ref _inference;
        switch (error)
        {
            case AnalysisError.Envelope: count = ref _envelope; break;
            case AnalysisError.Field: count = ref _field; break;
            case AnalysisError.Empty: count = ref _empty; break;
            case AnalysisError.TimedOut: count = ref _timedOut; break;
            case AnalysisError.Budget: count = ref _budget; break;
        }

        Interlocked.Increment(ref count);
    }
}
