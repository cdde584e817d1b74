using System.Diagnostics;

namespace Polyphony.Diagnostics;

/// <summary>
/// The timing of one append to a log. It begins on the room's writer and may end on the log's own thread, so it is never the ambient activity of either.
/// </summary>
internal readonly struct AppendSpan
{
    private readonly RoomProbe? _probe;
    private readonly SeamSpan? _span;
    private readonly int _events;
    private readonly long _began;

    private AppendSpan(RoomProbe? probe, SeamSpan? span, int events)
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

        // It holds what came of many turns: no part of the one whose thread came by, but linked to it.
        var span = SeamSpan.StartApart(ProbeSeams.Append);
        if (heard is null && span is null)
        {
            return default;
        }

        span?.Identify(new(room, null, null, null));
        span?.SetTag("polyphony.events", events);
        return new(heard, span, events);
    }

    /// <summary>The events are durable; or with <paramref name="error"/>, never will be.</summary>
    public void End(Exception? error = null)
    {
        if (_began == 0)
        {
            return;
        }

        if (error is not null)
        {
            _span?.Fail(error.GetType().Name);
        }

        _span?.Dispose();
        if (error is not null)
        {
            return;
        }

        _probe?.Appended(_events, Stopwatch.GetElapsedTime(_began).TotalMicroseconds);
    }
}
