using Polyphony.Rooms;

namespace Polyphony.Turns;

/// <summary>
/// What the loops of a room did: outcomes, and how long turns and their stages took. One for a room, or for many rooms. Thread-safe.
/// </summary>
/// <remarks>Bounded: counters, and a <see cref="LatencyHistogram"/> for each stage that was reached.</remarks>
public sealed class ServeReport : ITurnObserver
{
    private readonly Lock _counting = new();
    private readonly OutcomeCounts _outcomes = new();
    private LatencyHistogram?[]? _stages;
    private long _faults;

    /// <summary>From the moment a loop took an offer until the room had answered.</summary>
    public LatencyHistogram Turn { get; } = new();

    /// <summary>
    /// The same without the model call, as the loop sees it: from the assembled prompt to the last word; and without the wait for a shared analysis. A turn that broke off in the model call is not in it: where its
    /// model's time ended is not known.
    /// </summary>
    public LatencyHistogram Overhead { get; } = new();

    /// <summary>Faults that conversations gave in place of an offer.</summary>
    public long Faults => Volatile.Read(ref _faults);

    /// <summary>A copy of the counts: offers taken, and what became of them.</summary>
    public OutcomeCounts Outcomes
    {
        get
        {
            var copy = new OutcomeCounts();
            lock (_counting)
            {
                copy.Add(_outcomes);
            }

            return copy;
        }
    }

    /// <summary>How long a stage took, over the turns that came to its end through all stages before it; null when none did.</summary>
    public LatencyHistogram? Stage(TurnStage stage) => _stages?[(int)stage];

    /// <inheritdoc/>
    public void TurnEnded(in TurnRecord turn)
    {
        lock (_counting)
        {
            _outcomes.CountOffer();
            _outcomes.Count(turn.Outcome);
        }

        Turn.Record(turn.TakenAt, turn.EndedAt);
        var asked = turn.EndOf(TurnStage.Assemble);
        var answered = turn.EndOf(TurnStage.Respond);
        if (asked == 0 || answered > 0)
        {
            Overhead.Record(turn.TakenAt + turn.AnalyzingTicks + (answered > 0 ? answered - asked : 0), turn.EndedAt);
        }

        var stages = _stages ?? Interlocked.CompareExchange(ref _stages, new LatencyHistogram?[StageClock.Stages], null) ?? _stages!;

        // A turn that broke off is handed in from where it broke: that its say begins with the time of the broken stage must not show.
        var began = turn.TakenAt;
        for (var stage = TurnStage.Recall; stage <= TurnStage.Say && turn.EndOf(stage) is > 0 and var ended; stage++)
        {
            ref var histogram = ref stages[(int)stage];
            (histogram ?? Interlocked.CompareExchange(ref histogram, new(), null) ?? histogram!).Record(began, ended);
            began = ended;
        }
    }

    /// <inheritdoc/>
    public void ConversationFaulted(ParticipantId persona, string reason) => Interlocked.Increment(ref _faults);
}
