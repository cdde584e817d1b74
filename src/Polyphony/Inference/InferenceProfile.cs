using Polyphony.Inference.Protocols;
using Polyphony.Prompting;
using Polyphony.Rooms;

namespace Polyphony.Inference;

/// <summary>All that a persona's model calls need to know. Built in one place, <see cref="ModelRegistry.BuildProfile"/>; everything else only reads it.</summary>
public sealed record InferenceProfile
{
    /// <summary>As likely as not.</summary>
    public const double DefaultSpeakThreshold = 0.5;

    /// <summary>Whose it is.</summary>
    public required ParticipantId Persona { get; init; }

    /// <summary>The persona's name.</summary>
    public required string PersonaName { get; init; }

    /// <summary>The model, as its adapter knows it.</summary>
    public required string Model { get; init; }

    /// <summary>The window, in tokens: prompt and reply together.</summary>
    public required int ContextTokens { get; init; }

    /// <summary>The part of the window that is kept for the reply, in tokens.</summary>
    public required int ReplyTokens { get; init; }

    /// <summary>How the model says whether it speaks.</summary>
    public required IDecisionProtocol Protocol { get; init; }

    /// <summary>The most messages of the transcript that a prompt shows, the burst included.</summary>
    public required int HistoryMessages { get; init; }

    /// <summary>How a conversation becomes chat messages for the model.</summary>
    public PromptLayout Layout { get; init; } = PromptLayout.NamePrefixedUserTurns;

    /// <summary>Counts the model's tokens, or estimates them.</summary>
    public ITokenCounter Tokens { get; init; } = ByteTokenCounter.Instance;

    /// <summary>Of an engine that reads how likely the persona is to speak: it does from here on. 0 to 1.</summary>
    public double SpeakThreshold { get; init; } = DefaultSpeakThreshold;

    /// <summary>Sampling temperature; the model's own default where absent.</summary>
    public float? Temperature { get; init; }
}
