namespace Polyphony.Testing;

/// <summary>A clock on which it is always the same moment. Its timestamp, for measuring, moves when it is told to and only then. Thread-safe.</summary>
/// <remarks>
/// Its timers are accepted and never fire: a deadline never comes, and a delay lasts until it is cancelled. Where time is to pass and timers are to fire, use
/// a clock that is driven, such as <c>FakeTimeProvider</c>.
/// </remarks>
public sealed class FixedTimeProvider : TimeProvider
{
    private readonly DateTimeOffset _now;
    private long _timestamp;

    /// <summary>The clock stands at the start of 2000, UTC.</summary>
    public FixedTimeProvider()
        : this(new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <param name="now">Where the clock stands.</param>
    public FixedTimeProvider(DateTimeOffset now) => _now = now.ToUniversalTime();

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>One tick of <see cref="TimeSpan"/>: 10,000,000 a second.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _now;

    /// <inheritdoc/>
    public override long GetTimestamp() => Volatile.Read(ref _timestamp);

    /// <summary>Moves the timestamp on. The time of day stays.</summary>
    /// <param name="elapsed">By how much; not negative.</param>
    public void AdvanceTimestamp(TimeSpan elapsed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(elapsed, TimeSpan.Zero);
        Interlocked.Add(ref _timestamp, elapsed.Ticks);
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => NoTimer.Instance;

    private sealed class NoTimer : ITimer
    {
        public static NoTimer Instance { get; } = new();

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
