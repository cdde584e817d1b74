using System.Diagnostics;

namespace Polyphony.Diagnostics;

/// <summary>
/// The timing of one append to a log. It begins on the room's writer and may end on the log's own thread, so it is never the ambient activity of either.
/// </summary>
internal readonly struct AppendSpan
{
    private readonly RoomProbe? _probe;
    private readonly Activity? _span;
    private readonly int _events;
    private readonly long _began;

    private AppendSpan(RoomProbe? probe, Activity? span, int events)
    {
        _probe = probe;
        _span = span;
        _events = events;
        _began = Stopwatch.GetTimestamp();
    }

    /// <summary>Begins one; nothing is measured where nobody listens.</summary>
    public static AppendSpan Begin(RoomProbe? probe, string room, int events)
    {
        var heard = probe is { IsOn: true } ? probe : null;
        if (heard is null && !(Instruments.IsSupported && Instruments.Source.HasListeners()))
        {
            return default;
        }

        // It holds what came of many turns: no part of the one whose thread came by, but linked to it.
        var ambient = Activity.Current;
        Activity.Current = null;
        var span = Instruments.StartLinked(ProbeSeams.Append, ambient);
        span?.SetTag(Instruments.RoomTag, room).SetTag("polyphony.events", events);
        Activity.Current = ambient;
        return new(heard, span, events);
    }

    /// <summary>The events are durable; or with <paramref name="error"/>, never will be.</summary>
    public void End(Exception? error = null)
    {
        if (_began == 0)
        {
            return;
        }

        var ambient = Activity.Current;
        if (error is not null)
        {
            _span?.SetStatus(ActivityStatusCode.Error).SetTag(Instruments.ErrorTag, error.GetType().Name);
        }

        _span?.Dispose();
        Activity.Current = ambient;
        if (error is not null)
        {
            return;
        }

        _probe?.Appended(_events, Stopwatch.GetElapsedTime(_began).TotalMicroseconds);
    }
}
