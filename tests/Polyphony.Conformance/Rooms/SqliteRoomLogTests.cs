using Polyphony.Rooms;
using Polyphony.Sqlite;

namespace Polyphony.Conformance.Rooms;

public sealed class SqliteRoomLogTests : RoomLogConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override async ValueTask<IRoomLog> OpenAsync() =>
        await SqliteRoomLog.OpenAsync(new() { Path = _folder.File("rooms.db") }, TestContext.Current.CancellationToken);
}
