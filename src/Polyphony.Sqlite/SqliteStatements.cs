using SQLitePCL;

namespace Polyphony.Sqlite;

/// <summary>The prepared statements of a connection, each made once. Belongs to one thread.</summary>
internal sealed class SqliteStatements(sqlite3 connection) : IDisposable
{
    private readonly Dictionary<string, SqliteStatement> _statements = [];

    public SqliteStatement Of(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            _statements.Add(sql, statement = new(connection, sql));
        }

        return statement;
    }

    /// <summary>The number that a query gives.</summary>
    public long Ask(string sql) => SqliteSetup.Ask(connection, sql);

    /// <summary>The number that a prepared query gives; 0 where it gives none.</summary>
    public static long One(SqliteStatement query)
    {
        var one = query.Step() ? query.Integer(0) : 0;
        query.Reset();
        return one;
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _statements.Clear();
    }
}
