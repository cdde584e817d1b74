using System.Threading.Tasks.Sources;
using Polyphony.Rooms;

namespace Polyphony.Sqlite;

/// <summary>An append on its way to the disk. Whoever waits for it continues on the pool, never on the writer.</summary>
internal sealed class PendingAppend(RoomId room, byte[] events, long called) : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };

    public RoomId Room { get; } = room;

    public byte[] Events { get; } = events;

    /// <summary>When it was called, where somebody wants to know how long it waited.</summary>
    public long Called { get; } = called;

    public ValueTask WaitAsync() => new(this, _core.Version);

    public void Complete() => _core.SetResult(true);

    public void Fail(Exception error) => _core.SetException(error);

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}

/// <summary>Something to be looked up in the file, between two groups of appends.</summary>
internal abstract class RoomLogQuery
{
    public abstract void Run(RoomLogFile file);

    public abstract void Fail(Exception error);
}

internal sealed class RoomLogQuery<T>(Func<RoomLogFile, T> ask) : RoomLogQuery
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => _answer.Task;

    // A page that cannot be read is the reader's to hear of; rooms that do not need it go on.
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1031", Justification = "Handed to the reader as it is.")]
    public override void Run(RoomLogFile file)
    {
        try
        {
            _answer.TrySetResult(ask(file));
        }
        catch (Exception error)
        {
            _answer.TrySetException(error);
        }
    }

    public override void Fail(Exception error) => _answer.TrySetException(error);
}
