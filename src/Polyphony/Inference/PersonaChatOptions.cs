using Microsoft.Extensions.AI;
using Polyphony.Turns;

namespace Polyphony.Inference;

/// <summary>The options of one turn's model call. An in-process mind may look at the offer beside the prompt; a remote model never sees it.</summary>
public sealed class PersonaChatOptions : ChatOptions
{
    /// <summary>Options without an offer.</summary>
    public PersonaChatOptions()
    {
    }

    private PersonaChatOptions(PersonaChatOptions other)
        : base(other) => Offer = other.Offer;

    /// <summary>The offer that the call answers; none for a warm-up.</summary>
    public Offer? Offer { get; set; }

    /// <inheritdoc/>
    public override ChatOptions Clone() => new PersonaChatOptions(this);
}
