using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Polyphony.Sqlite;

/// <summary>A kind of database file of ours.</summary>
/// <param name="ApplicationId">Marks it in its header.</param>
/// <param name="SchemaVersion">The version of its tables.</param>
/// <param name="ContentName">What of its content has a version of its own.</param>
/// <param name="ContentVersion">That version.</param>
/// <param name="Schema">Makes its tables.</param>
/// <param name="Check">Fails where the tables are not these.</param>
/// <param name="Errors">The words for what can go wrong.</param>
internal sealed record SqliteFileKind(
    int ApplicationId, int SchemaVersion, string ContentName, int ContentVersion, string Schema, string Check, SqliteErrors Errors);

/// <summary>What happens to a database file before it is at work: whether it is one of ours is found out, and then it is made ready.</summary>
internal static class SqliteSetup
{
    /// <summary>How large the write-ahead log gets before it is copied into the file, but for the group of appends that reaches it.</summary>
    public const int WriteAheadBytes = 8 << 20;

    private const int NoCheckpointOnClose = 1006;
    private const int HeaderBytes = 100;

    /// <summary>Opens a file for this process alone, and makes it where there is none. Nothing is changed in one that is refused.</summary>
    /// <param name="kind">What it has to be.</param>
    /// <param name="file">Where.</param>
    /// <param name="isPowerFailureSafe">Whether a commit waits for the disk.</param>
    /// <param name="maxBytes">How large it may become.</param>
    /// <param name="use">Makes what works with the open connection.</param>
    /// <exception cref="Exception">The kind's own: the file is not one that this program may write.</exception>
    public static T Open<T>(SqliteFileKind kind, string file, bool isPowerFailureSafe, long maxBytes, Func<SqliteConnection, string, T> use)
    {
        var path = Path.GetFullPath(file);
        if (Directory.Exists(path))
        {
            throw kind.Errors.IsDirectory(path);
        }

        SqliteConnection? connection = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            CheckLength(kind, path);
            connection = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ConnectionString);
            connection.Open();
            Check(connection.Handle!, kind, path, out var isNew);
            SetUp(connection.Handle!, kind, path, isPowerFailureSafe, maxBytes, isNew);
            var made = use(connection, path);
            Accept(connection.Handle!);
            return made;
        }
        catch (Exception refused) when (refused is SqliteException or IOException or UnauthorizedAccessException)
        {
            connection?.Dispose();
            throw kind.Errors.CannotOpen(path, refused);
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }

    // SQLite takes a file of a single byte for a new one, and writes over it.
    private static void CheckLength(SqliteFileKind kind, string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: > 0 and < HeaderBytes })
        {
            throw kind.Errors.NotOurs(path);
        }
    }

    /// <summary>The file is at work, and what is in its write-ahead log belongs into it.</summary>
    private static void Accept(sqlite3 database) => _ = raw.sqlite3_db_config(database, NoCheckpointOnClose, 0, out _);

    /// <summary>The number that a query or a pragma gives; 0 where it gives nothing.</summary>
    public static long Ask(sqlite3 database, string sql)
    {
        using var statement = new SqliteStatement(database, sql);
        return statement.Step() ? statement.Integer(0) : 0;
    }

    private static void Check(sqlite3 database, SqliteFileKind kind, string path, out bool isNew)
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
            CheckVersions(database, kind, path, application, schema);
            Execute(database, kind.Check);
        }

        Execute(database, "ROLLBACK");
    }

    private static void CheckVersions(sqlite3 database, SqliteFileKind kind, string path, long application, long schema)
    {
        if (application != kind.ApplicationId)
        {
            throw kind.Errors.Foreign(path);
        }

        CheckVersion(kind, path, "file version", schema, kind.SchemaVersion);
        CheckVersion(kind, path, $"{kind.ContentName} version", Ask(database, $"SELECT value FROM meta WHERE key = '{kind.ContentName}-version'"), kind.ContentVersion);
    }

    private static void CheckVersion(SqliteFileKind kind, string path, string what, long version, long known)
    {
        if (version > known)
        {
            throw kind.Errors.Newer(path, what, version, known);
        }

        if (version < 1)
        {
            throw kind.Errors.Damaged(path, $"its {what} is missing or below 1");
        }
    }

    private static void SetUp(sqlite3 database, SqliteFileKind kind, string path, bool isPowerFailureSafe, long maxBytes, bool isNew)
    {
        using (var journal = new SqliteStatement(database, "PRAGMA journal_mode = WAL"))
        {
            var mode = journal.Step() ? journal.Text(0) : "";
            journal.Reset();
            if (mode != "wal")
            {
                throw kind.Errors.NoWriteAheadLog(path, mode);
            }
        }

        Execute(database, $"PRAGMA synchronous = {(isPowerFailureSafe ? "FULL" : "NORMAL")}");
        var page = Ask(database, "PRAGMA page_size");
        Execute(database, $"PRAGMA wal_autocheckpoint = {WriteAheadBytes / page}");
        Execute(database, $"PRAGMA journal_size_limit = {WriteAheadBytes}");
        Execute(database, $"PRAGMA max_page_count = {maxBytes / page}");
        Execute(database, "BEGIN");
        if (isNew)
        {
            Execute(database, $"PRAGMA application_id = {kind.ApplicationId}; PRAGMA user_version = {kind.SchemaVersion}; {kind.Schema}; INSERT INTO meta VALUES ('{kind.ContentName}-version', 0)");
        }

        Execute(database, $"UPDATE meta SET value = {kind.ContentVersion} WHERE key = '{kind.ContentName}-version' AND value < {kind.ContentVersion}");
        Execute(database, "COMMIT");
    }

    public static void Execute(sqlite3 database, string sql) =>
        SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(database, sql), database);
}
