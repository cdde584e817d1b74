using Microsoft.Extensions.AI;

namespace Polyphony.Inference;

/// <summary>What an engine of this process tells of a call beside the words: a piece of its stream, so that it passes through whatever stands between. A model behind a wire has none.</summary>
public sealed class InferenceDetail : AIContent
{
    /// <summary>Making tokens of the chat messages.</summary>
    public TimeSpan Rendering { get; init; }

    /// <summary>From there to the first step that worked on it.</summary>
    public TimeSpan Queued { get; init; }

    /// <summary>From there to the first token that was written, or to the end.</summary>
    public TimeSpan Prefill { get; init; }

    /// <summary>From there to the end.</summary>
    public TimeSpan Writing { get; init; }

    /// <summary>Tokens of the prompt that were there already.</summary>
    public int ReusedTokens { get; init; }

    /// <summary>Tokens of the prompt that were computed.</summary>
    public int ComputedTokens { get; init; }

    /// <summary>How many requests wrote together on average; 0 where nothing was written.</summary>
    public double BatchWidth { get; init; }

    /// <summary>Bytes of the cache that this call alone took at most.</summary>
    public long OwnCacheBytes { get; init; }

    /// <summary>Bytes of the cache in use by everybody when the call ended.</summary>
    public long CacheBytes { get; init; }

    /// <summary>Requests that waited when the call ended.</summary>
    public int Waiting { get; init; }

    /// <summary>How likely it was to speak; null where no choice was read.</summary>
    public double? Likelihood { get; init; }
}
