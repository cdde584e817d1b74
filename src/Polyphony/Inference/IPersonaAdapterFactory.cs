using Microsoft.Extensions.AI;

namespace Polyphony.Inference;

/// <summary>Builds the model of one persona.</summary>
/// <remarks>
/// Called for one persona after another, so that no two models load at once. A factory may give the same client to every persona of a model, and does
/// so where a pipeline is costly: a client is safe for concurrent use. The factory owns its clients; it is disposed after the personas have stopped.
/// </remarks>
public interface IPersonaAdapterFactory
{
    /// <summary>Builds the adapter for a profile.</summary>
    /// <exception cref="Exception">Any: it becomes the <see cref="MaterializeError.AdapterFactory"/> of that slot, and of no other.</exception>
    ValueTask<IChatClient> BuildAsync(InferenceProfile profile, CancellationToken cancellationToken);
}

/// <summary>Something a model has to do before its first turn. A client offers it as a service: <c>GetService(typeof(IAdapterWarmup))</c>.</summary>
public interface IAdapterWarmup
{
    /// <summary>Pays now what the first call would pay. Called once a persona, also where personas share the client.</summary>
    /// <exception cref="Exception">Any: it becomes the <see cref="MaterializeError.AdapterWarmup"/> of that slot, and of no other.</exception>
    ValueTask WarmUpAsync(InferenceProfile profile, CancellationToken cancellationToken);
}
