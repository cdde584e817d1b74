using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Polyphony.Sqlite;

/// <summary>
/// A prepared statement, run again and again. Used in place of <see cref="SqliteCommand"/>, whose reader and parameters cost 850 bytes and a third
/// of the time at every row.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(database, sql, out _statement), database);
    }

    public SqliteStatement Bind(int parameter, long value)
    {
        SqliteException.ThrowExceptionForRC(raw.sqlite3_bind_int64(_statement, parameter, value), _database);
        return this;
    }

    public SqliteStatement BindBlob(int parameter, ReadOnlySpan<byte> value)
    {
        SqliteException.ThrowExceptionForRC(raw.sqlite3_bind_blob(_statement, parameter, value), _database);
        return this;
    }

    public SqliteStatement BindText(int parameter, ReadOnlySpan<byte> utf8)
    {
        SqliteException.ThrowExceptionForRC(raw.sqlite3_bind_text(_statement, parameter, utf8), _database);
        return this;
    }

    public SqliteStatement Bind(int parameter, double value)
    {
        SqliteException.ThrowExceptionForRC(raw.sqlite3_bind_double(_statement, parameter, value), _database);
        return this;
    }

    public SqliteStatement BindNull(int parameter)
    {
        SqliteException.ThrowExceptionForRC(raw.sqlite3_bind_null(_statement, parameter), _database);
        return this;
    }

    public SqliteStatement Bind(int parameter, long? value) => value is { } there ? Bind(parameter, there) : BindNull(parameter);

    /// <summary>Any string: a text, so that a person can read the file; one that UTF-8 cannot hold is the blob of its UTF-16.</summary>
    public SqliteStatement BindString(int parameter, string value)
    {
        try
        {
            return BindText(parameter, StrictUtf8.GetBytes(value));
        }
        catch (EncoderFallbackException)
        {
            return BindBlob(parameter, MemoryMarshal.AsBytes(value.AsSpan()));
        }
    }

    /// <summary>Goes to the next row. At the end, or on a failure, the statement is ready to run again.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        try
        {
            SqliteException.ThrowExceptionForRC(code, _database);
        }
        finally
        {
            Reset();
        }

        return false;
    }

    public void Run()
    {
        while (Step())
        {
        }
    }

    public void Reset() => _ = raw.sqlite3_reset(_statement);

    public long Integer(int column) => raw.sqlite3_column_int64(_statement, column);

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public double Real(int column) => raw.sqlite3_column_double(_statement, column);

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public long? IntegerOrNull(int column) => IsNull(column) ? null : Integer(column);

    /// <summary>What <see cref="BindString"/> has stored.</summary>
    public string String(int column) => IsText(column) ? Encoding.UTF8.GetString(Bytes(column)) : new(MemoryMarshal.Cast<byte, char>(Bytes(column)));

    private bool IsText(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_TEXT;

    /// <summary>The bytes of a blob or of a text's UTF-8; valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_statement, column);

    public void Dispose() => _statement.Dispose();
}
