using System.Diagnostics.CodeAnalysis;
using System.Threading.Tasks.Sources;
using Polyphony.Rooms;

namespace Polyphony.Turns;

/// <summary>
/// Waits for a model's next words and for the turn's end at once, and goes on with whichever comes first: a model that does not listen to its token cannot
/// hold its persona. Used by one loop, again and again, until a wait was given up; then the loop needs a new one.
/// </summary>
internal sealed class ModelWait : IValueTaskSource<bool>
{
    private readonly Action _modelMoved;
    private readonly Action _goOn;
    private ManualResetValueTaskSourceCore<bool> _core;
    private ValueTask<bool> _move;
    private CancellationTokenRegistration _registration;
    private CancellationToken _stop;
    private IAsyncDisposable? _stream;
    private int _decided;

    public ModelWait()
    {
        _modelMoved = OnModelMoved;
        _goOn = GoOn;
    }

    /// <summary>
    /// Whether this wait must not be used for another turn: the model was left, or the end of its turn came at the moment of its last word and may still be about
    /// to say so here.
    /// </summary>
    public bool IsSpent { get; private set; }

    /// <summary>Whether the model was left while it was still at work. Its stream is disposed here when it comes to an end.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>Asks <paramref name="stream"/> for its next element, until <paramref name="stop"/>.</summary>
    [SuppressMessage("Reliability", "CA2012", Justification = "The outstanding step is kept, and consumed once: by the turn, or after it was left.")]
    public ValueTask<bool> NextOf<T>(IAsyncEnumerator<T> stream, CancellationToken stop)
    {
        var move = stream.MoveNextAsync();
        if (move.IsCompleted)
        {
            return move;
        }

        _core.Reset();
        var version = _core.Version;
        _decided = 0;
        _stop = stop;
        _move = move;
        _stream = stream;
        _registration = stop.UnsafeRegister(static wait => ((ModelWait)wait!).OnStopped(), this);
        move.GetAwaiter().UnsafeOnCompleted(_modelMoved);
        return new(this, version);
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void OnModelMoved()
    {
        if (Interlocked.Exchange(ref _decided, 1) == 0)
        {
            IsSpent |= !_registration.Unregister();
            Trampoline.Run(_goOn);
        }
        else
        {
            _ = FinishAbandonedAsync();
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "The turn ended before, with its own outcome; nobody is left to be told.")]
    private async Task FinishAbandonedAsync()
    {
        try
        {
            _move.GetAwaiter().GetResult();
            await _stream!.DisposeAsync();
        }
        catch (Exception)
        {
        }
    }

    private void OnStopped()
    {
        if (Interlocked.Exchange(ref _decided, 1) == 0)
        {
            IsAbandoned = IsSpent = true;
            Trampoline.Run(_goOn);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Handed on, as it is, to the turn that waits.")]
    private void GoOn()
    {
        if (IsAbandoned)
        {
            _core.SetException(new OperationCanceledException(_stop));
            return;
        }

        bool moved;
        try
        {
            moved = _move.GetAwaiter().GetResult();
        }
        catch (Exception error)
        {
            _core.SetException(error);
            return;
        }

        _core.SetResult(moved);
    }
}
