using System.Diagnostics;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Testing.Stress;

/// <summary>Measures the turns of a trial, and says when as many as were awaited have ended.</summary>
internal sealed class StressMeter : ITurnObserver
{
    private readonly Dictionary<ParticipantId, Persona> _personas = [];
    private long _faults;
    private TaskCompletionSource _reached = new();
    private long _remaining;
    private bool _measures;

    public LatencyHistogram Turn { get; private set; } = new();

    public LatencyHistogram Overhead { get; private set; } = new();

    public LatencyHistogram SinceArrival { get; private set; } = new();

    public LatencyHistogram AppendWait { get; private set; } = new();

    public long Faults => Volatile.Read(ref _faults);

    /// <summary>Turns still to end before the task of <see cref="Await"/> completes.</summary>
    public long Remaining => Volatile.Read(ref _remaining);

    public IReadOnlyList<(long Turns, double MeanMs, double MinMs, double MaxMs)> ByPersona =>
        [.. _personas.Values.Select(p => (p.Turns, InMs(p.Turns == 0 ? 0 : p.Sum / p.Turns), InMs(p.Turns == 0 ? 0 : p.Min), InMs(p.Max)))];

    public void Add(ParticipantId persona, Func<long> lastCallTicks) => _personas.Add(persona, new(lastCallTicks));

    /// <summary>Forgets what the warm-up measured, and measures from here on.</summary>
    public void Begin()
    {
        (Turn, Overhead, SinceArrival, AppendWait) = (new(), new(), new(), new());
        foreach (var persona in _personas.Values)
        {
            persona.Clear();
        }

        _measures = true;
    }

    /// <summary>Completes when that many more turns have ended.</summary>
    public Task Await(long turns)
    {
        _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _remaining, turns);
        return _reached.Task;
    }

    public void AppendWaited(long ticks)
    {
        if (_measures)
        {
            AppendWait.Record(0, ticks);
        }
    }

    public void TurnEnded(in TurnRecord turn)
    {
        if (_measures)
        {
            var persona = _personas[turn.Persona];
            var model = persona.LastCallTicks + turn.AnalyzingTicks;
            persona.Record(turn.EndedAt - turn.TakenAt);
            Turn.Record(turn.TakenAt, turn.EndedAt);
            Overhead.Record(turn.TakenAt + model, turn.EndedAt);
            if (turn.Offer.ArrivedTimestamp > 0)
            {
                SinceArrival.Record(turn.Offer.ArrivedTimestamp + model, turn.EndedAt);
            }
        }

        if (Interlocked.Decrement(ref _remaining) == 0)
        {
            _reached.TrySetResult();
        }
    }

    public void ConversationFaulted(ParticipantId persona, string reason) => Interlocked.Increment(ref _faults);

    private static double InMs(long ticks) => ticks * 1e3 / Stopwatch.Frequency;

    /// <summary>One persona's figures: it has one turn at a time, so they need no more care than plain fields.</summary>
    private sealed class Persona(Func<long> lastCallTicks)
    {
        public long LastCallTicks => lastCallTicks();

        public long Turns { get; private set; }

        public long Sum { get; private set; }

        public long Min { get; private set; } = long.MaxValue;

        public long Max { get; private set; }

        public void Record(long ticks)
        {
            Turns++;
            Sum += ticks;
            Min = Math.Min(Min, ticks);
            Max = Math.Max(Max, ticks);
        }

        public void Clear() => (Turns, Sum, Min, Max) = (0, 0, long.MaxValue, 0);
    }
}
