using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Polyphony.Rooms;

/// <summary>A log that lasts as long as the process. An append is durable at once.</summary>
/// <param name="keepEvents">
/// Whether events are kept so that a room can be opened again; default true. False bounds the memory of a room that is never reopened: nothing but
/// its state stays.
/// </param>
public sealed class InMemoryRoomLog(bool keepEvents = true) : IRoomLog
{
    private readonly ConcurrentDictionary<RoomId, List<IReadOnlyList<RoomEvent>>> _rooms = new();

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<RoomEvent>> ReadAsync(
        RoomId room, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!_rooms.TryGetValue(room, out var appends))
        {
            yield break;
        }

        IReadOnlyList<RoomEvent>[] copy;
        lock (appends)
        {
            copy = [.. appends];
        }

        foreach (var events in copy)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return events;
        }

        await ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask AppendAsync(RoomId room, IReadOnlyList<RoomEvent> events)
    {
        if (keepEvents)
        {
            var appends = _rooms.GetOrAdd(room, static _ => []);
            lock (appends)
            {
                appends.Add([.. events]);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
