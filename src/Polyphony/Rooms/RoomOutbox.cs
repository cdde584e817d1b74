using System.Diagnostics.CodeAnalysis;
using Polyphony.Diagnostics;

namespace Polyphony.Rooms;

/// <summary>What a room has decided, on its way to the log and from there, once durable, to followers and callers: in order. The writer's own.</summary>
internal sealed class RoomOutbox(RoomWriter room, IRoomLog log, RoomFollowers followers)
{
    private readonly Queue<PendingAppend> _inFlight = new();

    /// <summary>Whether everything that was sent is durable and told.</summary>
    public bool IsEmpty => _inFlight.Count == 0;

    /// <summary>Sends the events to the log as one append, and tells the receipts once it is durable. Copies what has to wait.</summary>
    public void Send(List<RoomEvent> events, List<(RoomWork Work, Receipt Receipt)> receipts)
    {
        if (room.Fault is { } fault)
        {
            Fail(receipts, fault);
        }
        else if (events.Count > 0)
        {
            var span = AppendSpan.Begin(room.Probe, room.Id.Value, events.Count);
            var append = Append(events);
            if (append.IsCompletedSuccessfully && IsEmpty)
            {
                append.GetAwaiter().GetResult();
                span.End();
                Publish(events, receipts);
            }
            else
            {
                _inFlight.Enqueue(PendingAppend.Start(room, append, span, events, receipts));
            }
        }
        else if (receipts.Count > 0 && IsEmpty)
        {
            Publish(events, receipts);
        }
        else if (receipts.Count > 0)
        {
            // What these refer to is not durable yet, so they wait behind it.
            _inFlight.Enqueue(PendingAppend.Done(room, events, receipts));
        }
    }

    /// <summary>Publishes what has become durable, in order; the first failed append faults the room.</summary>
    public void PublishDurable()
    {
        while (_inFlight.TryPeek(out var append) && append.IsDone)
        {
            _inFlight.Dequeue();
            if (append.Error is { } error)
            {
                room.Break(error);
            }

            if (room.Fault is { } fault)
            {
                Fail(append.Receipts, fault);
            }
            else
            {
                Publish(append.Events, append.Receipts);
            }
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A log that throws in place of failing its task must not stop the writer: it faults the room all the same.")]
    private ValueTask Append(List<RoomEvent> events)
    {
        try
        {
            return log.AppendAsync(room.Id, events);
        }
        catch (Exception error)
        {
            return ValueTask.FromException(error);
        }
    }

    private void Publish(IReadOnlyList<RoomEvent> events, IReadOnlyList<(RoomWork Work, Receipt Receipt)> receipts)
    {
        followers.Publish(events);
        for (var i = 0; i < receipts.Count; i++)
        {
            receipts[i].Work.Complete(room, receipts[i].Receipt);
        }
    }

    private void Fail(IReadOnlyList<(RoomWork Work, Receipt Receipt)> receipts, RoomFaultedException fault)
    {
        for (var i = 0; i < receipts.Count; i++)
        {
            receipts[i].Work.Fail(room, fault);
        }
    }
}
