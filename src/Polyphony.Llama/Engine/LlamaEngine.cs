namespace Polyphony.Llama.Engine;

/// <summary>
/// One set of weights and one cache, on which many personas of many rooms think at once: what their prompts have in common is computed once, and what they write is computed together.
/// </summary>
/// <remarks>
/// Thread-safe. One thread of its own computes; nothing else touches the context. Owns its context, not the model. A request enters when its cells are reserved; a mention that finds no room takes
/// the place of a less urgent request, which goes on later from what it has written so far.
/// </remarks>
public sealed class LlamaEngine : IAsyncDisposable
{
    private readonly EngineThread _thread;

    private LlamaEngine(LlamaModel model, EngineThread thread) => (Model, _thread) = (model, thread);

    /// <summary>Makes the context and starts the thread.</summary>
    /// <param name="model">The weights.</param>
    /// <param name="options">Its size.</param>
    /// <param name="time">What deadlines and durations are measured by; the system's where nothing is said.</param>
    /// <exception cref="ArgumentException">A size cannot be.</exception>
    /// <exception cref="LlamaException">As <see cref="LlamaContext.Create(LlamaModel, LlamaContextOptions?)"/>.</exception>
    public static LlamaEngine Start(LlamaModel model, EngineOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var size = options ?? new();
        size.Validate();
        var cellBytes = model.CacheBytesPerToken * (size.FullPrecision ? 2 : 1);
        return new(model, new(Vocabulary.Of(model), size, cellBytes, () => LlamaContext.Create(model, size.ToContext()), time ?? TimeProvider.System));
    }

    /// <summary>The weights.</summary>
    public LlamaModel Model { get; }

    /// <summary>Hands a request in. Never waits: what cannot be taken comes back refused.</summary>
    /// <exception cref="ArgumentException">The request contradicts itself; the message says how.</exception>
    /// <exception cref="LlamaException">A token is not in the vocabulary.</exception>
    public EngineRun Submit(EngineRequest request, CancellationToken cancellationToken = default) => _thread.Submit(request, cancellationToken);

    /// <summary>What it did so far and holds now. A snapshot of one moment between two steps; it holds what an answer that has been seen came from.</summary>
    public EngineReport Report() => _thread.Report();

    /// <summary>Ends the requests under way with <see cref="EngineAnswer.Failed"/> and gives the cache back. Waits for the step that is computed.</summary>
    public ValueTask DisposeAsync() => _thread.DisposeAsync();
}
