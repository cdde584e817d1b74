using Polyphony.Rooms;

namespace Polyphony.Llama.Engine;

/// <summary>Whose work it is. Two parts, and never one string, so that no name can be mistaken for another.</summary>
/// <param name="Persona">The persona; the room's own where it asks for all of them.</param>
/// <param name="Room">The room.</param>
public readonly record struct LaneKey(ParticipantId Persona, RoomId Room);

/// <summary>What waits less. In the order of the values.</summary>
public enum EngineUrgency
{
    /// <summary>A person spoke to this persona by name.</summary>
    Mention,

    /// <summary>A person spoke to the room.</summary>
    Human,

    /// <summary>A persona or a program spoke.</summary>
    Persona,

    /// <summary>Nobody waits: warming up, reflecting.</summary>
    Background,
}

/// <summary>One piece of work for the engine: a prompt, and what is read from it or written behind it. Immutable; the token arrays must not change afterwards.</summary>
public sealed record EngineRequest
{
    /// <summary>Whose it is.</summary>
    public required LaneKey Lane { get; init; }

    /// <summary>The prompt's tokens; at least one.</summary>
    public required ReadOnlyMemory<int> Prompt { get; init; }

    /// <summary>
    /// How many of the first tokens of <see cref="Prompt"/> are worth keeping for requests to come: those which the personas of a room share, or which this persona's next prompt begins with.
    /// 0 to the length of the prompt less one, and not more than <see cref="DecisionPoint.Rewind"/> leaves. What stands behind is this request's own and is gone when it ends.
    /// </summary>
    public int KeptTokens { get; init; }

    /// <summary>What waits less.</summary>
    public EngineUrgency Urgency { get; init; } = EngineUrgency.Persona;

    /// <summary>How long it may take from submission to its last token; unlimited where absent.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>What is read from the logits behind the prompt before anything is written; nothing where absent.</summary>
    public DecisionPoint? Decision { get; init; }

    /// <summary>The most tokens to write, those that are placed aside. 0: nothing is written, and the prompt is only computed or decided on.</summary>
    public int MaxTokens { get; init; }

    /// <summary>How a token is chosen.</summary>
    public Sampling Sampling { get; init; } = Sampling.Greedy;

    /// <summary>What may be written; anything where absent. Made for this request alone.</summary>
    public ITokenConstraint? Constraint { get; init; }
}

/// <summary>A place where a choice is read from the logits and no token is generated.</summary>
public sealed record DecisionPoint
{
    /// <summary>The tokens among which the model chooses; two or more, different from one another. The probabilities are the softmax over their logits alone.</summary>
    public required IReadOnlyList<int> Choices { get; init; }

    /// <summary>How likely the first choice must be for the request to go on and write. Between 0 and 1. Above 1: it never does, and the probabilities are the whole answer.</summary>
    public double Threshold { get; init; } = double.PositiveInfinity;

    /// <summary>How many of the prompt's tokens stay where the request goes on; what stands behind them (the question) is taken back. Default: all. Not below <see cref="EngineRequest.KeptTokens"/>, and above them where no <see cref="Continuation"/> follows.</summary>
    public int? Rewind { get; init; }

    /// <summary>The tokens that are placed, not generated, where the request goes on: more of the prompt, and how the answer begins.</summary>
    public ReadOnlyMemory<int> Continuation { get; init; }
}

/// <summary>How a token is chosen from logits. The same seed and the same batches give the same tokens.</summary>
/// <param name="Temperature">0: the likeliest. Above: the flatter, the higher.</param>
/// <param name="TopK">Only the so many likeliest are looked at; at least 1.</param>
/// <param name="TopP">Of those, the likeliest that together have this probability; above 0, at most 1.</param>
/// <param name="Seed">What the choice depends on beside the logits.</param>
public readonly record struct Sampling(float Temperature, int TopK, float TopP, ulong Seed)
{
    /// <summary>Always the likeliest token, the lowest of several.</summary>
    public static Sampling Greedy { get; } = new(0, 1, 1, 0);
}

/// <summary>What may be written next. Stateful, of one request, and used by the engine's thread alone.</summary>
public interface ITokenConstraint
{
    /// <summary>Whether nothing may follow any more: the text is whole.</summary>
    bool IsComplete { get; }

    /// <summary>Whether <paramref name="token"/> may come next. Changes nothing.</summary>
    bool Allows(int token);

    /// <summary>Takes a token that is allowed.</summary>
    void Accept(int token);

    /// <summary>Writes −∞ over the logits of every token that may not come next. Slow for a grammar; asked for only after a sampled token was not allowed.</summary>
    /// <returns>Whether any token is left.</returns>
    bool Mask(Span<float> logits);
}
