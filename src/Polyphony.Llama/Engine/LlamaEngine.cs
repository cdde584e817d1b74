namespace Polyphony.Llama.Engine;

/// <summary>
/// One set of weights and one cache, on which many personas of many rooms think at once: what their prompts have in common is computed once, and what they write is computed together.
/// </summary>
/// <remarks>Thread-safe. One thread of its own computes; nothing else touches the context. Owns its context, not the model.</remarks>
public sealed class LlamaEngine : IAsyncDisposable
{
    /// <summary>Makes the context and starts the thread.</summary>
    /// <exception cref="LlamaException">As <see cref="LlamaContext.Create(LlamaModel, LlamaContextOptions?)"/>.</exception>
    public static LlamaEngine Start(LlamaModel model, EngineOptions? options = null) => throw new NotImplementedException();

    /// <summary>The weights.</summary>
    public LlamaModel Model => throw new NotImplementedException();

    /// <summary>Hands a request in. Never waits: what cannot be taken comes back refused.</summary>
    /// <exception cref="ArgumentException">The request contradicts itself; the message says how.</exception>
    /// <exception cref="LlamaException">A token is not in the vocabulary.</exception>
    public EngineRun Submit(EngineRequest request, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>What it did so far and holds now. A snapshot of one moment between two steps.</summary>
    public EngineReport Report() => throw new NotImplementedException();

    /// <summary>Ends the requests under way with <see cref="EngineAnswer.Failed"/> and gives the cache back.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}

/// <summary>A request under way. For one reader.</summary>
public sealed class EngineRun
{
    /// <summary>The tokens that are written, as they come; without placed ones and without the token that ends a reply. Ends when <see cref="Answer"/> is there; never throws for an ended request.</summary>
    public IAsyncEnumerable<int> Tokens => throw new NotImplementedException();

    /// <summary>How it ended. Never faulted or cancelled.</summary>
    public Task<EngineAnswer> Answer => throw new NotImplementedException();

    /// <summary>
    /// The probabilities at its decision point as soon as they are known; empty where it has none or ended before. Never faulted or cancelled.
    /// </summary>
    public Task<IReadOnlyList<double>> Decided => throw new NotImplementedException();
}

/// <summary>An engine's numbers since it started, and what it holds now.</summary>
public sealed record EngineReport
{
    /// <summary>Steps computed.</summary>
    public long Steps { get; init; }

    /// <summary>Tokens of prompts that were computed.</summary>
    public long ComputedTokens { get; init; }

    /// <summary>Tokens of prompts that were there already.</summary>
    public long ReusedTokens { get; init; }

    /// <summary>Tokens that were written.</summary>
    public long WrittenTokens { get; init; }

    /// <summary>Cells in use now.</summary>
    public int Cells { get; init; }

    /// <summary>The most cells that were in use at once since <see cref="Steps"/> was 0.</summary>
    public int PeakCells { get; init; }

    /// <summary>Requests that wait.</summary>
    public int Waiting { get; init; }

    /// <summary>Requests that are worked on.</summary>
    public int Running { get; init; }

    /// <summary>Prefixes that are kept.</summary>
    public int Prefixes { get; init; }

    /// <summary>How often the context was made anew after it failed.</summary>
    public long Rebuilds { get; init; }
}
