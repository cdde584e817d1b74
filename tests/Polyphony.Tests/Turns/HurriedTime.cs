using System.Collections.Concurrent;

namespace Polyphony.Tests.Turns;

/// <summary>A clock on which pauses are over at once and deadlines never come; it records the pauses.</summary>
internal sealed class HurriedTime : TimeProvider
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    public ConcurrentQueue<TimeSpan> Pauses { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var isPause = dueTime >= TimeSpan.Zero && dueTime <= LongestPause;
        if (isPause)
        {
            Pauses.Enqueue(dueTime);
        }

        return base.CreateTimer(callback, state, isPause ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, period);
    }
}
