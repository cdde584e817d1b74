using System.Threading.Tasks.Sources;
using Polyphony.Diagnostics;

namespace Polyphony.Rooms;

/// <summary>Something that waits for the room's writer.</summary>
internal abstract class RoomWork
{
    /// <summary>The link of the queue it stands in; it stands in one at a time.</summary>
    public RoomWork? Next { get; set; }

    /// <summary>Does it, on the writer.</summary>
    public abstract void Run(RoomWriter room);

    /// <summary>Tells whoever handed it in what became of it; called on the writer once that is durable.</summary>
    public abstract void Complete(RoomWriter room, Receipt receipt);

    /// <summary>Tells whoever handed it in that the room is broken.</summary>
    public abstract void Fail(RoomWriter room, Exception fault);
}

/// <summary>An input of somebody who is not a persona's loop. Whoever waits for it continues on the pool, never on the writer.</summary>
internal sealed class InputWork : RoomWork, IValueTaskSource<Receipt>
{
    private readonly RoomInput _input;
    private ManualResetValueTaskSourceCore<Receipt> _core = new() { RunContinuationsAsynchronously = true };

    public InputWork(RoomInput input) => _input = input;

    public long Arrived { get; init; }

    public ValueTask<Receipt> WaitAsync() => new(this, _core.Version);

    public override void Run(RoomWriter room) => room.Promise(this, room.StepOn(_input, Arrived));

    public override void Complete(RoomWriter room, Receipt receipt) => _core.SetResult(receipt);

    public override void Fail(RoomWriter room, Exception fault) => _core.SetException(fault);

    Receipt IValueTaskSource<Receipt>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<Receipt>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<Receipt>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}

internal sealed class QuietWork : RoomWork
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile bool _isGivenUp;

    /// <summary>Whether nobody waits any more.</summary>
    public bool IsGivenUp => _isGivenUp;

    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _done.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _isGivenUp = true;
        }
    }

    public void Complete() => _done.TrySetResult();

    public override void Run(RoomWriter room) => room.AwaitQuiet(this);

    public override void Complete(RoomWriter room, Receipt receipt) => Complete();

    public override void Fail(RoomWriter room, Exception fault) => _done.TrySetException(fault);
}

internal sealed class LookWork<T>(Func<RoomState, T> look) : RoomWork
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _done.Task;

    // A fault of the caller's own function is the caller's: it must not break the room.
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1031", Justification = "Handed to the caller as it is.")]
    public override void Run(RoomWriter room)
    {
        try
        {
            _done.TrySetResult(look(room.State));
        }
        catch (Exception error)
        {
            _done.TrySetException(error);
        }
    }

    public override void Complete(RoomWriter room, Receipt receipt)
    {
    }

    public override void Fail(RoomWriter room, Exception fault) => _done.TrySetException(fault);
}

/// <summary>An append that is not durable yet, with what is to be published and told when it is.</summary>
internal sealed class PendingAppend : RoomWork
{
    private readonly RoomWriter _room;
    private ValueTask _append;
    private AppendSpan _span;
    private volatile bool _isDone;

    private PendingAppend(RoomWriter room, List<RoomEvent> events, List<(RoomWork Work, Receipt Receipt)> receipts)
    {
        _room = room;
        Events = [.. events];
        Receipts = [.. receipts];
    }

    public IReadOnlyList<RoomEvent> Events { get; }

    public IReadOnlyList<(RoomWork Work, Receipt Receipt)> Receipts { get; }

    public bool IsDone => _isDone;

    public Exception? Error { get; private set; }

    public static PendingAppend Done(RoomWriter room, List<RoomEvent> events, List<(RoomWork Work, Receipt Receipt)> receipts) =>
        new(room, events, receipts) { _isDone = true };

    public static PendingAppend Start(
        RoomWriter room, ValueTask append, AppendSpan span, List<RoomEvent> events, List<(RoomWork Work, Receipt Receipt)> receipts)
    {
        var pending = new PendingAppend(room, events, receipts) { _append = append, _span = span };
        append.GetAwaiter().UnsafeOnCompleted(pending.Finish);
        return pending;
    }

    public override void Run(RoomWriter room) => room.PublishDurable();

    public override void Complete(RoomWriter room, Receipt receipt)
    {
    }

    public override void Fail(RoomWriter room, Exception fault) => room.PublishDurable();

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1031", Justification = "Kept and shown: it faults the room, in order.")]
    private void Finish()
    {
        try
        {
            _append.GetAwaiter().GetResult();
        }
        catch (Exception error)
        {
            Error = error;
        }

        _span.End();
        _isDone = true;
        _room.Enqueue(this, fromLoop: true);
    }
}
