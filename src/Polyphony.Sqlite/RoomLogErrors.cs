using Microsoft.Data.Sqlite;
using Polyphony.Rooms;

namespace Polyphony.Sqlite;

/// <summary>The words for what can go wrong with a room in a room log.</summary>
internal static class RoomLogErrors
{
    public static SqliteErrors File { get; } = new("room log", static (message, cause) => cause is null ? new RoomLogException(message) : new RoomLogException(message, cause));

    public static Exception CannotRead(string path, RoomId room, SqliteException cause) =>
        new RoomLogException($"room '{SqliteErrors.Shown(room.Value)}': {File.Describe(path, "read", cause)}", cause);

    public static Exception Stopped(string path, Exception cause) =>
        File.Stopped(path, cause is RoomLogException ? "it is damaged; restore it from a backup" : File.ReasonToStop(cause), cause);

    public static Exception Undecodable(string path, RoomId room, long append, Exception cause) =>
        File.Damaged(path, $"append {append} of room '{SqliteErrors.Shown(room.Value)}' does not decode", cause);

    public static Exception NewerAppend(string path, RoomId room, long append, long version) =>
        new RoomLogException(
            $"append {append} of room '{SqliteErrors.Shown(room.Value)}' in the room log '{SqliteErrors.Shown(path)}' has event version {version}; "
            + "open it with a newer Polyphony");

    public static Exception NoVersion(string path, RoomId room, long append, long version) =>
        File.Damaged(path, $"append {append} of room '{SqliteErrors.Shown(room.Value)}' has event version {version}, and the first was 1");

    public static Exception Missing(string path, RoomId room, long append) =>
        File.Damaged(path, $"append {append} of room '{SqliteErrors.Shown(room.Value)}' is not where it belongs");

    public static Exception MissingLast(string path, RoomId room) =>
        File.Damaged(path, $"the last append of room '{SqliteErrors.Shown(room.Value)}' is not where it belongs");
}
