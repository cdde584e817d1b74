using Microsoft.Data.Sqlite;
using Polyphony.Memory;

namespace Polyphony.Sqlite;

/// <summary>The words for what can go wrong with a memory file.</summary>
internal static class EngramStoreErrors
{
    public static SqliteErrors File { get; } = new("memory file", static (message, cause) => new EngramStoreException(message, cause));

    public static Exception Of(string path, string verb, Exception cause) => cause switch
    {
        SqliteException sqlite => new EngramStoreException(File.Describe(path, verb, sqlite), sqlite),
        _ => File.Damaged(path, cause.Message, cause),
    };
}
