using Polyphony.Rooms;

namespace Polyphony.Turns;

/// <summary>One finished turn as its loop saw it. Valid during the call that hands it over only: its clock is used again for the next turn.</summary>
public readonly ref struct TurnRecord
{
    private readonly StageClock _clock;

    internal TurnRecord(Offer offer, TurnOutcome outcome, Message? reply, StageClock clock)
    {
        Offer = offer;
        Outcome = outcome;
        Reply = reply;
        _clock = clock;
    }

    /// <summary>Whose turn.</summary>
    public ParticipantId Persona => Offer.Persona;

    /// <summary>What was offered.</summary>
    public Offer Offer { get; }

    /// <summary>How it ended, after the room had its say.</summary>
    public TurnOutcome Outcome { get; }

    /// <summary>What the room accepted.</summary>
    public Message? Reply { get; }

    /// <summary>When the loop took the offer, as a <see cref="System.Diagnostics.Stopwatch"/> timestamp.</summary>
    public long TakenAt => _clock.TakenAt;

    /// <summary>When the room had answered, as a <see cref="System.Diagnostics.Stopwatch"/> timestamp.</summary>
    public long EndedAt => _clock.EndOf(TurnStage.Say);

    /// <summary>How long the turn waited for the shared analysis, in <see cref="System.Diagnostics.Stopwatch"/> ticks; 0 where there is none.</summary>
    public long AnalyzingTicks => _clock.Analyzing;

    /// <summary>When a stage ended, as a <see cref="System.Diagnostics.Stopwatch"/> timestamp; 0 when the turn did not come that far.</summary>
    public long EndOf(TurnStage stage) => _clock.EndOf(stage);
}

/// <summary>Sees every finished turn.</summary>
public interface ITurnObserver
{
    /// <summary>Called on the loop's thread, for many personas at once: be quick and thread-safe, and do not throw.</summary>
    void TurnEnded(in TurnRecord turn);

    /// <summary>Called when a conversation gave a fault in place of an offer.</summary>
    void ConversationFaulted(ParticipantId persona, string reason);
}
