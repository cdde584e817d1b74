using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Polyphony.Diagnostics;
using Polyphony.Inference;
using Polyphony.Rooms;

namespace Polyphony.Memory;

/// <summary>
/// What the personas of one room remember: a projection of its transcript, kept by one keeper off the hot path. A turn reads what was prepared and hands over what is new; the keeper
/// admits it for every persona, then prepares for each what it will recall.
/// </summary>
/// <remarks>
/// Thread-safe. There is no queue and no thread: what is handed over takes the place of what waits, and the keeper runs on the pool while there is something to do. Time is that of the
/// newest message. A failing store, index or model is a counted <see cref="MemoryFault"/> and never a turn's.
/// </remarks>
public sealed class RoomMemory : IAsyncDisposable, IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Running = 1;
    private const int Signalled = 2;

    private readonly ConcurrentDictionary<ParticipantId, PersonaMemory> _handles = [];
    private readonly ConcurrentQueue<KeeperRequest> _requests = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly MemoryKeeper _keeper;
    private readonly bool _onlyWhenSettled;
    private Handed? _handed;
    private int _state;
    private int _closed;

    private RoomMemory(RoomId room, MemoryOptions options, StoredMemory stored, bool onlyWhenSettled, ILogger? logger)
    {
        Room = room;
        Options = options;
        _onlyWhenSettled = onlyWhenSettled;
        _keeper = new(this, stored, RoomProbe.For(GuardedLogger.Around(logger), room), _stop.Token);
    }

    /// <summary>The room.</summary>
    public RoomId Room { get; }

    /// <summary>What became of what came, until the keeper's last pass.</summary>
    public MemoryCounts Counts => _keeper.Counts;

    internal MemoryOptions Options { get; }

    /// <summary>Opens the memory of a room as its store has it.</summary>
    /// <param name="room">The room.</param>
    /// <param name="options">How they remember.</param>
    /// <param name="onlyWhenSettled">Whether the keeper works only while <see cref="WhenSettledAsync"/> is awaited, so that a run repeats. Default false.</param>
    /// <param name="logger">Receives the probes.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="EngramStoreException">The store cannot be read.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static async ValueTask<RoomMemory> OpenAsync(
        RoomId room, MemoryOptions options, bool onlyWhenSettled = false, ILogger? logger = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(room.Value);
        options.Validate();
        var stored = await options.Store.LoadAsync(room, options.Embeddings is null ? null : options.EmbeddingModel, cancellationToken);
        var memory = new RoomMemory(room, options, stored, onlyWhenSettled, logger);
        await memory._keeper.OpenAsync();
        return memory;
    }

    /// <summary>Gives a persona its memory of the room, as it was left. One that is there already keeps it.</summary>
    public PersonaMemory Add(ParticipantId owner, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(owner.Value);
        ArgumentNullException.ThrowIfNull(name);
        return Add(owner, name, null);
    }

    /// <summary>The memory of a persona.</summary>
    /// <exception cref="InvalidOperationException">It has none here: an engram has one owner, and nobody else reads it.</exception>
    public PersonaMemory For(ParticipantId owner) => _handles.TryGetValue(owner, out var handle)
        ? handle
        : throw new InvalidOperationException($"{owner} has no memory of {Room}; add it first");

    /// <summary>Brings all memories up to the room's transcript, from its log where they are further behind than what is in memory. What the log does not know goes.</summary>
    public Task CatchUpAsync(IRoomLog log, TranscriptView transcript, Roster roster, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(roster);

        // Handed over by the keeper itself, when the log is read: a pass that is about to begin would take the transcript for all that was missed.
        return AskAsync(async keeper =>
        {
            await keeper.CatchUpAsync(log, new(transcript, roster), cancellationToken);
            Replace(new(transcript, roster));
        });
    }

    /// <summary>Hands over what was said until now. Costs a comparison where it is not new; never waits.</summary>
    /// <returns>How many messages the memories have not dealt with yet.</returns>
    public int Hand(TranscriptView transcript, Roster roster)
    {
        if (Volatile.Read(ref _closed) != 0)
        {
            return 0;
        }

        // All personas of a room hand over the same; only the first of them makes something of it.
        var isNew = (Volatile.Read(ref _handed)?.Transcript.LastSeq ?? -1) < transcript.LastSeq && Replace(new(transcript, roster));
        if (isNew && !_onlyWhenSettled)
        {
            Signal();
        }

        return (int)Math.Max(0, transcript.LastSeq - Math.Max(_keeper.Through, transcript.FirstSeq - 1));
    }

    /// <summary>Waits until everything that was handed over before is admitted and prepared, and saved unless the store fails, vectors included where there are any.</summary>
    public async Task WhenSettledAsync(CancellationToken cancellationToken = default)
    {
        await PassAsync(cancellationToken);
        while (_keeper.Embedding is { IsCompleted: false } embedding)
        {
            await embedding.WaitAsync(cancellationToken);
            await PassAsync(cancellationToken);
        }
    }

    private async Task PassAsync(CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(static _ => ValueTask.CompletedTask).WaitAsync(cancellationToken);
        }
        catch (EngramStoreException)
        {
            // A counted fault; what is not saved is in memory all the same.
        }
    }

    /// <summary>All that a persona remembers, in the order of the ids.</summary>
    public async Task<IReadOnlyList<RememberedEngram>> ListAsync(ParticipantId owner)
    {
        IReadOnlyList<RememberedEngram> all = [];
        await AskAsync(keeper => keeper.List(owner, out all));
        return all;
    }

    /// <summary>Removes an engram and its index entries for good; its message is not admitted again, also when memory is rebuilt from the log.</summary>
    /// <returns>False where the persona has no such engram.</returns>
    /// <exception cref="EngramStoreException">It is gone, but the store was not written.</exception>
    public Task<bool> ForgetAsync(ParticipantId owner, EngramId id) => ChangeAsync(owner, id, static (keeper, persona, found) => keeper.ForgetAsync(persona, found));

    /// <summary>Keeps an engram as it is from now on, and recalls it where it was in quarantine.</summary>
    /// <returns>False where the persona has no such engram.</returns>
    /// <exception cref="EngramStoreException">It is pinned, but the store was not written.</exception>
    public Task<bool> PinAsync(ParticipantId owner, EngramId id) => ChangeAsync(owner, id, static (keeper, persona, found) => keeper.PinAsync(persona, found));

    /// <summary>Lets an engram fade again.</summary>
    /// <returns>False where the persona has no such engram.</returns>
    /// <exception cref="EngramStoreException">It is unpinned, but the store was not written.</exception>
    public Task<bool> UnpinAsync(ParticipantId owner, EngramId id) => ChangeAsync(owner, id, static (keeper, persona, found) => keeper.Unpin(persona, found));

    /// <summary>Saves what is not saved yet. A model call under way is cancelled. The store stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync();
        await Task.WhenAll(_keeper.Embedding, _keeper.Reflection);
        try
        {
            await EnqueueAsync(static _ => ValueTask.CompletedTask);
        }
        catch (EngramStoreException)
        {
            // A counted fault, told where it happened. What the store lacks is rebuilt from the log.
        }

        _stop.Dispose();
    }

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    internal PersonaMemory Add(ParticipantId owner, string name, PersonaMind? mind)
    {
        var made = new PersonaMemory(this, owner, Math.Min(Options.WindowMessages, mind?.Profile.HistoryMessages ?? int.MaxValue));
        var handle = _handles.GetOrAdd(owner, made);
        if (handle == made)
        {
            _ = AskAsync(keeper => keeper.AddAsync(made, name, mind));
        }

        return handle;
    }

    /// <summary>Waits until the room is at rest; at once where nobody says when it is.</summary>
    internal Func<CancellationToken, ValueTask>? WhenAtRest { get; set; }

    /// <summary>The reflection under way, for who wants to wait for it.</summary>
    internal Task Reflection => _keeper.Reflection;

    internal void Post(Func<MemoryKeeper, ValueTask> work)
    {
        _requests.Enqueue(new(work));
        Signal();
    }

    private async Task<bool> ChangeAsync(ParticipantId owner, EngramId id, Func<MemoryKeeper, PersonaEngrams, Remembrance, ValueTask> change)
    {
        var isThere = false;
        await AskAsync(async keeper =>
        {
            var persona = keeper.Of(owner);
            if (persona.Find(id) is { } found)
            {
                isThere = true;
                await change(keeper, persona, found);
            }
        });
        return isThere;
    }

    private Task AskAsync(Func<MemoryKeeper, ValueTask> work)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed) != 0, this);
        return EnqueueAsync(work);
    }

    private Task EnqueueAsync(Func<MemoryKeeper, ValueTask> work)
    {
        var request = new KeeperRequest(work);
        _requests.Enqueue(request);
        Signal();
        return request.Done;
    }

    /// <returns>Whether it is newer than what was handed over before.</returns>
    private bool Replace(Handed handed)
    {
        while (true)
        {
            var before = Volatile.Read(ref _handed);
            if (before is not null && before.Transcript.LastSeq >= handed.Transcript.LastSeq)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _handed, handed, before) == before)
            {
                return true;
            }
        }
    }

    private void Signal()
    {
        if (Interlocked.Exchange(ref _state, Signalled) == Idle)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "The keeper lives on: what broke a pass is a counted fault, and whoever waits for that pass hears of it.")]
    private async Task RunAsync()
    {
        do
        {
            Interlocked.Exchange(ref _state, Running);
            List<KeeperRequest> requests = [];
            while (_requests.TryDequeue(out var request))
            {
                requests.Add(request);
            }

            try
            {
                await _keeper.PassAsync(Volatile.Read(ref _handed), requests);
            }
            catch (Exception broken)
            {
                _keeper.Fault(MemoryFaultKind.Keeper, null, broken);
                requests.ForEach(r => r.Fail(broken));
            }
        }
        while (Interlocked.CompareExchange(ref _state, Idle, Running) != Running);
    }
}

/// <summary>What was said until some moment.</summary>
internal sealed record Handed(TranscriptView Transcript, Roster Roster);

/// <summary>An engram as a person is shown it.</summary>
/// <param name="Engram">It.</param>
/// <param name="Salience">Now.</param>
/// <param name="AccessCount">How often it was recalled or confirmed.</param>
/// <param name="LastAccessed">When last.</param>
/// <param name="IsPinned">Whether it is pinned.</param>
/// <param name="Quarantine">Why it is not recalled; null where it is.</param>
public sealed record RememberedEngram(
    Engram Engram, double Salience, long AccessCount, DateTimeOffset? LastAccessed, bool IsPinned, EngramQuarantine? Quarantine);

/// <summary>What a persona reflects with.</summary>
internal sealed record PersonaMind(Microsoft.Extensions.AI.IChatClient Client, InferenceProfile Profile);
