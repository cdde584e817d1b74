using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polyphony.Diagnostics;
using Polyphony.Floor;
using Polyphony.Turns;

namespace Polyphony.Rooms;

/// <summary>
/// A live room: everything that is put before it is decided, logged, applied and published in one order, by one writer at a time.
/// </summary>
/// <remarks>
/// <para>Thread-safe. There is no thread of its own: whoever hands something in while the room is at rest becomes the writer until nothing is left.
/// No foreign code runs meanwhile: loops are woken after the writer has let go, and waiting callers continue elsewhere.</para>
/// <para>Deciding and applying run ahead in memory; receipts and subscribers wait until the events are durable. When an append fails, the room is
/// faulted: every call, waiting or to come, fails with <see cref="RoomFaultedException"/>.</para>
/// <para>Bound: at most <see cref="PostLimit"/> posts are under way; a further poster waits. A persona has at most one result under way.</para>
/// </remarks>
public sealed class Room : IAsyncDisposable, IThreadPoolWorkItem
{
    /// <summary>How many posts may be under way at once: 1,024.</summary>
    public const int PostLimit = 1024;

    // One append holds at most what came of this many inputs, so that a busy room's first answer does not wait for its last question.
    private const int BatchLimit = 256;
    private const int ArrivalsKept = 64;

    private readonly TimeProvider _time;
    private readonly RoomProbe? _probe;
    private readonly RoomState _state;
    private readonly SemaphoreSlim _space = new(PostLimit);
    private readonly RoomConversations _conversations = new();
    private readonly RoomFollowers _followers = new();
    private readonly RoomInbox _inbox = new();
    private volatile RoomFaultedException? _fault;
    private volatile bool _closed;

    // Everything from here on belongs to the writer.
    private readonly List<RoomEvent> _events = [];
    private readonly List<FloorGrant> _grants = [];
    private readonly List<(RoomWork Work, Receipt Receipt)> _receipts = [];
    private readonly RoomOutbox _outbox;
    private readonly List<QuietWork> _awaitingQuiet = [];
    private long[]? _arrivals;
    private List<RoomConversation>? _wakes;
    private readonly TurnOrder? _turnOrder;
    private RoomWork? _own;

    private Room(RoomId id, IRoomLog log, TimeProvider time, RoomState state, bool inTurnOrder, ILogger logger)
    {
        _probe = RoomProbe.For(logger, id);
        _turnOrder = inTurnOrder ? new() : null;
        Id = id;
        _outbox = new(this, log, _followers);
        _time = time;
        _state = state;
    }

    /// <summary>The room's id.</summary>
    public RoomId Id { get; }

    /// <summary>The clock the room was given.</summary>
    public TimeProvider Time => _time;

    /// <summary>Whether anybody follows the room and would see a draft.</summary>
    public bool IsFollowed => _followers.Any;

    /// <summary>Opens a room, or begins it where the log has none. What a crash interrupted is offered again once its persona joins.</summary>
    /// <param name="id">The room.</param>
    /// <param name="rules">What is to hold in it from now on.</param>
    /// <param name="log">Where its events are kept. Not owned: dispose it after the room.</param>
    /// <param name="time">The clock.</param>
    /// <param name="inTurnOrder">
    /// Whether results are taken in the order in which their turns were offered, whichever comes first: given the same posts and answers, the log is then the
    /// same in every run. A slow persona holds back what the others have said. For replays.
    /// </param>
    /// <param name="logger">Receives the room's probes; none where absent.</param>
    /// <param name="cancellationToken">Ends the reading of the log.</param>
    /// <exception cref="RoomLogException">The log cannot be read or written.</exception>
    /// <exception cref="ArgumentException">A rule is out of its range.</exception>
    public static async ValueTask<Room> OpenAsync(
        RoomId id, RoomRules rules, IRoomLog log, TimeProvider time, bool inTurnOrder = false, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentException.ThrowIfNullOrEmpty(id.Value);
        rules.Validate();
        var state = new RoomState();
        await foreach (var events in log.ReadAsync(id, cancellationToken))
        {
            foreach (var e in events)
            {
                Replay(id, state, e);
            }
        }

        var room = new Room(id, log, time, state, inTurnOrder, logger ?? NullLogger.Instance);
        try
        {
            await room.HandIn(new InputWork(new OpenRoom(id, rules)));
        }
        catch (RoomFaultedException fault) when (fault.InnerException is RoomLogException failure)
        {
            throw new RoomLogException(failure.Message, fault);
        }

        return room;
    }

    /// <summary>Posts a message for somebody who is not answering a turn.</summary>
    /// <returns>What became of it, once that is durable. A refused message is not in the room: its text is still yours to send.</returns>
    /// <exception cref="RoomFaultedException">The log failed.</exception>
    public async ValueTask<Receipt> PostAsync(Post post, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(post);
        ArgumentException.ThrowIfNullOrEmpty(post.Author.Value, nameof(post));
        ArgumentNullException.ThrowIfNull(post.Name, nameof(post));
        ArgumentNullException.ThrowIfNull(post.Text, nameof(post));
        var arrived = _time.GetTimestamp();
        if (!_space.Wait(0, CancellationToken.None))
        {
            await _space.WaitAsync(cancellationToken);
        }

        Instruments.PostBegan(Id);
        try
        {
            return await HandIn(new InputWork(post) { Arrived = arrived });
        }
        finally
        {
            Instruments.PostEnded(Id);
            _space.Release();
        }
    }

    /// <summary>Lets somebody in who is not a persona. A poster the room does not know joins with the first post.</summary>
    public ValueTask<Receipt> JoinAsync(ParticipantId id, AuthorKind kind, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(id.Value, nameof(id));
        ArgumentNullException.ThrowIfNull(name);
        return HandIn(new InputWork(new Join(id, kind, name)));
    }

    /// <summary>Lets a participant leave for good. An open turn ends as cancelled; a later return begins after what was said meanwhile.</summary>
    public ValueTask<Receipt> LeaveAsync(ParticipantId id, string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return HandIn(new InputWork(new Leave(id, reason)));
    }

    /// <summary>The seat of a persona, for the loop that plays it. The persona joins when the seat is primed.</summary>
    /// <exception cref="InvalidOperationException">The seat was given out already: two loops for one persona would answer twice.</exception>
    public IConversation SeatFor(ParticipantId persona, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(persona.Value, nameof(persona));
        ArgumentNullException.ThrowIfNull(name);
        var seat = new RoomConversation(this, persona, name);
        return _conversations.TryAdd(persona, seat)
            ? seat
            : throw new InvalidOperationException($"{persona} has a loop in {Id} already; run one loop for a persona in a room");
    }

    /// <summary>Waits until no turn is open and everything is durable.</summary>
    public ValueTask WhenQuietAsync(CancellationToken cancellationToken = default)
    {
        var work = new QuietWork();
        Enqueue(work, fromLoop: false);
        return work.WaitAsync(cancellationToken);
    }

    /// <summary>Looks at the room between two inputs, on its writer. Do nothing long in <paramref name="look"/>, and keep nothing of the state.</summary>
    public Task<T> LookAsync<T>(Func<RoomState, T> look)
    {
        ArgumentNullException.ThrowIfNull(look);
        var work = new LookWork<T>(look);
        Enqueue(work, fromLoop: false);
        return work.Task;
    }

    /// <summary>Follows the room: every event from now on, in order and once durable, and the drafts between them.</summary>
    /// <param name="capacity">How many signals may wait; a follower that falls further behind is told so and let go.</param>
    public RoomSubscription Subscribe(int capacity = 4096)
    {
        var subscription = new RoomSubscription(_followers, capacity);
        _followers.Add(subscription);

        // After it was added, as a fault and the end of the room set their mark before they let the followers go.
        if (_fault is not null || _closed)
        {
            subscription.Complete(_fault);
        }

        return subscription;
    }

    /// <summary>Ends every open turn as cancelled, ends the conversations and lets the followers go. The log stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closed)
        {
            return;
        }

        try
        {
            await HandIn(new InputWork(new CloseRoom("the room was closed")));
        }
        catch (RoomFaultedException)
        {
            // Whoever used the room has been told already, each by its own call; closing a broken room is not a second failure.
        }

        _closed = true;
        foreach (var conversation in _conversations.All())
        {
            conversation.End();
        }

        _followers.Complete(null);
    }

    void IThreadPoolWorkItem.Execute() => Drain(fromLoop: true);

    internal Receipt StepOn(RoomInput input, long arrived)
    {
        var first = _events.Count;
        var receipt = RoomDecision.Step(_state, input, _time.GetUtcNow(), _events, _grants);
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
                    _conversations.Find(closed.Persona)?.Withdraw(closed.Outcome);
                    break;
            }
        }

        if (_probe is { IsOn: true } probe)
        {
            probe.Decided(input, receipt, _events, first, _state);
        }

        return receipt;
    }

    /// <summary>Whether the result has to wait for those of earlier turns; it is then run again when they have been decided.</summary>
    internal bool HoldsBack(TurnResultWork work) => _turnOrder is not null && _turnOrder.Holds(work, _state);

    /// <summary>Keeps a receipt until the events of this drain are durable.</summary>
    internal void Promise(RoomWork work, Receipt receipt) => _receipts.Add((work, receipt));

    internal void PublishDurable() => _outbox.PublishDurable();

    internal void AwaitQuiet(QuietWork work)
    {
        _awaitingQuiet.RemoveAll(static given => given.IsGivenUp);
        _awaitingQuiet.Add(work);
    }

    internal RoomState State => _state;

    internal RoomFaultedException? Fault => _fault;

    internal RoomProbe? Probe => _probe;

    internal bool IsOwn(RoomWork work) => ReferenceEquals(work, _own);

    /// <summary>Has the conversation's loop go on once the writer has let go.</summary>
    internal void WakeLater(RoomConversation conversation) => (_wakes ??= Trampoline.RentList()).Add(conversation);

    internal void Enqueue(RoomWork work, bool fromLoop)
    {
        if (_inbox.Add(work))
        {
            _own = work;
            Drain(fromLoop);
        }
    }

    internal void ShowDraft(ParticipantId persona, TurnId turn, string words) => _followers.ShowDraft(persona, turn, words);

    private static void Replay(RoomId id, RoomState state, RoomEvent e)
    {
        try
        {
            state.Apply(e);
        }
        catch (Exception damage) when (damage is InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            throw new RoomLogException(
                $"the log of room '{id}' does not add up at event {state.Events + 1} ({damage.Message}); restore it from a backup", damage);
        }
    }

    private ValueTask<Receipt> HandIn(InputWork work)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        Enqueue(work, fromLoop: false);
        return work.WaitAsync();
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
        _conversations.Find(offered.Persona)?.Offer(offered, _state, isKept ? _arrivals![offered.Last % ArrivalsKept] : 0);
    }

    /// <summary>Faults the room: its log failed, or its own code.</summary>
    internal void Break(Exception cause)
    {
        if (_fault is not null)
        {
            return;
        }

        var fault = new RoomFaultedException($"room '{Id}' stopped: {cause.Message}", cause);
        _fault = fault;
        _probe?.Broke(cause);
        foreach (var waiting in _awaitingQuiet)
        {
            waiting.Fail(this, fault);
        }

        _awaitingQuiet.Clear();
        foreach (var held in _turnOrder?.ReleaseAll() ?? [])
        {
            held.Fail(this, fault);
        }

        foreach (var conversation in _conversations.All())
        {
            conversation.Break();
        }

        _followers.Complete(fault);
    }
}
