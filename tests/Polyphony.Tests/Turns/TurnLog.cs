using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Tests.Turns;

/// <summary>Writes down every finished turn, and keeps the same report that a room keeps.</summary>
internal sealed class TurnLog(Action<Offer>? ended = null) : ITurnObserver
{
    private readonly List<(Offer Offer, TurnOutcome Outcome, Message? Reply)> _turns = [];
    private readonly List<string> _faults = [];

    public ServeReport Report { get; } = new();

    public IReadOnlyList<(Offer Offer, TurnOutcome Outcome, Message? Reply)> Turns
    {
        get
        {
            lock (_turns)
            {
                return [.. _turns];
            }
        }
    }

    public IReadOnlyList<TurnOutcome> Outcomes => [.. Turns.Select(t => t.Outcome)];

    public IReadOnlyList<string> Faults
    {
        get
        {
            lock (_turns)
            {
                return [.. _faults];
            }
        }
    }

    public void TurnEnded(in TurnRecord turn)
    {
        Report.TurnEnded(turn);
        lock (_turns)
        {
            _turns.Add((turn.Offer, turn.Outcome, turn.Reply));
        }

        ended?.Invoke(turn.Offer);
    }

    public void ConversationFaulted(ParticipantId persona, string reason)
    {
        Report.ConversationFaulted(persona, reason);
        lock (_turns)
        {
            _faults.Add(reason);
        }
    }
}
