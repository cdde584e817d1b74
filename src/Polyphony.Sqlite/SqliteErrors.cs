using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Polyphony.Sqlite;

/// <summary>
/// The words for what can go wrong with a file of ours: one line that names it and says what to do. What to do is said for a program that names the file itself and for
/// one whose user named only a folder: a place, not a file.
/// </summary>
/// <param name="noun">What the file is, as a person calls it.</param>
/// <param name="make">Makes the exception that the file's users know.</param>
internal sealed class SqliteErrors(string noun, Func<string, Exception?, Exception> make)
{
    private const int ShownCharacters = 4096;

    public Exception CannotOpen(string path, Exception cause) => cause switch
    {
        SqliteException sqlite => make(Describe(path, "opened", sqlite), sqlite),
        _ => make($"the {noun} '{Shown(path)}' cannot be opened ({Shown(cause.Message)}); choose another place for it, where this user may write", cause),
    };

    public Exception Stopped(string path, string reason, Exception cause) =>
        make($"the {noun} '{Shown(path)}' stopped: {reason}; what it acknowledged before is safe", cause);

    public Exception Closed(string path) => make($"the {noun} '{Shown(path)}' is closed; open it again to go on", null);

    public Exception IsDirectory(string path) =>
        make($"the {noun} '{Shown(path)}' is a directory; move that away, or choose another place for {(noun == "room log" ? "the log" : "it")}", null);

    public Exception Foreign(string path) =>
        make($"'{Shown(path)}' is a database of another program and was left as it is; {Elsewhere}", null);

    public Exception NotOurs(string path) => make(Foreignness(path), null);

    public Exception Damaged(string path, string what, Exception? cause = null) =>
        make($"the {noun} '{Shown(path)}' is damaged: {what}; {Mend}", cause);

    public Exception Newer(string path, string what, long version, long known) =>
        make($"the {noun} '{Shown(path)}' has {what} {version} and this program knows up to {known}; open it with a newer Polyphony", null);

    public Exception NoWriteAheadLog(string path, string mode) =>
        make($"the {noun} '{Shown(path)}' cannot use a write-ahead log (its journal is '{mode}'); choose a place for it on a local disk", null);

    public string ReasonToStop(Exception cause) => cause switch
    {
        SqliteException { SqliteErrorCode: raw.SQLITE_FULL } =>
            "the disk is full, or it has reached its limit (MaxBytes); free space or choose another place, then start again",
        SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT } => $"it is damaged; {Mend}",
        SqliteException sqlite => $"a write failed ({Shown(sqlite.Message)}); check the disk or choose another place, then start again",
        _ => $"{cause.GetType().Name} ({Shown(cause.Message)}); open it again",
    };

    public string Describe(string path, string verb, SqliteException cause) => cause.SqliteErrorCode switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED =>
            $"another process has the {noun} '{Shown(path)}' open (or this one, twice); close it there, or choose another place for this one",
        raw.SQLITE_NOTADB => Foreignness(path),

        // The statements are ours: what is wrong with one is that its table is not there, or is another.
        raw.SQLITE_CORRUPT or raw.SQLITE_ERROR => $"the {noun} '{Shown(path)}' is damaged; {Mend}",
        raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH =>
            $"the {noun} '{Shown(path)}' cannot be {verb}; let this user write its file and folder, or choose another place for it",
        _ => $"the {noun} '{Shown(path)}' cannot be {verb} ({Shown(cause.Message)}); check the disk, or {Mend}",
    };

    private string Mend => noun == "room log" ? "restore it from a backup" : "restore it from a backup, or move it away: it is rebuilt from the room log";

    // A memory file lies beside its room's log, which cannot go elsewhere for its sake.
    private string Elsewhere => noun == "room log" ? "choose another place for the room log" : $"move it away, or choose another place for the {noun}";

    private string Foreignness(string path) => $"'{Shown(path)}' is not a {noun} and was left as it is; {Elsewhere}";

    /// <summary>On one line and of bounded length, whatever a name holds.</summary>
    public static string Shown(string text) => string.Create(
        Math.Min(text.Length, ShownCharacters), text, static (shown, text) =>
        {
            for (var i = 0; i < shown.Length; i++)
            {
                shown[i] = char.IsControl(text[i]) || text[i] is '\u2028' or '\u2029' ? ' ' : text[i];
            }
        });
}
