using System.Threading.Channels;

namespace Polyphony.Llama.Engine;

/// <summary>A request under way. For one reader.</summary>
public sealed class EngineRun
{
    private readonly Channel<int> _tokens = Channel.CreateUnbounded<int>(new() { SingleReader = true, SingleWriter = true });
    private readonly TaskCompletionSource<EngineAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<IReadOnlyList<double>> _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly EngineQueue _queue;
    private readonly TimeProvider _time;
    private CancellationTokenRegistration _registration;
    private int _phase;
    private volatile bool _isCancelled;

    internal EngineRun(EngineRequest request, EngineQueue queue, TimeProvider time) =>
        (Request, _queue, _time, Submitted) = (request, queue, time, time.GetTimestamp());

    /// <summary>The tokens that are written, as they come; without placed ones and without the token that ends a reply. Ends when <see cref="Answer"/> is there; never throws for an ended request.</summary>
    public IAsyncEnumerable<int> Tokens => _tokens.Reader.ReadAllAsync();

    /// <summary>How it ended. Never faulted or cancelled. When it is there, the cells of the request are free again.</summary>
    public Task<EngineAnswer> Answer => _answer.Task;

    /// <summary>
    /// The probabilities at its decision point as soon as they are known; empty where it has none or ended before. Never faulted or cancelled.
    /// </summary>
    public Task<IReadOnlyList<double>> Decided => _decided.Task;

    internal EngineRequest Request { get; }

    internal long Submitted { get; }

    internal bool IsCancelled => _isCancelled;

    internal bool HasEnded => Volatile.Read(ref _phase) == Phase.Ended;

    internal bool HasBegun => Volatile.Read(ref _phase) == Phase.Begun;

    /// <summary>Ends it when the token says so: at once while it waits, and between two steps later.</summary>
    internal void CancelWith(CancellationToken cancellationToken) =>
        _registration = cancellationToken.UnsafeRegister(static run => ((EngineRun)run!).Cancel(), this);

    /// <summary>Takes it from its queue.</summary>
    /// <returns>Whether it is still there: it may have been cancelled.</returns>
    internal bool TryBegin()
    {
        if (Interlocked.CompareExchange(ref _phase, Phase.Begun, Phase.Waiting) == Phase.Waiting)
        {
            _queue.Leave(Request.Urgency);
        }

        return !HasEnded;
    }

    internal void Write(int token) => _tokens.Writer.TryWrite(token);

    internal void Decide(IReadOnlyList<double> probabilities) => _decided.TrySetResult(probabilities);

    /// <summary>Ends it. What ended before stays as it is.</summary>
    internal void End(EngineAnswer answer)
    {
        var before = Interlocked.Exchange(ref _phase, Phase.Ended);
        if (before == Phase.Ended)
        {
            return;
        }

        if (before == Phase.Waiting)
        {
            _queue.Leave(Request.Urgency);
        }

        Complete(answer);
    }

    /// <summary>Ends it before it was in a queue.</summary>
    internal void Refuse(EngineAnswer answer)
    {
        _phase = Phase.Ended;
        Complete(answer);
    }

    private void Cancel()
    {
        _isCancelled = true;
        if (Interlocked.CompareExchange(ref _phase, Phase.Ended, Phase.Waiting) == Phase.Waiting)
        {
            _queue.Leave(Request.Urgency);
            Complete(new EngineAnswer.Cancelled { Usage = new() { Queued = _time.GetElapsedTime(Submitted) } });
        }
    }

    private void Complete(EngineAnswer answer)
    {
        _registration.Unregister();
        _decided.TrySetResult([]);
        _answer.SetResult(answer);
        _tokens.Writer.Complete();
    }

    private static class Phase
    {
        public const int Waiting = 0;
        public const int Begun = 1;
        public const int Ended = 2;
    }
}
