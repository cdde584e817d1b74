using System.Runtime.CompilerServices;
using Polyphony.Rooms;

namespace Polyphony.Tests.Rooms;

/// <summary>A log whose appends the test completes or fails by hand, in their order.</summary>
internal sealed class ScriptedRoomLog : IRoomLog
{
    private readonly Lock _gate = new();
    private readonly List<RoomEvent[]> _appends = [];
    private readonly Queue<TaskCompletionSource> _held = new();
    private readonly List<(int Count, TaskCompletionSource Reached)> _awaited = [];

    /// <summary>Whether an append waits for <see cref="CompleteNext"/> or <see cref="FailNext"/>; else it is durable at once.</summary>
    public bool Holds { get; set; }

    /// <summary>Thrown by the next append itself, in place of a failing task.</summary>
    public Exception? ThrowsNext { get; set; }

    /// <summary>The groups in which events were appended, durable or not.</summary>
    public IReadOnlyList<RoomEvent[]> Appends
    {
        get
        {
            lock (_gate)
            {
                return [.. _appends];
            }
        }
    }

    public IEnumerable<RoomEvent> Events => Appends.SelectMany(group => group);

    public static ScriptedRoomLog Holding(params RoomEvent[][] groups)
    {
        var log = new ScriptedRoomLog();
        log._appends.AddRange(groups);
        return log;
    }

    public async IAsyncEnumerable<IReadOnlyList<RoomEvent>> ReadAsync(RoomId room, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var group in Appends)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return group;
        }

        await ValueTask.CompletedTask;
    }

    public ValueTask AppendAsync(RoomId room, IReadOnlyList<RoomEvent> events)
    {
        lock (_gate)
        {
            if (ThrowsNext is { } error)
            {
                ThrowsNext = null;
                throw error;
            }

            _appends.Add([.. events]);
            foreach (var (_, reached) in _awaited.Where(a => a.Count <= _appends.Count))
            {
                reached.TrySetResult();
            }

            if (!Holds)
            {
                return ValueTask.CompletedTask;
            }

            var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _held.Enqueue(held);
            return new(held.Task);
        }
    }

    /// <summary>Completes when that many groups were appended in all.</summary>
    public Task AppendedAsync(int count)
    {
        lock (_gate)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((count, reached));
            if (_appends.Count >= count)
            {
                reached.SetResult();
            }

            return reached.Task.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    public void CompleteNext() => Next().SetResult();

    public void FailNext(Exception error) => Next().SetException(error);

    public void CompleteAll()
    {
        Holds = false;
        while (HasHeld())
        {
            CompleteNext();
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private bool HasHeld()
    {
        lock (_gate)
        {
            return _held.Count > 0;
        }
    }

    private TaskCompletionSource Next()
    {
        lock (_gate)
        {
            return _held.Dequeue();
        }
    }
}
