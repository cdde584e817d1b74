using Polyphony.Memory;
using Polyphony.Rooms;
using Polyphony.Sqlite;

namespace Polyphony.Cli.Prompts;

/// <summary>The memories of a room as a file has them, to be looked at: nothing that is done to them is written back.</summary>
internal sealed class LoadedEngrams : IEngramStore
{
    private readonly StoredMemory _stored;

    private LoadedEngrams(StoredMemory stored) => _stored = stored;

    /// <summary>Reads a room's memories; there are none where there is no file.</summary>
    /// <exception cref="EngramStoreException">The file cannot be used; the message says what to do.</exception>
    public static async Task<LoadedEngrams> ReadAsync(string path, RoomId room, CancellationToken cancel)
    {
        if (!File.Exists(path))
        {
            return new(StoredMemory.Empty);
        }

        await using var store = await SqliteEngramStore.OpenAsync(new() { Path = path }, cancel);
        return new(await store.LoadAsync(room, null, cancel) with { HasIndex = false });
    }

    public ValueTask<StoredMemory> LoadAsync(RoomId room, string? embeddingModel, CancellationToken cancellationToken) => ValueTask.FromResult(_stored);

    public ValueTask SaveAsync(RoomId room, EngramChanges changes) => ValueTask.CompletedTask;

    public IEngramIndex IndexOf(RoomId room) => new InMemoryEngramIndex();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
