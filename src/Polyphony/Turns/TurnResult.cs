using Polyphony.Rooms;

namespace Polyphony.Turns;

/// <summary>What a persona made of an offer. The room accepts it or refuses it with the rule.</summary>
/// <param name="Turn">The turn.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Persona">Who.</param>
/// <param name="Outcome">How the turn ended on the persona's side.</param>
/// <param name="Text">What it says; given with <see cref="TurnOutcome.Spoke"/>, and only then.</param>
public sealed record TurnResult(TurnId Turn, int Attempt, ParticipantId Persona, TurnOutcome Outcome, string? Text = null)
{
    /// <summary>The result of <paramref name="offer"/>.</summary>
    public static TurnResult Of(Offer offer, TurnOutcome outcome, string? text = null)
    {
        ArgumentNullException.ThrowIfNull(offer);
        return new(offer.Turn, offer.Attempt, offer.Persona, outcome, text);
    }
}
