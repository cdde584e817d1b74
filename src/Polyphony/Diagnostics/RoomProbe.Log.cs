using System.ComponentModel;
using Microsoft.Extensions.Logging;

namespace Polyphony.Diagnostics;

// The events of a room, in the manner of TurnProbe.Log.cs: room, turn, persona and seq are the record's own keys, everything else is a field.
internal sealed partial class RoomProbe
{
    [Description("The room decided on an input: what came of it, and how many turns it gave.")]
    [LoggerMessage(201, LogLevel.Debug, "{input}: {receipt}, {events} events, {grants} turns given", EventName = ProbeClasses.RoomDecide)]
    private partial void DecidedOn(string room, long seq, string input, string receipt, string rule, int events, int grants, int openTurns);

    [Description("Events became durable, in one append.")]
    [LoggerMessage(202, LogLevel.Debug, "{events} events are durable", EventName = ProbeClasses.RoomAppend)]
    private partial void Durable(string room, int events, double waitUs);

    [Description("A room stopped because its log, or its own code, failed.")]
    [LoggerMessage(203, LogLevel.Error, "room {room} stopped: {errorType}", EventName = ProbeClasses.RoomFault)]
    private partial void Faulted(string room, string errorType);

    [Description("A persona was given a turn, and why.")]
    [LoggerMessage(204, LogLevel.Debug, "{persona} is given {turn}: {ground}", EventName = ProbeClasses.FloorGrant)]
    private partial void Granted(string room, string turn, string persona, long seq, int attempt, long first, string ground);

    [Description("Nobody was given a turn for a message, although personas have something they have not seen.")]
    [LoggerMessage(205, LogLevel.Debug, "nobody is given a turn for message {seq}: {reason}", EventName = ProbeClasses.FloorRefuse)]
    private partial void NotGranted(string room, long seq, string reason, string holder, int waiting);

    [Description("A running turn was withdrawn in favour of another attempt.")]
    [LoggerMessage(206, LogLevel.Debug, "{turn} of {persona} is withdrawn: {reason}", EventName = ProbeClasses.TurnSuperseded)]
    private partial void Superseded(string room, string turn, string persona, int attempt, string reason);

    [Description("A slot of the roster got its persona, or did not.")]
    [LoggerMessage(207, LogLevel.Information, "{persona} came to its slot in {durationMs} ms, error: {errorKind}", EventName = ProbeClasses.PersonaMaterialize)]
    private partial void Materialized(string room, string persona, int slot, string model, string errorKind, double durationMs);

    [Description("A conversation gave a fault in place of an offer.")]
    [LoggerMessage(208, LogLevel.Warning, "the conversation of {persona} failed, {inARow} in a row", EventName = ProbeClasses.PersonaLoopFault)]
    private partial void ConversationFaulted(string room, string persona, int inARow);

    [Description("The memories of a room were brought up to a message, and what each persona will recall was prepared.")]
    [LoggerMessage(209, LogLevel.Debug, "what {personas} personas recall after message {seq} is prepared, from {candidates} candidates", EventName = ProbeClasses.MemoryPrepare)]
    private partial void Prepared(string room, long seq, int personas, long engrams, long candidates, double durationMs);

    [Description("Something failed about the memories of a room; turns go on.")]
    [LoggerMessage(210, LogLevel.Error, "the memories of {room} have a fault: {faultKind}, {errorType}", EventName = ProbeClasses.MemoryFault)]
    private partial void MemoryFailed(string room, string? persona, string faultKind, string errorType);
}
