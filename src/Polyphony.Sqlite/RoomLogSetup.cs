using Microsoft.Data.Sqlite;
using Polyphony.Rooms;
using SQLitePCL;

namespace Polyphony.Sqlite;

/// <summary>What happens to a database file before it is a room log at work: whether it is one is found out, and then it is made ready.</summary>
internal static class RoomLogSetup
{
    /// <summary>Marks the file as a room log: "PlyL" in its header.</summary>
    public const int ApplicationId = 0x506C794C;

    public const int SchemaVersion = 1;

    /// <summary>How large the write-ahead log gets before it is copied into the file, but for the group of appends that reaches it.</summary>
    public const int WriteAheadBytes = 8 << 20;

    private const int NoCheckpointOnClose = 1006;
    private const int HeaderBytes = 100;

    private const string Schema = """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE rooms(id INTEGER PRIMARY KEY, name ANY NOT NULL UNIQUE, last INTEGER NOT NULL) STRICT;
        CREATE TABLE appends(
            id INTEGER PRIMARY KEY, room INTEGER NOT NULL, n INTEGER NOT NULL, previous INTEGER NOT NULL, version INTEGER NOT NULL,
            events BLOB NOT NULL) STRICT;
        INSERT INTO meta VALUES ('event-version', 0);
        """;

    /// <summary>Refuses a file that is too short to be a database. SQLite takes one of a single byte for a new one, and writes over it.</summary>
    public static void CheckLength(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: > 0 and < HeaderBytes })
        {
            throw RoomLogErrors.NotARoomLog(path);
        }
    }

    /// <summary>Checks the open file and makes it ready; nothing is changed in one that is refused.</summary>
    /// <exception cref="RoomLogException">The file is not one that this program may write.</exception>
    /// <exception cref="SqliteException">It cannot be read or written, or its tables are not ours.</exception>
    public static void SetUp(sqlite3 database, string path, SqliteRoomLogOptions options)
    {
        Check(database, path, out var isNew);
        SetUp(database, path, options, isNew);
    }

    /// <summary>The file is a room log at work, and what is in its write-ahead log belongs into it.</summary>
    public static void Accept(sqlite3 database) => _ = raw.sqlite3_db_config(database, NoCheckpointOnClose, 0, out _);

    /// <summary>The number that a query or a pragma gives; 0 where it gives nothing.</summary>
    public static long Ask(sqlite3 database, string sql)
    {
        using var statement = new SqliteStatement(database, sql);
        return statement.Step() ? statement.Integer(0) : 0;
    }

    private static void Check(sqlite3 database, string path, out bool isNew)
    {
        // What a crashed process left in the write-ahead log stays there unless the file is accepted.
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
            Execute(database, "SELECT id, room, n, previous, version, events FROM appends LIMIT 0; SELECT id, name, last FROM rooms LIMIT 0");
        }

        Execute(database, "ROLLBACK");
    }

    private static void CheckVersions(sqlite3 database, string path, long application, long schema)
    {
        if (application != ApplicationId)
        {
            throw RoomLogErrors.Foreign(path);
        }

        CheckVersion(path, "file version", schema, SchemaVersion);
        CheckVersion(path, "event version", Ask(database, "SELECT value FROM meta WHERE key = 'event-version'"), RoomEventCodec.Version);
    }

    private static void CheckVersion(string path, string what, long version, long known)
    {
        if (version > known)
        {
            throw RoomLogErrors.Newer(path, what, version, known);
        }

        if (version < 1)
        {
            throw RoomLogErrors.Damaged(path, $"its {what} is missing or below 1");
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
}
