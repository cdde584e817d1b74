using Polyphony.Rooms;

namespace Polyphony.Conformance.Rooms;

public sealed class InMemoryRoomLogTests : RoomLogConformance, IAsyncDisposable
{
    private readonly InMemoryRoomLog _log = new();

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    protected override ValueTask<IRoomLog> OpenAsync() => new(_log);
}
