using Polyphony.Memory;
using Polyphony.Rooms;
using Polyphony.Sqlite;

namespace Polyphony.Cli.Models;

/// <summary>The memory file of a data directory, opened when a room asks for its memories: a room that cannot be opened leaves no file beside it.</summary>
internal sealed class DeferredEngrams(string path) : IEngramStore
{
    private SqliteEngramStore? _opened;

    public async ValueTask<StoredMemory> LoadAsync(RoomId room, string? embeddingModel, CancellationToken cancellationToken)
    {
        _opened ??= await SqliteEngramStore.OpenAsync(new() { Path = path }, cancellationToken);
        return await _opened.LoadAsync(room, embeddingModel, cancellationToken);
    }

    public ValueTask SaveAsync(RoomId room, EngramChanges changes) => Opened.SaveAsync(room, changes);

    public IEngramIndex IndexOf(RoomId room) => Opened.IndexOf(room);

    public ValueTask DisposeAsync() => _opened?.DisposeAsync() ?? ValueTask.CompletedTask;

    private SqliteEngramStore Opened => _opened ?? throw new InvalidOperationException("the memories have not been loaded yet");
}
