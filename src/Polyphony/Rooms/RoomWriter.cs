using System.Diagnostics.CodeAnalysis;
using Polyphony.Diagnostics;
using Polyphony.Floor;

namespace Polyphony.Rooms;

/// <summary>
/// The one writer of a room: takes what was handed in, in order, decides, logs, applies and publishes. It is no thread: whoever hands something in while the room is at
/// rest is the writer until nothing is left.
/// </summary>
/// <remarks><see cref="Enqueue"/> and <see cref="Fault"/> are for any thread; everything else is called on the writer.</remarks>
internal sealed class RoomWriter : IThreadPoolWorkItem
{
    // One append holds at most what came of this many inputs, so that a busy room's first answer does not wait for its last question.
    private const int BatchLimit = 256;
    private const int ArrivalsKept = 64;

    private readonly RoomInbox _inbox = new();
    private readonly RoomState _state;
    private readonly List<RoomEvent> _events = [];
    private readonly List<FloorGrant> _grants = [];
    private readonly List<(RoomWork Work, Receipt Receipt)> _receipts = [];
    private readonly RoomOutbox _outbox;
    private readonly List<QuietWork> _awaitingQuiet = [];
    private readonly TurnOrder? _turnOrder;
    private volatile RoomFaultedException? _fault;
    private long[]? _arrivals;
    private List<RoomConversation>? _wakes;
    private RoomWork? _own;

    public RoomWriter(RoomId id, IRoomLog log, TimeProvider time, RoomState state, RoomProbe? probe, bool inTurnOrder)
    {
        Id = id;
        Time = time;
        Probe = probe;
        _state = state;
        _turnOrder = inTurnOrder ? new() : null;
        _outbox = new(this, log, Followers);
    }

    public RoomId Id { get; }

    public TimeProvider Time { get; }

    public RoomProbe? Probe { get; }

    public RoomState State => _state;

    public RoomFollowers Followers { get; } = new();

    public RoomConversations Conversations { get; } = new();

    /// <summary>Why the room stopped; null while it lives.</summary>
    public RoomFaultedException? Fault => _fault;

    void IThreadPoolWorkItem.Execute() => Drain(fromLoop: true);

    public Receipt StepOn(RoomInput input, long arrived)
    {
        var first = _events.Count;
        var receipt = RoomDecision.Step(_state, input, Time.GetUtcNow(), _events, _grants);
        if (receipt is Receipt.Accepted { Message: { } message })
        {
            (_arrivals ??= new long[ArrivalsKept])[message.Seq % ArrivalsKept] = arrived;
        }

        for (var i = first; i < _events.Count; i++)
        {
            switch (_events[i])
            {
                case TurnOffered offered:
                    Hand(offered);
                    break;
                case TurnClosed closed when (input as CompleteTurn)?.Result.Persona != closed.Persona:
                    Conversations.Find(closed.Persona)?.Withdraw(closed.Outcome);
                    break;
            }
        }

        if (Probe is { IsOn: true } probe)
        {
            probe.Decided(input, receipt, _events, first, _state);
        }

        return receipt;
    }

    /// <summary>Whether the result has to wait for those of earlier turns; it is then run again when they have been decided.</summary>
    public bool HoldsBack(TurnResultWork work) => _turnOrder is not null && _turnOrder.Holds(work, _state);

    /// <summary>Keeps a receipt until the events of this drain are durable.</summary>
    public void Promise(RoomWork work, Receipt receipt) => _receipts.Add((work, receipt));

    public void PublishDurable() => _outbox.PublishDurable();

    public void AwaitQuiet(QuietWork work)
    {
        _awaitingQuiet.RemoveAll(static given => given.IsGivenUp);
        _awaitingQuiet.Add(work);
    }

    public bool IsOwn(RoomWork work) => ReferenceEquals(work, _own);

    /// <summary>Has the conversation's loop go on once the writer has let go.</summary>
    public void WakeLater(RoomConversation conversation) => (_wakes ??= Trampoline.RentList()).Add(conversation);

    public void Enqueue(RoomWork work, bool fromLoop)
    {
        if (_inbox.Add(work))
        {
            _own = work;
            Drain(fromLoop);
        }
    }

    /// <summary>Faults the room: its log failed, or its own code.</summary>
    public void Break(Exception cause)
    {
        if (_fault is not null)
        {
            return;
        }

        var fault = new RoomFaultedException($"room '{Id}' stopped: {cause.Message}", cause);
        _fault = fault;
        Probe?.Broke(cause);
        foreach (var waiting in _awaitingQuiet)
        {
            waiting.Fail(this, fault);
        }

        _awaitingQuiet.Clear();
        foreach (var held in _turnOrder?.ReleaseAll() ?? [])
        {
            held.Fail(this, fault);
        }

        foreach (var conversation in Conversations.All())
        {
            conversation.Break();
        }

        Followers.Complete(fault);
    }

    private void Drain(bool fromLoop)
    {
        var inAll = 0;
        while (true)
        {
            var taken = 0;
            while (taken < BatchLimit && _inbox.TakeNext() is { } work)
            {
                taken++;
                RunOrFail(work);
                while (_turnOrder?.Release(_state) is { } held)
                {
                    RunOrFail(held);
                }
            }

            _outbox.Send(_events, _receipts);
            _events.Clear();
            _receipts.Clear();
            CompleteQuiet();
            _own = null;
            inAll += taken;
            var wakes = _wakes;
            _wakes = null;
            var letGo = _inbox.TryRest();
            if (wakes is not null)
            {
                Trampoline.Wake(wakes, inline: fromLoop && letGo);
            }

            if (letGo)
            {
                return;
            }

            if (inAll >= BatchLimit)
            {
                // This thread came with one thing and has done many; let the pool go on with the rest.
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A fault of the room's own code must reach whoever handed the work in and must not stop the writer.")]
    private void RunOrFail(RoomWork work)
    {
        try
        {
            if (_fault is { } fault)
            {
                work.Fail(this, fault);
            }
            else
            {
                work.Run(this);
            }
        }
        catch (Exception broken)
        {
            Break(broken);
            work.Fail(this, _fault!);
        }
    }

    private void CompleteQuiet()
    {
        if (_awaitingQuiet.Count == 0 || _state.OpenTurns > 0 || !_outbox.IsEmpty)
        {
            return;
        }

        foreach (var waiting in _awaitingQuiet)
        {
            waiting.Complete();
        }

        _awaitingQuiet.Clear();
    }

    private void Hand(TurnOffered offered)
    {
        var isKept = _arrivals is not null && _state.Messages - offered.Last < ArrivalsKept;
        Conversations.Find(offered.Persona)?.Offer(offered, _state, isKept ? _arrivals![offered.Last % ArrivalsKept] : 0);
    }
}
