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

    /// <summary>A copy of <paramref name="other"/>, with its offer where it has one.</summary>
    public PersonaChatOptions(ChatOptions? other)
        : base(other) => Offer = (other as PersonaChatOptions)?.Offer;

    /// <summary>The turn that is answered.</summary>
    public Offer? Offer { get; set; }

    /// <inheritdoc/>
    public override ChatOptions Clone() => new PersonaChatOptions(this);
}
