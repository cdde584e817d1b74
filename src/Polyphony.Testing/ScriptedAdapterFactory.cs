using Microsoft.Extensions.AI;
using Polyphony.Inference;

namespace Polyphony.Testing;

/// <summary>A factory whose models are doubles. It counts every attempt to build one, before the attempt can fail. Thread-safe.</summary>
public sealed class ScriptedAdapterFactory : IPersonaAdapterFactory
{
    private readonly Func<InferenceProfile, IChatClient> _build;
    private int _buildCount;

    private ScriptedAdapterFactory(Func<InferenceProfile, IChatClient> build) => _build = build;

    /// <summary>How many adapters it was asked for.</summary>
    public int BuildCount => Volatile.Read(ref _buildCount);

    /// <summary>A factory that does as <paramref name="build"/> does; what it throws is the slot's error.</summary>
    public static ScriptedAdapterFactory Custom(Func<InferenceProfile, IChatClient> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        return new(build);
    }

    /// <summary>The same client for every persona: for a script that several share, or for a stand-in that the test has configured.</summary>
    public static ScriptedAdapterFactory Sharing(IChatClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new(_ => client);
    }

    /// <summary>One <see cref="HeuristicChatClient"/> that answers at once, for every persona.</summary>
    public static ScriptedAdapterFactory Heuristic() => Sharing(new HeuristicChatClient());

    /// <summary>One <see cref="HeuristicChatClient"/> whose every answer takes <paramref name="delay"/> of <paramref name="time"/>.</summary>
    public static ScriptedAdapterFactory HeuristicWithDelay(TimeSpan delay, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return Sharing(new HeuristicChatClient(time) { Delay = delay });
    }

    /// <summary>One <see cref="HeuristicChatClient"/> that never gets warm.</summary>
    public static ScriptedAdapterFactory HeuristicWithWarmupFailure(string reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        return Sharing(new HeuristicChatClient { WarmupFailure = reason });
    }

    /// <summary>One <see cref="HeuristicChatClient"/>, and the counts of what it was asked to do.</summary>
    /// <param name="delay">How long every answer takes; none where absent.</param>
    /// <param name="time">The clock of the delay; the system's where absent.</param>
    public static (ScriptedAdapterFactory Factory, ObservedCounts Counts) HeuristicWithCounters(TimeSpan delay = default, TimeProvider? time = null)
    {
        var counts = new ObservedCounts();
        var client = new HeuristicChatClient(time) { Delay = delay, OnWarmup = counts.CountWarmup, OnGenerate = counts.CountGenerate };
        return (Sharing(client), counts);
    }

    /// <summary>A factory that never builds anything.</summary>
    public static ScriptedAdapterFactory AlwaysFails(string reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        return new(_ => throw new InvalidOperationException(reason));
    }

    /// <inheritdoc/>
    public ValueTask<IChatClient> BuildAsync(InferenceProfile profile, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(profile);
        Interlocked.Increment(ref _buildCount);
        cancellationToken.ThrowIfCancellationRequested();
        return new(_build(profile));
    }
}
