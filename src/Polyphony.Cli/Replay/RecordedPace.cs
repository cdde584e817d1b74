namespace Polyphony.Cli.Replay;

/// <summary>How long to wait before each message, so that a replay has the recorded pace.</summary>
internal sealed class RecordedPace
{
    /// <summary>The longest wait: a night's silence is not slept through.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private RecordedTime? _last;

    /// <summary>How long after the previous message this one came, from nothing to <see cref="Longest"/>.</summary>
    public TimeSpan GapBefore(RecordedTime time)
    {
        var gap = _last is { } last ? Between(last, time) : TimeSpan.Zero;
        _last = time;
        return gap < TimeSpan.Zero ? TimeSpan.Zero : gap > Longest ? Longest : gap;
    }

    private static TimeSpan Between(RecordedTime from, RecordedTime to)
    {
        if (from.Date is { } fromDate && to.Date is { } toDate)
        {
            return toDate.ToDateTime(to.Time) - fromDate.ToDateTime(from.Time);
        }

        // Without dates, a time that is less than half a day back is a clock put right; further back is the next day.
        var gap = to.Time.ToTimeSpan() - from.Time.ToTimeSpan();
        return gap < -Day / 2 ? gap + Day : gap;
    }
}
