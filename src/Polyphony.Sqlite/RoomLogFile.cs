using Microsoft.Data.Sqlite;
using Polyphony.Rooms;

namespace Polyphony.Sqlite;

/// <summary>The open database file. Belongs to one thread.</summary>
/// <remarks>
/// Appends of all rooms lie one after the other, in the order in which they came, so that a group of them dirties few pages however many rooms it
/// is of; clustered by room they would cost eight times as much. Each append names the one before it in its room, and the room names its last: a
/// room is read by following that chain back, then its appends from the first.
/// </remarks>
internal sealed class RoomLogFile : IDisposable
{
    // "PlyL" in its header.
    private static readonly SqliteFileKind Kind = new(
        0x506C794C,
        1,
        "event",
        RoomEventCodec.Version,
        """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE rooms(id INTEGER PRIMARY KEY, name ANY NOT NULL UNIQUE, last INTEGER NOT NULL) STRICT;
        CREATE TABLE appends(
            id INTEGER PRIMARY KEY, room INTEGER NOT NULL, n INTEGER NOT NULL, previous INTEGER NOT NULL, version INTEGER NOT NULL,
            events BLOB NOT NULL) STRICT
        """,
        "SELECT id, room, n, previous, version, events FROM appends LIMIT 0; SELECT id, name, last FROM rooms LIMIT 0",
        RoomLogErrors.File);

    private readonly SqliteConnection _connection;
    private readonly string _path;
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

    private RoomLogFile(SqliteConnection connection, string path)
    {
        _connection = connection;
        _path = path;
        try
        {
            _begin = Prepare("BEGIN");
            _commit = Prepare("COMMIT");
            _append = Prepare("INSERT INTO appends VALUES (?, ?, ?, ?, ?, ?)");
            _addRoom = Prepare("INSERT INTO rooms VALUES (?, ?, ?)");
            _moveRoom = Prepare("UPDATE rooms SET last = ? WHERE id = ?");
            _findRoom = Prepare("SELECT rooms.id, last, coalesce(n, 0) FROM rooms LEFT JOIN appends ON appends.id = last AND room = rooms.id WHERE name = ?");
            _listRooms = Prepare("SELECT name FROM rooms ORDER BY id");
            _findLink = Prepare("SELECT room, n, previous FROM appends WHERE id = ?");
            _findEvents = Prepare("SELECT version, events FROM appends WHERE id = ?");
            _lastAppend = Ask("SELECT coalesce(max(id), 0) FROM appends");
            _lastRoom = Ask("SELECT coalesce(max(id), 0) FROM rooms");
        }
        catch
        {
            // A statement that is left would keep the write-ahead log beside the file.
            Dispose();
            throw;
        }
    }

    /// <summary>Opens the file for this process alone, and makes it where there is none. Nothing is changed in a file that is refused.</summary>
    /// <exception cref="RoomLogException">The file is not one that this program may write.</exception>
    public static RoomLogFile Open(SqliteRoomLogOptions options) => SqliteSetup.Open(
        Kind, options.Path, options.PowerFailureSafe, options.MaxBytes, static (connection, path) => new RoomLogFile(connection, path));

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
                _addRoom.Bind(1, tail.Key).Bind(3, tail.Last).BindString(2, tail.Room.Value).Run();
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
    /// <exception cref="RoomLogException">The room is known, and its last append is not there: what is appended now would begin it anew.</exception>
    public RoomTail? Find(RoomId room)
    {
        if (!_findRoom.BindString(1, room.Value).Step())
        {
            return null;
        }

        var tail = new RoomTail(room, _findRoom.Integer(0)) { Last = _findRoom.Integer(1), Count = _findRoom.Integer(2) };
        _findRoom.Reset();
        return tail.Count > 0 ? tail : throw RoomLogErrors.MissingLast(_path, room);
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
            rooms.Add(new(_listRooms.String(0)));
        }

        return rooms;
    }

    /// <summary>The number that a query or a pragma gives.</summary>
    public long Ask(string sql) => SqliteSetup.Ask(_connection.Handle!, sql);

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        _connection.Dispose();
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
