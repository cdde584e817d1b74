using Microsoft.Extensions.AI;
using Polyphony.Turns;

namespace Polyphony.Inference;

/// <summary>Chat options that also carry what an in-process mind may look at beside the prompt. A model behind a wire never sees it.</summary>
public sealed class PersonaChatOptions : ChatOptions
{
    /// <summary>Options without an offer.</summary>
    public PersonaChatOptions()
    {
    }

    /// <summary>A copy of <paramref name="other"/>, with what only such options have where it is one.</summary>
    public PersonaChatOptions(ChatOptions? other)
        : base(other)
    {
        if (other is PersonaChatOptions persona)
        {
            (Offer, Parts, Frame, SpeakThreshold) = (persona.Offer, persona.Parts, persona.Frame, persona.SpeakThreshold);
        }
    }

    /// <summary>The turn that is answered.</summary>
    public Offer? Offer { get; set; }

    /// <summary>Which of the messages are whose; absent where they are not those of an assembled prompt.</summary>
    public PromptParts? Parts { get; set; }

    /// <summary>The form of the answer, where the protocol has a fixed one.</summary>
    public DecisionFrame? Frame { get; set; }

    /// <summary>How likely speaking must be, where that is read: 0 to 1.</summary>
    public double SpeakThreshold { get; set; } = InferenceProfile.DefaultSpeakThreshold;

    /// <inheritdoc/>
    public override ChatOptions Clone() => new PersonaChatOptions(this);
}
