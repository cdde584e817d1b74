using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Testing;

/// <summary>
/// A conversation that follows a script, for one persona: messages, faults and an end, one after the other. It offers each message of somebody else as a
/// turn of its own, with the transcript up to it, and records what the persona made of it.
/// </summary>
/// <remarks>
/// <para>Write the script first, with the methods that return the conversation; from the first call for a step on it is fixed, and what else is to happen
/// arrives through <see cref="OpenFeed"/>. Past its end it ends again and again; it never hangs, unless a feed is open.</para>
/// <para>Delivery is at least once: a message whose number or id was there before is offered again, as a new turn. Own messages, and messages at or below the
/// high-water mark, never are. An offer that was withdrawn or cancelled is offered again as its next attempt.</para>
/// <para>The persona's replies take their place in the transcript, unless the script gives numbers itself: then they are the script's alone, and a reply comes back only
/// as an <see cref="ScriptedEvent.OwnMessage"/>. Thread-safe, and cheap: a step allocates its offer and its message.</para>
/// </remarks>
public sealed class ScriptedConversation : IConversation
{
    private readonly Lock _stepping = new();
    private readonly Milestones _offered = new();
    private readonly Milestones _completed = new();
    private readonly List<ShownDraft> _drafts = [];
    private readonly ScriptPlayer _player;
    private string? _primeFailure;
    private Func<TurnResult, Receipt?>? _receipt;
    private ConversationFeed? _feed;
    private TaskCompletionSource? _arrival;
    private int _primedCount;

    /// <param name="persona">Who sits here.</param>
    /// <param name="name">The persona's name.</param>
    /// <param name="room">The room it is said to be; <c>scripted</c> where absent.</param>
    /// <param name="ids">Gives messages their ids; a source of its own where absent.</param>
    public ScriptedConversation(ParticipantId persona, string name, RoomId? room = null, SequentialIds? ids = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(persona.Value);
        ArgumentException.ThrowIfNullOrEmpty(name);
        Persona = persona;
        _player = new(new(persona, AuthorKind.Persona, name), room ?? new RoomId("scripted"), ids ?? new SequentialIds());
        _player.Scene.LetIn(Visitor);
    }

    /// <summary>Whoever speaks where a script does not say who: a person by the name of Vera.</summary>
    public static Participant Visitor { get; } = new(Post.HumanId("Vera"), AuthorKind.Human, "Vera");

    /// <inheritdoc/>
    public ParticipantId Persona { get; }

    /// <inheritdoc/>
    public bool ShowsDrafts { get; private set; }

    /// <summary>How often it was primed, failed attempts counted too.</summary>
    public int PrimedCount => Volatile.Read(ref _primedCount);

    /// <summary>How many offers it gave.</summary>
    public int OfferCount => _offered.Count;

    /// <summary>What it did not offer, until now.</summary>
    public NotOfferedCounts NotOffered
    {
        get
        {
            lock (_stepping)
            {
                return _player.NotOffered;
            }
        }
    }

    /// <summary>What the persona said: a copy.</summary>
    public IReadOnlyList<Saying> Said => CopyOf(_player.Said);

    /// <summary>The results that were handed in, whatever became of them: a copy.</summary>
    public IReadOnlyList<TurnResult> Results => CopyOf(_player.Results);

    /// <summary>The drafts that were shown: a copy.</summary>
    public IReadOnlyList<ShownDraft> Drafts => CopyOf(_drafts);

    /// <summary>Adds to the end of the script.</summary>
    /// <exception cref="InvalidOperationException">The script is under way, or has its end already.</exception>
    public ScriptedConversation With(params IEnumerable<ScriptedEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        lock (_stepping)
        {
            foreach (var e in events)
            {
                _player.Script(e);
            }
        }

        return this;
    }

    /// <summary>Adds a message, for a script of plain words.</summary>
    /// <param name="text">What is said.</param>
    /// <param name="seq">Its place in the transcript; the next one where absent.</param>
    /// <param name="from">Who says it; <see cref="Visitor"/> where absent.</param>
    public ScriptedConversation Message(string text, long? seq = null, Participant? from = null) =>
        With(new ScriptedEvent.Message(text) { Seq = seq, From = from });

    /// <summary>Adds a message of the persona's own that comes back to it.</summary>
    public ScriptedConversation OwnMessage(string text, long? seq = null) => With(new ScriptedEvent.OwnMessage(text) { Seq = seq });

    /// <summary>Adds a fault.</summary>
    public ScriptedConversation Fault(string reason) => With(new ScriptedEvent.Fault(reason));

    /// <summary>Adds a call that throws.</summary>
    public ScriptedConversation Breaks(Exception error) => With(new ScriptedEvent.Breakage(error));

    /// <summary>Adds the end. A script without one ends where it is used up, or where its feed is closed.</summary>
    public ScriptedConversation Ends() => With(new ScriptedEvent.Ending());

    /// <summary>Lets messages up to <paramref name="seq"/> be history: <see cref="PrimeAsync"/> answers with it, and none of them is offered. Default: 0.</summary>
    public ScriptedConversation WithHighWaterMark(long seq)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(seq);
        return Set(() => _player.HighWaterMark = seq);
    }

    /// <summary>Lets every priming fail. The attempt is counted.</summary>
    public ScriptedConversation WithPrimeFailure(string reason) => Set(() => _primeFailure = reason);

    /// <summary>Lets every step before a successful priming be a fault that uses up one event, so that a caller who never primes still comes to the end.</summary>
    public ScriptedConversation RequirePrimeBeforeNext() => Set(() => _player.RequiresPrime = true);

    /// <summary>Lets every reply fail on its way in: the call throws, and nothing was said.</summary>
    public ScriptedConversation WithSayFailure(string reason) => Set(() => _player.SayFailure = reason);

    /// <summary>Lets the test answer results in the conversation's place; where it gives null, the conversation answers itself.</summary>
    public ScriptedConversation WithReceipts(Func<TurnResult, Receipt?> receipt) => Set(() => _receipt = receipt);

    /// <summary>Gives every turn this long. Default: as long as a room's default.</summary>
    public ScriptedConversation WithTurnTimeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return Set(() => _player.Timeout = timeout);
    }

    /// <summary>Gives messages and arrivals the time of this clock. Without one, messages have the Unix epoch's and arrivals are not measured.</summary>
    public ScriptedConversation WithClock(TimeProvider time) => Set(() => _player.Time = time);

    /// <summary>Has drafts shown, and recorded in <see cref="Drafts"/>.</summary>
    public ScriptedConversation WithDraftsShown() => Set(() => ShowsDrafts = true);

    /// <summary>Lets somebody be in the roster before a word of theirs. Whoever speaks is in it anyway.</summary>
    public ScriptedConversation WithParticipant(Participant participant) => Set(() => _player.Scene.LetIn(participant));

    /// <summary>Opens the feed, the same one at every call. Once it was closed it stays closed.</summary>
    public ConversationFeed OpenFeed()
    {
        lock (_stepping)
        {
            _player.Events.FeedIsOpen |= _feed is null;
            return _feed ??= new(this);
        }
    }

    /// <summary>Waits until it gave <paramref name="count"/> offers, counted from the first ever: until that turn runs.</summary>
    public Task WhenOfferedAsync(int count, CancellationToken cancellationToken) => _offered.WhenAsync(count, cancellationToken);

    /// <summary>Waits until <paramref name="count"/> results were handed in, counted from the first ever.</summary>
    public Task WhenCompletedAsync(int count, CancellationToken cancellationToken) => _completed.WhenAsync(count, cancellationToken);

    /// <summary>Withdraws the offer that is open. A result for it is stale, and the next step offers it again, as the next attempt.</summary>
    /// <exception cref="InvalidOperationException">No offer is open.</exception>
    public void WithdrawOffer()
    {
        CancellationTokenSource withdrawal;
        lock (_stepping)
        {
            withdrawal = _player.Withdraw();
        }

        withdrawal.Cancel();
    }

    /// <inheritdoc/>
    public ValueTask<long> PrimeAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _primedCount);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_stepping)
        {
            if (_primeFailure is not null)
            {
                throw new InvalidOperationException(_primeFailure);
            }

            _player.IsPrimed = true;
            return new(_player.HighWaterMark);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The script contradicts itself, or the last offer has no result yet.</exception>
    public ValueTask<ConversationStep> NextAsync(CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<ConversationStep>(cancellationToken)
        : Step(out _) is { } step ? new(step)
        : WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public void Draft(TurnId turn, string wordsSoFar)
    {
        lock (_stepping)
        {
            _drafts.Add(new(turn, wordsSoFar));
        }
    }

    /// <inheritdoc/>
    public ValueTask<Receipt> CompleteAsync(TurnResult result, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(result);
        var given = _receipt?.Invoke(result);
        try
        {
            lock (_stepping)
            {
                return new(_player.Take(result, given));
            }
        }
        finally
        {
            _completed.Reach();
        }
    }

    internal void Arrive(ScriptedEvent arrival) => Change(() => _player.Arrive(arrival));

    internal void ArriveAfterOffer(int count, ScriptedEvent arrival) => Change(() => _player.ArriveAfterOffer(count, arrival));

    internal void CloseFeed() => Change(() => _player.Events.FeedIsOpen = false);

    private async ValueTask<ConversationStep> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Step(out var arrival) is { } step)
            {
                return step;
            }

            await arrival!.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Takes the next step; or null, and what to wait for.</summary>
    private ConversationStep? Step(out Task? arrival)
    {
        ConversationStep? step;
        lock (_stepping)
        {
            step = _player.Step();
            arrival = step is null ? (_arrival ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task : null;
        }

        if (step is Offer)
        {
            _offered.Reach();
        }

        return step;
    }

    private ScriptedConversation Set(Action set)
    {
        lock (_stepping)
        {
            _player.Events.ThrowIfBegun();
            set();
        }

        return this;
    }

    private void Change(Action change)
    {
        TaskCompletionSource? arrival;
        lock (_stepping)
        {
            change();
            (arrival, _arrival) = (_arrival, null);
        }

        arrival?.TrySetResult();
    }

    private IReadOnlyList<T> CopyOf<T>(List<T> list)
    {
        lock (_stepping)
        {
            return [.. list];
        }
    }
}
