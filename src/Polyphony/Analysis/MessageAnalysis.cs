using Polyphony.Personas;

namespace Polyphony.Analysis;

/// <summary>What a message wants of those who read it.</summary>
public enum MessageIntent
{
    /// <summary>An answer.</summary>
    Question,

    /// <summary>That somebody does something.</summary>
    Request,

    /// <summary>To be known.</summary>
    Statement,

    /// <summary>That a piece of work is taken up.</summary>
    Task,

    /// <summary>Company.</summary>
    Social,

    /// <summary>Something else, or the model did not say.</summary>
    Other,
}

/// <summary>What a model found in one message, for the whole room. Immutable.</summary>
public sealed record MessageAnalysis
{
    /// <summary>What it says, in a sentence or two. A model's words.</summary>
    public required string Summary { get; init; }

    /// <summary>What it is about. A model's words.</summary>
    public required IReadOnlyList<string> KeyConcepts { get; init; }

    /// <summary>What it wants.</summary>
    public required MessageIntent Intent { get; init; }

    /// <summary>For each speciality that was asked about, in whatever case: one sentence on what it could add, or nothing. A model's words, on one line: data, to be neutralised where they enter a prompt.</summary>
    public required IReadOnlyDictionary<string, string> SuggestedAngles { get; init; }

    /// <summary>
    /// What a persona could add: the angle of its first speciality, in the order of its card, for which there is one. One is enough, and the card's author put the first
    /// one first. Empty where there is none.
    /// </summary>
    public string AngleFor(PersonaCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        for (var i = 0; i < card.Specialities.Count; i++)
        {
            if (SuggestedAngles.TryGetValue(card.Specialities[i].Trim(), out var angle) && angle.Length > 0)
            {
                return angle;
            }
        }

        return "";
    }
}

/// <summary>Why a message has no analysis. A closed set. It costs the turns that asked nothing but their angle.</summary>
public abstract record AnalysisError
{
    private AnalysisError()
    {
    }

    /// <summary>The error's name, as probes and counts have it.</summary>
    public string Kind => GetType().Name;

    /// <summary>What is wrong, on one line. Holds nothing that anybody said.</summary>
    public abstract string Message { get; }

    /// <summary>The model call failed.</summary>
    /// <param name="ErrorType">The type of what it threw.</param>
    /// <param name="Error">Its own words, which may quote what was said.</param>
    public sealed record Inference(string ErrorType, string Error) : AnalysisError
    {
        /// <inheritdoc/>
        public override string Message => $"the model call failed ({ErrorType})";
    }

    /// <summary>The answer holds no JSON object with a summary.</summary>
    public sealed record Envelope : AnalysisError
    {
        /// <inheritdoc/>
        public override string Message => "the answer holds no JSON object with a summary";
    }

    /// <summary>A part of the answer is missing, or is not what it should be.</summary>
    /// <param name="Name">Which.</param>
    public sealed record Field(string Name) : AnalysisError
    {
        /// <inheritdoc/>
        public override string Message => $"{Name} is missing or not of its type";
    }

    /// <summary>The model wrote nothing.</summary>
    public sealed record Empty : AnalysisError
    {
        /// <inheritdoc/>
        public override string Message => "the model wrote nothing";
    }

    /// <summary>The model took too long.</summary>
    /// <param name="After">How long it was waited for.</param>
    public sealed record TimedOut(TimeSpan After) : AnalysisError
    {
        /// <inheritdoc/>
        public override string Message => FormattableString.Invariant($"no answer within {After.TotalSeconds:0.###} s");
    }

    /// <summary>The message does not fit the model's window. The model was not called.</summary>
    /// <param name="NeededTokens">About what it would need.</param>
    /// <param name="WindowTokens">The window.</param>
    public sealed record Budget(int NeededTokens, int WindowTokens) : AnalysisError
    {
        /// <inheritdoc/>
        public override string Message => $"the message needs about {NeededTokens} tokens, and the window has {WindowTokens}";
    }
}
