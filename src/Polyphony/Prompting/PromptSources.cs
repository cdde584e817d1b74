using Polyphony.Inference;
using Polyphony.Memory;
using Polyphony.Personas;
using Polyphony.Turns;

namespace Polyphony.Prompting;

/// <summary>What a prompt is made from. Everything else follows from it: the same sources give the same prompt.</summary>
/// <param name="Card">Who the persona is.</param>
/// <param name="Profile">Its model: the window, the layout, the protocol, the token counter.</param>
/// <param name="Offer">The turn: burst, transcript, roster, the room's doctrine and voice.</param>
public sealed record PromptSources(PersonaCard Card, InferenceProfile Profile, Offer Offer)
{
    /// <summary>What the persona remembers, the most salient first.</summary>
    public IReadOnlyList<Engram> Memories { get; init; } = [];

    /// <summary>What the persona's speciality could add to the newest message, in one sentence; empty where there is none.</summary>
    public string Angle { get; init; } = "";

    /// <summary>The name that the room shows for the persona: the card's, with a number where somebody else had it first. What it is told of itself must be what its lines are labelled with.</summary>
    internal string Name => Offer.Roster.TryGet(Card.Id, out var shown) ? shown.Name : Card.Name;
}
