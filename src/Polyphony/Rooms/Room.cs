using Microsoft.Extensions.Logging;
using Polyphony.Diagnostics;
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
public sealed class Room : IAsyncDisposable
{
    /// <summary>How many posts may be under way at once: 1,024.</summary>
    public const int PostLimit = 1024;

    private readonly RoomWriter _writer;
    private readonly SemaphoreSlim _space = new(PostLimit);
    private volatile bool _closed;

    private Room(RoomWriter writer) => _writer = writer;

    /// <summary>The room's id.</summary>
    public RoomId Id => _writer.Id;

    /// <summary>The clock the room was given.</summary>
    public TimeProvider Time => _writer.Time;

    /// <summary>Whether anybody follows the room and would see a draft.</summary>
    public bool IsFollowed => _writer.Followers.Any;

    internal RoomProbe? Probe => _writer.Probe;

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

        var room = new Room(new(id, log, time, state, RoomProbe.For(GuardedLogger.Around(logger), id), inTurnOrder));
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
        var arrived = Time.GetTimestamp();
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
        var seat = new RoomConversation(this, _writer, persona, name);
        return _writer.Conversations.TryAdd(persona, seat)
            ? seat
            : throw new InvalidOperationException($"{persona} has a loop in {Id} already; run one loop for a persona in a room");
    }

    /// <summary>Waits until no turn is open and everything is durable.</summary>
    public ValueTask WhenQuietAsync(CancellationToken cancellationToken = default)
    {
        var work = new QuietWork();
        _writer.Enqueue(work, fromLoop: false);
        return work.WaitAsync(cancellationToken);
    }

    /// <summary>Looks at the room between two inputs, on its writer. Do nothing long in <paramref name="look"/>, and keep nothing of the state.</summary>
    public Task<T> LookAsync<T>(Func<RoomState, T> look)
    {
        ArgumentNullException.ThrowIfNull(look);
        var work = new LookWork<T>(look);
        _writer.Enqueue(work, fromLoop: false);
        return work.Task;
    }

    /// <summary>Follows the room: every event from now on, in order and once durable, and the drafts between them.</summary>
    /// <param name="capacity">How many signals may wait; a follower that falls further behind is told so and let go.</param>
    public RoomSubscription Subscribe(int capacity = 4096)
    {
        var subscription = new RoomSubscription(_writer.Followers, capacity);
        _writer.Followers.Add(subscription);

        // After it was added, as a fault and the end of the room set their mark before they let the followers go.
        if (_writer.Fault is not null || _closed)
        {
            subscription.Complete(_writer.Fault);
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
        foreach (var conversation in _writer.Conversations.All())
        {
            conversation.End();
        }

        _writer.Followers.Complete(null);
    }

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
        _writer.Enqueue(work, fromLoop: false);
        return work.WaitAsync();
    }
}
