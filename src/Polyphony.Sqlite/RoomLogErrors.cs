using Microsoft.Data.Sqlite;
using Polyphony.Rooms;
using SQLitePCL;

namespace Polyphony.Sqlite;

/// <summary>
/// The words for what can go wrong with a file: one line that names it and says what to do. What to do is said for a program that names the file itself and for
/// one whose user named only a folder: a place, not a file.
/// </summary>
internal static class RoomLogErrors
{
    private const int ShownCharacters = 4096;

    public static RoomLogException CannotOpen(string path, Exception cause) => cause switch
    {
        SqliteException sqlite => new(Describe(path, "opened", sqlite), sqlite),
        _ => new($"the room log '{Shown(path)}' cannot be opened ({Shown(cause.Message)}); choose another place for it, where this user may write", cause),
    };

    public static RoomLogException CannotRead(string path, RoomId room, SqliteException cause) =>
        new($"room '{Shown(room.Value)}': {Describe(path, "read", cause)}", cause);

    public static RoomLogException Stopped(string path, string reason, Exception cause) =>
        new($"the room log '{Shown(path)}' stopped: {reason}; what it acknowledged before is safe", cause);

    public static RoomLogException Closed(string path) => new($"the room log '{Shown(path)}' is closed; open it again to go on");

    public static RoomLogException IsDirectory(string path) =>
        new($"the room log '{Shown(path)}' is a directory; move that away, or choose another place for the log");

    public static RoomLogException Foreign(string path) =>
        new($"'{Shown(path)}' is a database of another program and was left as it is; choose another place for the room log");

    public static RoomLogException NotARoomLog(string path) => new(Foreignness(path));

    public static RoomLogException Damaged(string path, string what) =>
        new($"the room log '{Shown(path)}' is damaged: {what}; restore it from a backup");

    public static RoomLogException Newer(string path, string what, long version, long known) =>
        new($"the room log '{Shown(path)}' has {what} {version} and this program knows up to {known}; open it with a newer Polyphony");

    public static RoomLogException NoWriteAheadLog(string path, string mode) =>
        new($"the room log '{Shown(path)}' cannot use a write-ahead log (its journal is '{mode}'); choose a place for it on a local disk");

    public static RoomLogException Undecodable(string path, RoomId room, long append, Exception cause) =>
        new(Damaged(path, $"append {append} of room '{Shown(room.Value)}' does not decode").Message, cause);

    public static RoomLogException NewerAppend(string path, RoomId room, long append, long version) =>
        new(
            $"append {append} of room '{Shown(room.Value)}' in the room log '{Shown(path)}' has event version {version}; "
            + "open it with a newer Polyphony");

    public static RoomLogException NoVersion(string path, RoomId room, long append, long version) =>
        Damaged(path, $"append {append} of room '{Shown(room.Value)}' has event version {version}, and the first was 1");

    public static RoomLogException Missing(string path, RoomId room, long append) =>
        Damaged(path, $"append {append} of room '{Shown(room.Value)}' is not where it belongs");

    public static RoomLogException MissingLast(string path, RoomId room) =>
        Damaged(path, $"the last append of room '{Shown(room.Value)}' is not where it belongs");

    public static string ReasonToStop(Exception cause) => cause switch
    {
        SqliteException { SqliteErrorCode: raw.SQLITE_FULL } =>
            "the disk is full, or it has reached its limit (MaxBytes); free space or choose another place, then start again",
        SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT } or RoomLogException => "it is damaged; restore it from a backup",
        SqliteException sqlite => $"a write failed ({Shown(sqlite.Message)}); check the disk or choose another place, then start again",
        _ => $"{cause.GetType().Name} ({Shown(cause.Message)}); open it again",
    };

    private static string Describe(string path, string verb, SqliteException cause) => cause.SqliteErrorCode switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED =>
            $"another process has the room log '{Shown(path)}' open (or this one, twice); close it there, or choose another place for this one",
        raw.SQLITE_NOTADB => Foreignness(path),

        // The statements are ours: what is wrong with one is that its table is not there, or is another.
        raw.SQLITE_CORRUPT or raw.SQLITE_ERROR => $"the room log '{Shown(path)}' is damaged; restore it from a backup",
        raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH =>
            $"the room log '{Shown(path)}' cannot be {verb}; let this user write its file and folder, or choose another place for it",
        _ => $"the room log '{Shown(path)}' cannot be {verb} ({Shown(cause.Message)}); check the disk, or restore it from a backup",
    };

    private static string Foreignness(string path) => $"'{Shown(path)}' is not a room log and was left as it is; choose another place for the room log";

    /// <summary>On one line and of bounded length, whatever a name holds.</summary>
    private static string Shown(string text) => string.Create(
        Math.Min(text.Length, ShownCharacters), text, static (shown, text) =>
        {
            for (var i = 0; i < shown.Length; i++)
            {
                shown[i] = char.IsControl(text[i]) || text[i] is '\u2028' or '\u2029' ? ' ' : text[i];
            }
        });
}
