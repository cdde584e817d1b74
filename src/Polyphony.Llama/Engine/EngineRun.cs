using System.Threading.Channels;

namespace Polyphony.Llama.Engine;

/// <summary>A request under way. For one reader.</summary>
public sealed class EngineRun
{
    // As many as the request may write, at most.
    private readonly Channel<int> _tokens = Channel.CreateUnbounded<int>(new() { SingleReader = true, SingleWriter = true });
    private readonly TaskCompletionSource<EngineAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<IReadOnlyList<double>> _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal EngineRun()
    {
    }

    /// <summary>The tokens that are written, as they come; without placed ones and without the token that ends a reply. Ends when <see cref="Answer"/> is there; never throws for an ended request.</summary>
    public IAsyncEnumerable<int> Tokens => _tokens.Reader.ReadAllAsync();

    /// <summary>How it ended. Never faulted or cancelled.</summary>
    public Task<EngineAnswer> Answer => _answer.Task;

    /// <summary>
    /// The probabilities at its decision point as soon as they are known; empty where it has none or ended before. Never faulted or cancelled.
    /// </summary>
    public Task<IReadOnlyList<double>> Decided => _decided.Task;

    internal void Write(int token) => _tokens.Writer.TryWrite(token);

    internal void Decide(IReadOnlyList<double> probabilities) => _decided.TrySetResult(probabilities);

    internal void End(EngineAnswer answer)
    {
        _decided.TrySetResult([]);
        _answer.TrySetResult(answer);
        _tokens.Writer.TryComplete();
    }
}
