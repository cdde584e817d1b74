using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Polyphony.Inference;
using Polyphony.Memory;
using Polyphony.Rooms;

namespace Polyphony.Diagnostics;

/// <summary>The probes of one room. Its events name their room, turn and persona themselves: a room's writer runs on whatever thread came by.</summary>
internal sealed partial class RoomProbe
{
    private readonly ILogger _logger;
    private readonly string _room;

    private RoomProbe(ILogger logger, string room)
    {
        _logger = logger;
        _room = room;
    }

    /// <summary>Whether anybody listens now. Ask before looking anything up for a probe.</summary>
    public bool IsOn => _logger.IsEnabled(LogLevel.Debug);

    /// <summary>The probes of a room; null where probes are compiled out.</summary>
    public static RoomProbe? For(ILogger logger, RoomId room) => Instruments.IsSupported ? new(logger, room.Value) : null;

    /// <summary>Tells what the room made of an input, from the events that came of it.</summary>
    /// <param name="input">What was put before it.</param>
    /// <param name="receipt">What it answered.</param>
    /// <param name="events">The events; those from <paramref name="first"/> on came of this input.</param>
    /// <param name="first">Where they begin.</param>
    /// <param name="state">The room afterwards.</param>
    public void Decided(RoomInput input, Receipt receipt, List<RoomEvent> events, int first, RoomState state)
    {
        var grants = 0;
        for (var i = first; i < events.Count; i++)
        {
            switch (events[i])
            {
                case TurnOffered offered:
                    grants++;
                    Granted(_room, offered.Turn.ToString(), NameOf(state, offered.Persona), offered.Last, offered.Attempt, offered.First, offered.Ground);
                    break;
                case TurnClosed { Outcome: TurnOutcome.Superseded superseded } closed:
                    Superseded(_room, closed.Turn.ToString(), NameOf(state, closed.Persona), closed.Attempt, superseded.Reason);
                    break;
            }
        }

        var message = (receipt as Receipt.Accepted)?.Message;
        DecidedOn(_room, message?.Seq ?? state.Messages, input.GetType().Name, NameOf(receipt), (receipt as Receipt.Refused)?.Rule ?? "", events.Count - first, grants, state.OpenTurns);
        if (message is not null && grants == 0)
        {
            Refuse(message, state);
        }
    }

    public void Appended(int events, double waitUs) => Durable(_room, events, waitUs);

    public void Broke(Exception error) => Faulted(_room, error.GetType().Name);

    public void Materialized(MaterializedSlot slot, int number, string persona, string model, long began)
    {
        var ms = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        Materialized(_room, persona, number, model, slot is MaterializedSlot.Failed { Error: var error } ? error.GetType().Name : "none", ms);
    }

    public void LoopFaulted(string persona, int inARow) => ConversationFaulted(_room, persona, inARow);

    public void MemoryPrepared(long seq, int personas, long engrams, long candidates, long began) =>
        Prepared(_room, seq, personas, engrams, candidates, Stopwatch.GetElapsedTime(began).TotalMilliseconds);

    public void MemoryFaulted(MemoryFaultKind kind, string? persona, Exception cause)
    {
        Instruments.MemoryFailed(kind);
        MemoryFailed(_room, persona, kind.ToString(), cause.GetType().Name);
    }

    private void Refuse(Message message, RoomState state)
    {
        var waiting = 0;
        var holder = "";
        foreach (var seat in state.Seats)
        {
            waiting += seat is { Present: true, Open: null } && state.NotOfferedByFloor(seat) > 0 ? 1 : 0;
            holder = holder.Length == 0 && seat.Open is not null ? NameOf(state, seat.Persona) : holder;
        }

        var isBound = state.PersonaTurnsSinceHuman >= state.Rules.PersonaTurnBound;
        if (waiting > 0 && (isBound || holder.Length > 0))
        {
            NotGranted(_room, message.Seq, isBound ? "the bound on persona turns since a human spoke is reached" : "somebody has the floor", holder, waiting);
        }
    }

    private static string NameOf(RoomState state, ParticipantId persona) => state.Roster.NameOf(persona);

    private static string NameOf(Receipt receipt) => receipt switch
    {
        Receipt.Accepted => "accepted",
        Receipt.AlreadyPosted => "alreadyPosted",
        _ => "refused",
    };
}
