using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Inference;

/// <summary>
/// The embedded default mind: answers in character from a persona's card, without a model. It has no state: what it says follows from the card
/// and the offer alone, so it is the same after a restart.
/// </summary>
/// <remarks>
/// It looks at the first <see cref="MessageLimit"/> characters of one message, which may hold anything, and never says the same text twice within
/// <see cref="OwnTurns"/> of the persona's own turns. To a person it answers what its card comes near to, and always when it is addressed with a
/// question. What personas say needs a much closer match, and rounds among personas are bounded, so that a room falls quiet.
/// </remarks>
public static class CardMind
{
    /// <summary>How much of a message is looked at, in characters.</summary>
    public const int MessageLimit = 4096;

    /// <summary>Within how many of its own turns a persona does not repeat a text.</summary>
    public const int OwnTurns = 50;

    /// <summary>What the persona with <paramref name="card"/> does with <paramref name="offer"/>.</summary>
    public static Decision Decide(PersonaCard card, Offer offer)
    {
        ArgumentNullException.ThrowIfNull(card);
        return Decide(new CardIndex(card), offer);
    }

    internal static Decision Decide(CardIndex index, Offer offer)
    {
        ArgumentNullException.ThrowIfNull(offer);
        return Focus(offer) is { } focus ? new CardTurn(index, offer, focus).Decide() : new Decision.Pass("nobody else said anything new");
    }

    /// <summary>The message of the burst that the turn is about: the newest that addresses the persona, or else the newest of a person, or else the newest.</summary>
    private static Message? Focus(Offer offer)
    {
        Message? focus = null;
        var transcript = offer.Transcript;
        for (var seq = Math.Min(offer.Last, transcript.LastSeq); seq >= Math.Max(offer.First, transcript.FirstSeq); seq--)
        {
            var message = transcript[seq];
            if (offer.InBurst(message) && Rank(message) > (focus is null ? -1 : Rank(focus)))
            {
                focus = message;
            }
        }

        return focus;

        int Rank(Message message) => (message.Kind == AuthorKind.Human ? 1 : 0) + (message.Addresses(offer.Persona) ? 2 : 0);
    }
}
