using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks.Sources;
using Polyphony.Turns;

namespace Polyphony.Rooms;

/// <summary>
/// A persona's seat in a live room, as its loop sees it. The room's writer hands offers in and the loop takes them out through one slot, so an
/// idle persona costs no queue, no task and no thread.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer or a link holds nothing to release, and a running turn may still hold its token.")]
internal sealed class RoomConversation : IConversation, IValueTaskSource<ConversationStep>, IThreadPoolWorkItem
{
    private static readonly object Waiting = new();
    private static readonly object Broken = new();

    private readonly Room _room;
    private readonly RoomWriter _writer;
    private readonly string _name;
    private ManualResetValueTaskSourceCore<ConversationStep> _core;
    private TurnResultWork? _work;
    private CancellationTokenSource? _withdrawal;
    private Offer? _offered;
    private CancellationTokenRegistration _cancellation;

    // null: nothing to take. Waiting: the loop waits. Broken: the room is. Otherwise the step to take.
    private object? _slot;

    public RoomConversation(Room room, RoomWriter writer, ParticipantId persona, string name)
    {
        _room = room;
        _writer = writer;
        Persona = persona;
        _name = name;
    }

    public ParticipantId Persona { get; }

    public bool ShowsDrafts => _room.IsFollowed;

    public async ValueTask<long> PrimeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var receipt = await _room.JoinAsync(Persona, AuthorKind.Persona, _name);
        if (receipt is Receipt.Refused refused)
        {
            throw new InvalidOperationException($"{Persona} cannot join {_room.Id}: {refused.Reason}");
        }

        return await _room.LookAsync(state => state.TryGetSeat(Persona, out var seat) ? seat.JoinedAt : 0);
    }

    public ValueTask<ConversationStep> NextAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ConversationStep>(cancellationToken);
        }

        if (cancellationToken != _cancellation.Token)
        {
            _cancellation.Dispose();
            _cancellation = cancellationToken.UnsafeRegister(static conversation => ((RoomConversation)conversation!).StopWaiting(), this);
        }

        _core.Reset();
        var version = _core.Version;
        if (Interlocked.CompareExchange(ref _slot, Waiting, null) is not null)
        {
            if (!Trampoline.OthersWait || ReferenceEquals(Volatile.Read(ref _slot), Broken))
            {
                return Take();
            }

            // The step is here, and so are other loops that this thread is to run: they go first.
            Trampoline.Run(this);
        }
        else if (cancellationToken.IsCancellationRequested)
        {
            // It was signalled before there was a wait to end.
            StopWaiting();
        }

        return new(this, version);
    }

    public void Draft(TurnId turn, string wordsSoFar) => _writer.Followers.ShowDraft(Persona, turn, wordsSoFar);

    public ValueTask<Receipt> CompleteAsync(TurnResult result, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(result.Outcome, nameof(result));
        if (result.Persona != Persona)
        {
            throw new ArgumentException($"this is the seat of {Persona}; hand the result of {result.Persona} in at its own", nameof(result));
        }

        // A result is never given up half way: the room takes it or says why not, and that is soon.
        _ = cancellationToken;
        return (_work ??= new(this, _writer)).HandIn(result);
    }

    /// <summary>Called by the writer.</summary>
    internal void Offer(TurnOffered offered, RoomState state, long arrived)
    {
        if (_withdrawal is null || _withdrawal.IsCancellationRequested)
        {
            _withdrawal = new();
        }

        Deposit(_offered = OfferOf(offered, state, arrived, _withdrawal.Token));
    }

    /// <summary>What a persona is given to answer, as the room stands.</summary>
    internal static Offer OfferOf(TurnOffered offered, RoomState state, long arrived, CancellationToken withdrawn) => new()
    {
        Room = state.Id,
        Turn = offered.Turn,
        Attempt = offered.Attempt,
        Persona = offered.Persona,
        First = offered.First,
        Last = offered.Last,
        Transcript = state.Transcript.View(),
        Roster = state.Roster,
        Doctrine = state.Rules.Doctrine ?? "",
        Voice = state.Rules.Voice,
        Timeout = state.Rules.TurnTimeout,
        ArrivedTimestamp = arrived,
        Withdrawn = withdrawn,
    };

    /// <summary>Called by the writer. The loop's own code runs on the cancellation, so it is left to the pool.</summary>
    /// <param name="outcome">Under what the room closed the turn; null where it is broken and closed none.</param>
    internal void Withdraw(TurnOutcome? outcome)
    {
        if (_offered is { } offered)
        {
            offered.WithdrawnAs = outcome;
            _offered = null;
        }

        if (_withdrawal is { } withdrawal)
        {
            _withdrawal = null;
            ThreadPool.UnsafeQueueUserWorkItem(static source => source.Cancel(), withdrawal, preferLocal: false);
        }
    }

    /// <summary>Called by the writer before it decides on a result. An idle persona must not hold on to the transcript of its last offer.</summary>
    internal void Answered(TurnResult result)
    {
        if (_offered is { } offered && offered.Turn == result.Turn && offered.Attempt == result.Attempt)
        {
            _offered = null;
        }
    }

    internal void Break()
    {
        Withdraw(null);
        if (ReferenceEquals(Interlocked.Exchange(ref _slot, Broken), Waiting))
        {
            _writer.WakeLater(this);
        }
    }

    /// <summary>Called when the room has been closed.</summary>
    internal void End()
    {
        // An offer that nobody took was closed with the room, and the end takes its place; a room that is broken stays so.
        var before = Volatile.Read(ref _slot);
        while (!ReferenceEquals(before, Broken) && Interlocked.CompareExchange(ref _slot, ConversationEnded.Instance, before) is var now
            && !ReferenceEquals(now, before))
        {
            before = now;
        }

        if (ReferenceEquals(before, Waiting))
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        _cancellation.Dispose();
    }

    /// <summary>Has the loop go on with what it waits for. Called after the writer has let go.</summary>
    internal void Wake()
    {
        if (_work is { } work && work.Answer())
        {
            return;
        }

        if (ReferenceEquals(Volatile.Read(ref _slot), Broken))
        {
            _core.SetException(_writer.Fault!);
        }
        else if (ReferenceEquals(Volatile.Read(ref _slot), ConversationEnded.Instance))
        {
            // The end stays: whoever asks again is told again.
            _core.SetResult(ConversationEnded.Instance);
        }
        else if (Interlocked.Exchange(ref _slot, null) is ConversationStep step)
        {
            _core.SetResult(step);
        }
    }

    void IThreadPoolWorkItem.Execute() => Trampoline.Run(this);

    ConversationStep IValueTaskSource<ConversationStep>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ConversationStep>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<ConversationStep>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private ValueTask<ConversationStep> Take()
    {
        if (ReferenceEquals(Volatile.Read(ref _slot), Broken))
        {
            return ValueTask.FromException<ConversationStep>(_writer.Fault!);
        }

        var step = (ConversationStep)Interlocked.Exchange(ref _slot, null)!;
        if (step is ConversationEnded)
        {
            Volatile.Write(ref _slot, step);
        }

        return new(step);
    }

    private void Deposit(Offer offer)
    {
        if (ReferenceEquals(Interlocked.Exchange(ref _slot, offer), Waiting))
        {
            _writer.WakeLater(this);
        }
    }

    private void StopWaiting()
    {
        if (ReferenceEquals(Interlocked.CompareExchange(ref _slot, null, Waiting), Waiting))
        {
            _core.SetException(new OperationCanceledException(_cancellation.Token));
        }
    }
}
