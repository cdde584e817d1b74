using System.Diagnostics;
using System.Numerics;

namespace Polyphony.Turns;

/// <summary>
/// How often something took how long, in bounded memory: log-linear buckets, 32 to an octave, so a percentile is within 1.6 % of the true value; count, sum
/// and maximum are exact. What takes longer than 38 hours is told apart no more: a percentile that falls there is the maximum. Thread-safe, without a lock.
/// </summary>
/// <remarks>11 KiB once something was recorded. A percentile read while others record may miss the newest samples.</remarks>
public sealed class LatencyHistogram
{
    private const int SubBucketBits = 5;
    private const int SubBuckets = 1 << SubBucketBits;
    private const int Octaves = 43;

    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    private long[]? _buckets;
    private long _count;
    private long _sum;
    private long _min = long.MaxValue;
    private long _max;

    /// <summary>How many samples there are.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The mean, in microseconds; null without a sample.</summary>
    public double? MeanUs => Count == 0 ? null : Volatile.Read(ref _sum) / 1e3 / Count;

    /// <summary>The smallest sample, in microseconds; null without a sample.</summary>
    public double? MinUs => Count == 0 ? null : Volatile.Read(ref _min) / 1e3;

    /// <summary>The largest sample, in microseconds; null without a sample.</summary>
    public double? MaxUs => Count == 0 ? null : Volatile.Read(ref _max) / 1e3;

    /// <summary>Records the time between two <see cref="Stopwatch"/> timestamps.</summary>
    public void Record(long fromTimestamp, long toTimestamp) => RecordNanoseconds((long)((toTimestamp - fromTimestamp) * NanosecondsPerTick));

    /// <summary>Records a duration. A negative one counts as zero.</summary>
    public void RecordNanoseconds(long nanoseconds)
    {
        var value = Math.Max(0, nanoseconds);
        var buckets = _buckets ?? Interlocked.CompareExchange(ref _buckets, new long[Octaves * SubBuckets], null) ?? _buckets!;

        // The ends first: a percentile is kept between them.
        Raise(ref _max, value);
        Lower(ref _min, value);
        Interlocked.Increment(ref buckets[BucketOf(value)]);
        Interlocked.Increment(ref _count);
        AddSaturating(ref _sum, value);
    }

    /// <summary>The value that <paramref name="percent"/> of the samples do not exceed, in microseconds; null without a sample.</summary>
    /// <param name="percent">Above 0, at most 100.</param>
    public double? PercentileUs(double percent)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(percent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        if (_buckets is not { } buckets)
        {
            return null;
        }

        var rank = (long)Math.Ceiling(Count * percent / 100);
        long seen = 0;
        for (var i = 0; i < buckets.Length; i++)
        {
            seen += Volatile.Read(ref buckets[i]);
            if (seen >= rank)
            {
                return i == buckets.Length - 1 ? MaxUs : Math.Clamp(MiddleOf(i), Volatile.Read(ref _min), Volatile.Read(ref _max)) / 1e3;
            }
        }

        return MaxUs;
    }

    private static int BucketOf(long value)
    {
        if (value < SubBuckets)
        {
            return (int)value;
        }

        var shift = BitOperations.Log2((ulong)value) - SubBucketBits;
        return Math.Min(((shift + 1) << SubBucketBits) + (int)(value >> shift) - SubBuckets, Octaves * SubBuckets - 1);
    }

    private static long MiddleOf(int bucket)
    {
        if (bucket < SubBuckets)
        {
            return bucket;
        }

        var shift = (bucket >> SubBucketBits) - 1;
        var low = (long)((bucket & (SubBuckets - 1)) + SubBuckets) << shift;
        return low + (1L << shift) / 2;
    }

    private static void AddSaturating(ref long target, long value)
    {
        for (var seen = Volatile.Read(ref target);;)
        {
            var sum = seen > long.MaxValue - value ? long.MaxValue : seen + value;
            var found = Interlocked.CompareExchange(ref target, sum, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    private static void Raise(ref long target, long value)
    {
        for (var seen = Volatile.Read(ref target); value > seen;)
        {
            var found = Interlocked.CompareExchange(ref target, value, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    private static void Lower(ref long target, long value)
    {
        for (var seen = Volatile.Read(ref target); value < seen;)
        {
            var found = Interlocked.CompareExchange(ref target, value, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }
}
