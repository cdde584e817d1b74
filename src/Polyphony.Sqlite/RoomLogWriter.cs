using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Polyphony.Sqlite;

/// <summary>
/// The one thread that touches the file. It commits everything that waits as one transaction: the more wait, the less each of them costs.
/// </summary>
/// <remarks>A thread of its own, because it blocks on the disk; it sleeps while there is nothing to do.</remarks>
internal sealed class RoomLogWriter
{
    /// <summary>The most appends of one transaction, so that the first does not wait for too many others.</summary>
    public const int GroupLimit = 2000;

    /// <summary>How many bytes of events may be under way; a further append holds its caller. One append may be larger than that.</summary>
    public const long BytesLimit = 64L << 20;

    private readonly SqliteRoomLogOptions _options;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object _gate = new();

    // Guarded by the gate. What is under way is accepted and not yet durable. There are as many queries as readers, each of which waits for its own.
    private List<PendingAppend> _accepted = [];
    private List<RoomLogQuery> _asked = [];
    private int _underWay;
    private long _bytesUnderWay;
    private bool _sleeps;
    private Func<Exception>? _closed;

    public RoomLogWriter(SqliteRoomLogOptions options) => _options = options;

    /// <summary>Starts the thread and waits until it has opened the file.</summary>
    public Task StartAsync()
    {
        new Thread(Run) { IsBackground = true, Name = "Polyphony room log" }.Start();
        return _opened.Task;
    }

    /// <summary>Accepts an append, once there is space for it.</summary>
    public ValueTask AppendAsync(PendingAppend append)
    {
        lock (_gate)
        {
            // The caller is held, not the append: a room appends without waiting for the last one, so nothing else bounds what is in memory.
            while (_closed is null && (_underWay >= _options.QueueLimit || _bytesUnderWay >= BytesLimit))
            {
                Monitor.Wait(_gate);
            }

            if (_closed is { } closed)
            {
                return ValueTask.FromException(closed());
            }

            _accepted.Add(append);
            _underWay++;
            _bytesUnderWay += append.Events.Length;
            Wake_NeedsLock();
        }

        return append.WaitAsync();
    }

    /// <summary>Asks the file something, after everything that was accepted before.</summary>
    public Task<T> AskAsync<T>(Func<RoomLogFile, T> ask)
    {
        var query = new RoomLogQuery<T>(ask);
        lock (_gate)
        {
            if (_closed is { } closed)
            {
                return Task.FromException<T>(closed());
            }

            _asked.Add(query);
            Wake_NeedsLock();
        }

        return query.Answer;
    }

    /// <summary>Accepts nothing more, writes what was accepted, closes the file.</summary>
    public Task StopAsync()
    {
        Close(() => RoomLogErrors.File.Closed(_options.Path));
        return _ended.Task;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever stops the writer must reach everybody who waits for it.")]
    private void Run()
    {
        RoomLogFile file;
        try
        {
            file = RoomLogFile.Open(_options);
        }
        catch (Exception refused)
        {
            _opened.SetException(refused);
            return;
        }

        _opened.SetResult();
        List<PendingAppend> appends = [];
        List<RoomLogQuery> queries = [];
        var written = 0;
        try
        {
            while (Take(ref appends, ref queries))
            {
                for (written = 0; written < appends.Count;)
                {
                    var group = NextGroup(appends, written);
                    WriteGroup(file, group);
                    written += group.Length;
                }

                foreach (var query in queries)
                {
                    query.Run(file);
                }

                appends.Clear();
                queries.Clear();
            }
        }
        catch (Exception failure)
        {
            Break(failure, appends.Skip(written), queries);
        }
        finally
        {
            CloseFile(file);
        }
    }

    private void WriteGroup(RoomLogFile file, ReadOnlySpan<PendingAppend> group)
    {
        long bytes = 0;
        file.Begin();
        foreach (var append in group)
        {
            file.Append(append.Room, append.Events);
            bytes += append.Events.Length;
        }

        file.Commit();
        if (_options.AppendWaited is { } waited)
        {
            var durable = Stopwatch.GetTimestamp();
            foreach (var append in group)
            {
                waited(durable - append.Called);
            }
        }

        lock (_gate)
        {
            _underWay -= group.Length;
            _bytesUnderWay -= bytes;
            Monitor.PulseAll(_gate);
        }

        foreach (var append in group)
        {
            append.Complete();
        }
    }

    private static ReadOnlySpan<PendingAppend> NextGroup(List<PendingAppend> appends, int from) =>
        CollectionsMarshal.AsSpan(appends).Slice(from, Math.Min(GroupLimit, appends.Count - from));

    /// <summary>Takes everything that waits, and sleeps until there is something; false when the log is closed and empty.</summary>
    private bool Take(ref List<PendingAppend> appends, ref List<RoomLogQuery> queries)
    {
        lock (_gate)
        {
            while (_accepted.Count == 0 && _asked.Count == 0)
            {
                if (_closed is not null)
                {
                    return false;
                }

                _sleeps = true;
                Monitor.Wait(_gate);
                _sleeps = false;
            }

            (appends, _accepted) = (_accepted, appends);
            (queries, _asked) = (_asked, queries);
            return true;
        }
    }

    private void Break(Exception failure, IEnumerable<PendingAppend> appends, IEnumerable<RoomLogQuery> queries)
    {
        Exception Stopped() => RoomLogErrors.Stopped(_options.Path, failure);
        Close(Stopped);
        PendingAppend[] accepted;
        RoomLogQuery[] asked;
        lock (_gate)
        {
            _closed = Stopped;
            accepted = [.. _accepted];
            asked = [.. _asked];
        }

        foreach (var append in appends.Concat(accepted))
        {
            append.Fail(Stopped());
        }

        foreach (var query in queries.Concat(asked))
        {
            query.Fail(Stopped());
        }
    }

    private void Close(Func<Exception> closed)
    {
        lock (_gate)
        {
            _closed ??= closed;
            Monitor.PulseAll(_gate);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Everything acknowledged is durable; whoever closes the log hears what went wrong.")]
    private void CloseFile(RoomLogFile file)
    {
        try
        {
            file.Dispose();
            _ended.SetResult();
        }
        catch (Exception error)
        {
            _ended.SetException(error);
        }
    }

    private void Wake_NeedsLock()
    {
        if (_sleeps)
        {
            Monitor.Pulse(_gate);
        }
    }
}
