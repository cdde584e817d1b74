using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Polyphony.Memory;
using Polyphony.Rooms;

namespace Polyphony.Sqlite;

/// <summary>Where a <see cref="SqliteEngramStore"/> lies.</summary>
public sealed record SqliteEngramStoreOptions
{
    /// <summary>The database file, for any number of rooms: its own, beside the room log. It and its folder are created where they are missing.</summary>
    public required string Path { get; init; }

    /// <summary>How large the file may become, in bytes. Default 64 GiB. Changes that do not fit fail, and are kept by their room.</summary>
    public long MaxBytes { get; init; } = 64L << 30;
}

/// <summary>Memories in one SQLite file of their own, which one process has open at a time, with an index of SQLite's FTS5.</summary>
/// <remarks>A thread and a connection of its own: searching never holds the room log's writer. Changes survive the end of the process, however that comes. Thread-safe.</remarks>
public sealed class SqliteEngramStore : IEngramStore
{
    private readonly Channel<Action<EngramStoreFile>> _work = Channel.CreateUnbounded<Action<EngramStoreFile>>(new() { SingleReader = true });
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SqliteEngramStoreOptions _options;

    private SqliteEngramStore(SqliteEngramStoreOptions options) => _options = options;

    /// <summary>Opens a store, new or as it was left.</summary>
    /// <exception cref="EngramStoreException">
    /// The file is open in another process or twice in this one, damaged, of a newer version, or no memory file at all; the message names it and says what to do. Nothing was changed in it.
    /// </exception>
    public static async ValueTask<SqliteEngramStore> OpenAsync(SqliteEngramStoreOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        cancellationToken.ThrowIfCancellationRequested();
        var store = new SqliteEngramStore(options with { Path = Path.GetFullPath(options.Path) });
        new Thread(store.Run) { IsBackground = true, Name = "Polyphony memory" }.Start();
        await store._opened.Task;
        return store;
    }

    /// <inheritdoc/>
    public async ValueTask<StoredMemory> LoadAsync(RoomId room, string? embeddingModel, CancellationToken cancellationToken) =>
        await AskAsync("read", file => file.Load(room, embeddingModel)).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask SaveAsync(RoomId room, EngramChanges changes) => await DoAsync(file => file.Save(room, changes));

    /// <inheritdoc/>
    public IEngramIndex IndexOf(RoomId room) => new SqliteEngramIndex(this, room);

    /// <summary>Writes what was accepted and closes the file. Another process may open it then.</summary>
    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        await _ended.Task;
    }

    /// <summary>Asks the file something that only a test wants to know.</summary>
    internal Task<long> AskAsync(string sql) => AskAsync("read", file => file.Ask(sql));

    private Task DoAsync(Action<EngramStoreFile> change) => AskAsync("written", file =>
    {
        change(file);
        return true;
    });

    [SuppressMessage("Design", "CA1031", Justification = "Handed to whoever asked.")]
    private Task<T> AskAsync<T>(string verb, Func<EngramStoreFile, T> ask)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var isAccepted = _work.Writer.TryWrite(file =>
        {
            try
            {
                answer.SetResult(ask(file));
            }
            catch (Exception failure)
            {
                answer.SetException(EngramStoreErrors.Of(_options.Path, verb, failure));
            }
        });
        return isAccepted ? answer.Task : Task.FromException<T>(EngramStoreErrors.File.Closed(_options.Path));
    }

    // A thread of its own, because it blocks on the disk.
    [SuppressMessage("Design", "CA1031", Justification = "Whoever opens or closes the store hears what went wrong.")]
    private void Run()
    {
        EngramStoreFile file;
        try
        {
            file = EngramStoreFile.Open(_options);
        }
        catch (Exception refused)
        {
            _opened.SetException(refused);
            return;
        }

        _opened.SetResult();
        while (_work.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_work.Reader.TryRead(out var work))
            {
                work(file);
            }
        }

        try
        {
            file.Dispose();
            _ended.SetResult();
        }
        catch (SqliteException error)
        {
            _ended.SetException(error);
        }
    }

    /// <summary>The index over one room, in the store's file.</summary>
    private sealed class SqliteEngramIndex(SqliteEngramStore store, RoomId room) : IEngramIndex
    {
        public async ValueTask AddAsync(IReadOnlyList<IndexedText> texts)
        {
            ArgumentNullException.ThrowIfNull(texts);
            if (texts.Count > 0)
            {
                await store.DoAsync(file => file.AddWords(room, texts));
            }
        }

        public async ValueTask RemoveAsync(IReadOnlyList<long> keys)
        {
            ArgumentNullException.ThrowIfNull(keys);
            if (keys.Count > 0)
            {
                await store.DoAsync(file => file.RemoveWords(room, keys));
            }
        }

        public async ValueTask<IReadOnlyList<EngramHit>> SearchAsync(string text, int limit, int budget)
        {
            ArgumentNullException.ThrowIfNull(text);
            ArgumentOutOfRangeException.ThrowIfNegative(limit);
            ArgumentOutOfRangeException.ThrowIfLessThan(budget, 1);
            return await store.AskAsync("read", file => file.Search(room, text, limit, budget));
        }
    }
}
