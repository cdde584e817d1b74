using Microsoft.Data.Sqlite;
using Polyphony.Rooms;
using Polyphony.Sqlite;

namespace Polyphony.Conformance.Rooms;

/// <summary>A log's file in a folder of one test's own, and what tests do to it.</summary>
internal sealed class SqliteLogFile : IDisposable
{
    public static readonly RoomId Lobby = new("lobby");

    private readonly TemporaryFolder _folder = new();

    public string Path => Beside("rooms.db");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    public string Beside(string name) => _folder.File(name);

    public static async Task<SqliteRoomLog> OpenAsync(SqliteRoomLogOptions options) => await SqliteRoomLog.OpenAsync(options, Cancelled);

    public static async Task<List<IReadOnlyList<RoomEvent>>> ReadAsync(SqliteRoomLog log, RoomId room)
    {
        var appends = new List<IReadOnlyList<RoomEvent>>();
        await foreach (var events in log.ReadAsync(room, Cancelled))
        {
            appends.Add(events);
        }

        return appends;
    }

    public static IEnumerable<long> Numbers(IEnumerable<IReadOnlyList<RoomEvent>> appends) =>
        appends.SelectMany(append => append).Cast<MessagePosted>().Select(posted => posted.Message.Seq);

    public static void ShouldSay(RoomLogException error, params string[] parts)
    {
        error.Message.ShouldNotContain('\n');
        foreach (var part in parts)
        {
            error.Message.ShouldContain(part);
        }
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteScalar();
    }

    public static byte[] Snapshot(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    public static void Overwrite(string path, int from, int to)
    {
        using var file = File.OpenWrite(path);
        file.Position = from;
        file.Write([.. Enumerable.Repeat((byte)0xA5, to - from)]);
    }

    public Task<SqliteRoomLog> OpenAsync() => OpenAsync(new() { Path = Path });

    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        return connection;
    }

    public async Task WriteAsync(int appends)
    {
        await using var log = await OpenAsync();
        for (var i = 1; i <= appends; i++)
        {
            await log.AppendAsync(Lobby, [RoomEventSamples.Said(i)]);
        }
    }

    public async Task ChangeAsync(string sql)
    {
        await using var connection = Connect();
        Execute(connection, sql);
    }

    public async Task ShouldRefuse(string says) =>
        ShouldSay(await Should.ThrowAsync<RoomLogException>(async () => await OpenAsync()), Path, says);

    public async Task ShouldRefuseUntouched(string says)
    {
        var before = Snapshot(Path);
        await ShouldRefuse(says);
        Snapshot(Path).ShouldBe(before);
        Directory.GetFiles(System.IO.Path.GetDirectoryName(Path)!).ShouldBe([Path]);
    }
}
