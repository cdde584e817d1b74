using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Polyphony.Rooms;

namespace Polyphony.Sqlite;

/// <summary>Rooms in one SQLite file, which one process has open at a time.</summary>
/// <remarks>
/// <para>An append is encoded on its caller's thread and written by the log's one thread, with everything else that waits, in one transaction. It is
/// done when it survives the end of the process, or a power failure where the options say so.</para>
/// <para>After a failed write the log stops as a whole: every append under way and to come fails. Open it again to go on from what is durable. An
/// append that failed may still be there then, whole, where the disk kept it and only its answer was lost.</para>
/// </remarks>
public sealed class SqliteRoomLog : IRoomLog
{
    // Between two such steps of a reader, the appends of everybody else are written.
    private const int LinksAtOnce = 4096;
    private const int BytesAtOnce = 1 << 20;

    private readonly SqliteRoomLogOptions _options;
    private readonly RoomLogWriter _writer;

    private SqliteRoomLog(SqliteRoomLogOptions options, RoomLogWriter writer)
    {
        _options = options;
        _writer = writer;
    }

    /// <summary>Opens a log, new or as it was left.</summary>
    /// <exception cref="RoomLogException">
    /// The file is open in another process or twice in this one, damaged, of a newer version, or no room log at all; the message names it and says
    /// what to do. Nothing was changed in it.
    /// </exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static async ValueTask<SqliteRoomLog> OpenAsync(SqliteRoomLogOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        options = options with { Path = Path.GetFullPath(options.Path) };
        var writer = new RoomLogWriter(options);
        await writer.StartAsync();
        return new(options, writer);
    }

    /// <summary>The rooms of this log, the oldest first.</summary>
    /// <exception cref="RoomLogException">The log cannot be read.</exception>
    public async ValueTask<IReadOnlyList<RoomId>> ListRoomsAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await _writer.AskAsync(static file => file.ListRooms()).WaitAsync(cancellationToken);
        }
        catch (SqliteException damage)
        {
            throw RoomLogErrors.File.CannotOpen(_options.Path, damage);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The file is read by the writer's thread, a megabyte at a time and between two groups of appends: one connection has it for itself, and so a
    /// reader sees committed appends only. It ends with the last append that was accepted when it began.
    /// </remarks>
    public async IAsyncEnumerable<IReadOnlyList<RoomEvent>> ReadAsync(
        RoomId room, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(room.Value);
        var chain = await FollowAsync(room, cancellationToken);
        for (var read = 0; read < chain.Count;)
        {
            var from = read;
            var page = await AskAsync(room, file => file.Read(CollectionsMarshal.AsSpan(chain)[from..], BytesAtOnce), cancellationToken);
            if (page.Count == 0)
            {
                throw RoomLogErrors.Missing(_options.Path, room, read + 1);
            }

            foreach (var append in page)
            {
                read++;
                yield return Decode(room, read, append);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Holds its caller while <see cref="SqliteRoomLogOptions.QueueLimit"/> appends, or 64 MiB of them, are under way.</remarks>
    public ValueTask AppendAsync(RoomId room, IReadOnlyList<RoomEvent> events)
    {
        ArgumentException.ThrowIfNullOrEmpty(room.Value);
        var called = _options.AppendWaited is null ? 0 : Stopwatch.GetTimestamp();
        return _writer.AppendAsync(new(room, RoomEventCodec.Encode(events), called));
    }

    /// <summary>Writes what was accepted and closes the file. Another process may open it then.</summary>
    public async ValueTask DisposeAsync() => await _writer.StopAsync();

    /// <summary>Asks the file something that only a test wants to know.</summary>
    internal Task<long> AskAsync(string sql) => _writer.AskAsync(file => file.Ask(sql));

    private async ValueTask<List<long>> FollowAsync(RoomId room, CancellationToken cancellationToken)
    {
        var chain = new List<long>();
        var from = await AskAsync(room, file => file.Find(room), cancellationToken);
        while (from is { Last: not 0 } or { Count: not 0 })
        {
            if (!await AskAsync(room, file => file.Follow(from, chain, LinksAtOnce), cancellationToken))
            {
                throw RoomLogErrors.Missing(_options.Path, room, from.Count);
            }
        }

        chain.Reverse();
        return chain;
    }

    private async ValueTask<T> AskAsync<T>(RoomId room, Func<RoomLogFile, T> ask, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await _writer.AskAsync(ask);
        }
        catch (SqliteException damage)
        {
            throw RoomLogErrors.CannotRead(_options.Path, room, damage);
        }
    }

    private IReadOnlyList<RoomEvent> Decode(RoomId room, long append, StoredAppend stored)
    {
        if (stored.Version > RoomEventCodec.Version)
        {
            throw RoomLogErrors.NewerAppend(_options.Path, room, append, stored.Version);
        }

        if (stored.Version < 1)
        {
            throw RoomLogErrors.NoVersion(_options.Path, room, append, stored.Version);
        }

        try
        {
            return RoomEventCodec.Decode(stored.Events);
        }
        catch (JsonException damage)
        {
            throw RoomLogErrors.Undecodable(_options.Path, room, append, damage);
        }
    }
}
