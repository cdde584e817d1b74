using Polyphony.Inference.Protocols;
using Polyphony.Personas;
using Polyphony.Prompting;

namespace Polyphony.Inference;

/// <summary>What is known of a model before it is loaded.</summary>
/// <param name="Id">The name its adapter knows it by.</param>
/// <param name="ContextTokens">The window it was made for, in tokens; at least 1,024.</param>
/// <param name="Protocol">How it says whether it speaks; a matter of the model, declared here and never guessed.</param>
public sealed record ModelDescriptor(string Id, int ContextTokens, IDecisionProtocol Protocol)
{
    /// <summary>How a conversation becomes chat messages for it; a matter of the model, declared here and never guessed.</summary>
    public PromptLayout Layout { get; init; } = PromptLayout.NamePrefixedUserTurns;

    /// <summary>Counts its tokens, unless its adapter brings a tokenizer. An estimate where absent.</summary>
    public ITokenCounter Tokens { get; init; } = ByteTokenCounter.Instance;

    /// <summary>How likely its personas must be to speak, where an engine reads that: 0 to 1.</summary>
    public double SpeakThreshold { get; init; } = InferenceProfile.DefaultSpeakThreshold;

    /// <summary>The most tokens of a reply, where that is less than the part of the window that is kept for it.</summary>
    public int? ReplyTokens { get; init; }

    /// <summary>Sampling temperature; the model's own default where absent.</summary>
    public float? Temperature { get; init; }
}

/// <summary>What a machine can carry.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ContextCap">The largest window to use on it, in tokens, whatever the model could.</param>
public sealed record HardwareTier(string Name, int ContextCap)
{
    private const string PaidHere = "a model on this machine pays for it";

    /// <summary>Why a room on it has no shared analysis unless somebody asks for one, for a person to read; null where it has one.</summary>
    public string? AnalysisOffBecause { get; init; }

    /// <summary>A machine without an accelerator.</summary>
    public static HardwareTier Cpu { get; } = new("cpu", 8_192) { AnalysisOffBecause = PaidHere };

    /// <summary>A server on this machine or next to it: what it computes is paid for here.</summary>
    public static HardwareTier Near { get; } = new("near", 131_072) { AnalysisOffBecause = PaidHere };

    /// <summary>Somebody else's machine, behind an address.</summary>
    public static HardwareTier Remote { get; } = new("remote", 131_072);
}

/// <summary>The models that a program may use. The one place that turns a card and a model into an <see cref="InferenceProfile"/>. Immutable.</summary>
public sealed class ModelRegistry
{
    private readonly Dictionary<string, ModelDescriptor> _models;

    /// <param name="models">The models, each id once.</param>
    /// <exception cref="ArgumentException">An id stands twice.</exception>
    public ModelRegistry(params IEnumerable<ModelDescriptor> models) => _models = models.ToDictionary(m => m.Id, StringComparer.Ordinal);

    /// <summary>The profile of a persona on a model, or why there is none.</summary>
    /// <param name="card">Who.</param>
    /// <param name="model">The model's id.</param>
    /// <param name="tier">What the machine can carry.</param>
    /// <param name="historyMessages">The most messages a prompt shows, the burst included; 1 to 1,000.</param>
    public ProfileResult BuildProfile(PersonaCard card, string model, HardwareTier tier, int historyMessages)
    {
        ArgumentNullException.ThrowIfNull(card);
        ArgumentNullException.ThrowIfNull(tier);
        ArgumentOutOfRangeException.ThrowIfLessThan(historyMessages, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(historyMessages, 1_000);
        if (!_models.TryGetValue(model, out var known))
        {
            return new ProfileResult.Refused(new ProfileError.UnknownModel(model, [.. _models.Keys.Order(StringComparer.Ordinal)]));
        }

        var context = Math.Min(known.ContextTokens, tier.ContextCap);
        if (context < ProfileError.WindowTooSmall.Least)
        {
            return new ProfileResult.Refused(new ProfileError.WindowTooSmall(model, context));
        }

        return new ProfileResult.Built(new()
        {
            Persona = card.Id,
            PersonaName = card.Name,
            Model = known.Id,
            ContextTokens = context,
            ReplyTokens = Math.Min(known.ReplyTokens ?? int.MaxValue, PromptBudget.ReplyReserve(context)),
            Protocol = known.Protocol,
            HistoryMessages = historyMessages,
            Layout = known.Layout,
            Tokens = known.Tokens,
            SpeakThreshold = known.SpeakThreshold,
            Temperature = known.Temperature,
        });
    }
}

/// <summary>A profile, or why there is none.</summary>
public abstract record ProfileResult
{
    private ProfileResult()
    {
    }

    /// <summary>There is one.</summary>
    /// <param name="Profile">The profile.</param>
    public sealed record Built(InferenceProfile Profile) : ProfileResult;

    /// <summary>There is none.</summary>
    /// <param name="Error">Why.</param>
    public sealed record Refused(ProfileError Error) : ProfileResult;
}

/// <summary>Why a persona has no inference profile. A closed set.</summary>
public abstract record ProfileError
{
    private ProfileError()
    {
    }

    /// <summary>What is wrong and what to do, on one line.</summary>
    public abstract string Message { get; }

    /// <summary>The registry does not have the model.</summary>
    /// <param name="Model">What was asked for.</param>
    /// <param name="Known">What there is.</param>
    public sealed record UnknownModel(string Model, IReadOnlyList<string> Known) : ProfileError
    {
        /// <inheritdoc/>
        public override string Message => $"there is no model '{Model}'; choose one of: {string.Join(", ", Known)}";
    }

    /// <summary>No prompt fits the window.</summary>
    /// <param name="Model">The model.</param>
    /// <param name="ContextTokens">Its window on this machine.</param>
    public sealed record WindowTooSmall(string Model, int ContextTokens) : ProfileError
    {
        /// <summary>The smallest window a persona can work in, in tokens.</summary>
        public const int Least = 1_024;

        /// <inheritdoc/>
        public override string Message => $"the window of '{Model}' is {ContextTokens} tokens here; a persona needs {Least}: choose another model";
    }
}
