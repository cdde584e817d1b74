using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using Polyphony.Rooms;
using SQLitePCL;

namespace Polyphony.Sqlite;

/// <summary>The open database file. Belongs to one thread.</summary>
/// <remarks>
/// Appends of all rooms lie one after the other, in the order in which they came, so that a group of them dirties few pages however many rooms it
/// is of; clustered by room they would cost eight times as much. Each append names the one before it in its room, and the room names its last: a
/// room is read by following that chain back, then its appends from the first.
/// </remarks>
internal sealed class RoomLogFile : IDisposable
{
    /// <summary>Marks the file as a room log: "PlyL" in its header.</summary>
    public const int ApplicationId = 0x506C794C;

    public const int SchemaVersion = 1;

    /// <summary>How large the write-ahead log gets before it is copied into the file, but for the group of appends that reaches it.</summary>
    public const int WriteAheadBytes = 8 << 20;

    private const int NoCheckpointOnClose = 1006;

    private const string Schema = """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE rooms(id INTEGER PRIMARY KEY, name ANY NOT NULL UNIQUE, last INTEGER NOT NULL) STRICT;
        CREATE TABLE appends(
            id INTEGER PRIMARY KEY, room INTEGER NOT NULL, n INTEGER NOT NULL, previous INTEGER NOT NULL, version INTEGER NOT NULL,
            events BLOB NOT NULL) STRICT;
        INSERT INTO meta VALUES ('event-version', 0);
        """;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly SqliteConnection _connection;
    private readonly Dictionary<RoomId, RoomTail> _tails = [];
    private readonly List<RoomTail> _touched = [];
    private readonly List<SqliteStatement> _statements = [];
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _append;
    private readonly SqliteStatement _addRoom;
    private readonly SqliteStatement _moveRoom;
    private readonly SqliteStatement _findRoom;
    private readonly SqliteStatement _listRooms;
    private readonly SqliteStatement _findLink;
    private readonly SqliteStatement _findEvents;
    private long _lastAppend;
    private long _lastRoom;

    private RoomLogFile(SqliteConnection connection)
    {
        _connection = connection;
        _begin = Prepare("BEGIN");
        _commit = Prepare("COMMIT");
        _append = Prepare("INSERT INTO appends VALUES (?, ?, ?, ?, ?, ?)");
        _addRoom = Prepare("INSERT INTO rooms VALUES (?, ?, ?)");
        _moveRoom = Prepare("UPDATE rooms SET last = ? WHERE id = ?");
        _findRoom = Prepare("SELECT rooms.id, last, coalesce(n, 0) FROM rooms LEFT JOIN appends ON appends.id = last WHERE name = ?");
        _listRooms = Prepare("SELECT name FROM rooms ORDER BY id");
        _findLink = Prepare("SELECT room, n, previous FROM appends WHERE id = ?");
        _findEvents = Prepare("SELECT version, events FROM appends WHERE id = ?");
        _lastAppend = Ask("SELECT coalesce(max(id), 0) FROM appends");
        _lastRoom = Ask("SELECT coalesce(max(id), 0) FROM rooms");
    }

    /// <summary>Opens the file for this process alone, and makes it where there is none. Nothing is changed in a file that is refused.</summary>
    /// <exception cref="RoomLogException">The file is not one that this program may write.</exception>
    public static RoomLogFile Open(SqliteRoomLogOptions options)
    {
        var path = Path.GetFullPath(options.Path);
        if (Directory.Exists(path))
        {
            throw RoomLogErrors.IsDirectory(path);
        }

        SqliteConnection? connection = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            connection = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ConnectionString);
            connection.Open();
            Check(connection.Handle!, path, out var isNew);
            SetUp(connection.Handle!, path, options, isNew);
            return new(connection);
        }
        catch (Exception refused) when (refused is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            throw RoomLogErrors.CannotOpen(path, refused);
        }
        catch (RoomLogException)
        {
            connection?.Dispose();
            throw;
        }
    }

    public void Begin() => _begin.Run();

    /// <summary>Adds one append to the transaction.</summary>
    public void Append(RoomId room, ReadOnlySpan<byte> events)
    {
        if (!_tails.TryGetValue(room, out var tail))
        {
            tail = Find(room) ?? new(room, ++_lastRoom) { IsNew = true };
            _tails.Add(room, tail);
        }

        _append.Bind(1, ++_lastAppend).Bind(2, tail.Key).Bind(3, ++tail.Count).Bind(4, tail.Last).Bind(5, RoomEventCodec.Version)
            .BindBlob(6, events).Run();
        tail.Last = _lastAppend;
        if (!tail.IsTouched)
        {
            tail.IsTouched = true;
            _touched.Add(tail);
        }
    }

    public void Commit()
    {
        foreach (var tail in _touched)
        {
            if (tail.IsNew)
            {
                BindName(_addRoom.Bind(1, tail.Key).Bind(3, tail.Last), 2, tail.Room).Run();
            }
            else
            {
                _moveRoom.Bind(1, tail.Last).Bind(2, tail.Key).Run();
            }

            (tail.IsNew, tail.IsTouched) = (false, false);
        }

        _touched.Clear();
        _commit.Run();
    }

    /// <summary>The end of a room's chain; null where the room is unknown.</summary>
    public RoomTail? Find(RoomId room)
    {
        if (!BindName(_findRoom, 1, room).Step())
        {
            return null;
        }

        var tail = new RoomTail(room, _findRoom.Integer(0)) { Last = _findRoom.Integer(1), Count = _findRoom.Integer(2) };
        _findRoom.Reset();
        return tail;
    }

    /// <summary>Follows a room's chain back.</summary>
    /// <param name="from">Where to go on; the append at which it stopped comes back, 0 behind the first.</param>
    /// <param name="chain">Receives the appends, the newest first.</param>
    /// <param name="steps">How far to go.</param>
    /// <returns>False where the chain is broken.</returns>
    public bool Follow(RoomTail from, List<long> chain, int steps)
    {
        for (; steps > 0 && from.Last != 0; steps--)
        {
            if (!_findLink.Bind(1, from.Last).Step())
            {
                return false;
            }

            var (room, n, previous) = (_findLink.Integer(0), _findLink.Integer(1), _findLink.Integer(2));
            _findLink.Reset();
            if (room != from.Key || n != from.Count || previous >= from.Last || previous < 0 || (previous == 0) != (n == 1))
            {
                return false;
            }

            chain.Add(from.Last);
            (from.Last, from.Count) = (previous, n - 1);
        }

        return from.Last != 0 || from.Count == 0;
    }

    /// <summary>Reads appends until <paramref name="bytes"/> are reached.</summary>
    public List<StoredAppend> Read(ReadOnlySpan<long> appends, int bytes)
    {
        var read = new List<StoredAppend>();
        for (var i = 0; i < appends.Length && bytes > 0; i++)
        {
            if (!_findEvents.Bind(1, appends[i]).Step())
            {
                break;
            }

            var stored = new StoredAppend(_findEvents.Integer(0), _findEvents.Bytes(1).ToArray());
            _findEvents.Reset();
            read.Add(stored);
            bytes -= stored.Events.Length;
        }

        return read;
    }

    public List<RoomId> ListRooms()
    {
        var rooms = new List<RoomId>();
        while (_listRooms.Step())
        {
            var name = _listRooms.Bytes(0);
            rooms.Add(new(_listRooms.IsText(0) ? Encoding.UTF8.GetString(name) : new(MemoryMarshal.Cast<byte, char>(name))));
        }

        return rooms;
    }

    /// <summary>The number that a query or a pragma gives.</summary>
    public long Ask(string sql) => Ask(_connection.Handle!, sql);

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    private static void Check(sqlite3 database, string path, out bool isNew)
    {
        // What a crashed process left in the write-ahead log stays there if the file is refused.
        _ = raw.sqlite3_db_config(database, NoCheckpointOnClose, File.Exists(path + "-wal") ? 1 : 0, out _);

        // Before the first access: it keeps the lock until the file is closed, or the process ends, and the write-ahead index in memory.
        Execute(database, "PRAGMA locking_mode = EXCLUSIVE");
        Execute(database, "BEGIN EXCLUSIVE");
        var application = Ask(database, "PRAGMA application_id");
        var schema = Ask(database, "PRAGMA user_version");
        isNew = application == 0 && schema == 0 && Ask(database, "SELECT count(*) FROM sqlite_schema") == 0;
        if (!isNew)
        {
            CheckVersions(database, path, application, schema);
        }

        Execute(database, "ROLLBACK");
        _ = raw.sqlite3_db_config(database, NoCheckpointOnClose, 0, out _);
    }

    private static void CheckVersions(sqlite3 database, string path, long application, long schema)
    {
        if (application != ApplicationId)
        {
            throw RoomLogErrors.Foreign(path);
        }

        if (schema > SchemaVersion)
        {
            throw RoomLogErrors.Newer(path, "file version", schema, SchemaVersion);
        }

        var events = Ask(database, "SELECT value FROM meta WHERE key = 'event-version'");
        if (events > RoomEventCodec.Version)
        {
            throw RoomLogErrors.Newer(path, "event version", events, RoomEventCodec.Version);
        }
    }

    private static void SetUp(sqlite3 database, string path, SqliteRoomLogOptions options, bool isNew)
    {
        using (var journal = new SqliteStatement(database, "PRAGMA journal_mode = WAL"))
        {
            var mode = journal.Step() ? journal.Text(0) : "";
            journal.Reset();
            if (mode != "wal")
            {
                throw RoomLogErrors.NoWriteAheadLog(path, mode);
            }
        }

        Execute(database, $"PRAGMA synchronous = {(options.PowerFailureSafe ? "FULL" : "NORMAL")}");
        var page = Ask(database, "PRAGMA page_size");
        Execute(database, $"PRAGMA wal_autocheckpoint = {WriteAheadBytes / page}");
        Execute(database, $"PRAGMA journal_size_limit = {WriteAheadBytes}");
        Execute(database, $"PRAGMA max_page_count = {options.MaxBytes / page}");
        Execute(database, "BEGIN");
        if (isNew)
        {
            Execute(database, $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {SchemaVersion}; {Schema}");
        }

        Execute(database, $"UPDATE meta SET value = {RoomEventCodec.Version} WHERE key = 'event-version' AND value < {RoomEventCodec.Version}");
        Execute(database, "COMMIT");
    }

    private static void Execute(sqlite3 database, string sql) =>
        SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(database, sql), database);

    private static long Ask(sqlite3 database, string sql)
    {
        using var statement = new SqliteStatement(database, sql);
        return statement.Step() ? statement.Integer(0) : 0;
    }

    /// <summary>A name is a text, so that a person can read the file; one that UTF-8 cannot hold is the blob of its UTF-16.</summary>
    private static SqliteStatement BindName(SqliteStatement statement, int parameter, RoomId room)
    {
        try
        {
            return statement.BindText(parameter, StrictUtf8.GetBytes(room.Value));
        }
        catch (EncoderFallbackException)
        {
            return statement.BindBlob(parameter, MemoryMarshal.AsBytes(room.Value.AsSpan()));
        }
    }

    private SqliteStatement Prepare(string sql)
    {
        var statement = new SqliteStatement(_connection.Handle!, sql);
        _statements.Add(statement);
        return statement;
    }
}

/// <summary>A room's end in the file.</summary>
/// <param name="Room">The room.</param>
/// <param name="Key">Its number in the file.</param>
internal sealed record RoomTail(RoomId Room, long Key)
{
    /// <summary>How many appends there are up to <see cref="Last"/>.</summary>
    public long Count { get; set; }

    /// <summary>The last append; 0 before the first.</summary>
    public long Last { get; set; }

    public bool IsNew { get; set; }

    public bool IsTouched { get; set; }
}

/// <summary>An append as it lies in the file.</summary>
/// <param name="Version">The version of its events' form.</param>
/// <param name="Events">The events.</param>
internal readonly record struct StoredAppend(long Version, byte[] Events);
