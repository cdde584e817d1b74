using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Prompting;

/// <summary>How a room stands around the newest message of a burst, for one persona. Derived from the transcript alone: the same offer gives the same signals.</summary>
/// <param name="AiMessagesRecent">How many messages before the newest one personas and agents said, in the <see cref="Recent"/> time before it, as far as is looked back.</param>
/// <param name="HumanSpokeRecently">Whether a person spoke in that time, the newest message included.</param>
/// <param name="IsDirected">Whether a message of the burst addresses the persona by name.</param>
/// <param name="IsForAnother">Whether the newest message addresses other personas by name, and not this one.</param>
/// <param name="SinceOwnLine">How long before the newest message the persona last spoke; null where it has not, as far as is looked back.</param>
public readonly record struct SocialSignals(int AiMessagesRecent, bool HumanSpokeRecently, bool IsDirected, bool IsForAnother, TimeSpan? SinceOwnLine)
{
    /// <summary>How many messages are looked back at: 64.</summary>
    public const int LookBack = 64;

    /// <summary>How far back "recently" reaches: two minutes.</summary>
    public static readonly TimeSpan Recent = TimeSpan.FromMinutes(2);

    /// <summary>The signals of <paramref name="offer"/>.</summary>
    /// <param name="offer">What is answered.</param>
    /// <param name="lookBack">How many messages to look back at: as many as the prompt may show, at most <see cref="LookBack"/>.</param>
    public static SocialSignals Of(Offer offer, int lookBack = LookBack)
    {
        ArgumentNullException.ThrowIfNull(offer);
        lookBack = Math.Min(lookBack, LookBack);
        var newest = offer.Newest;
        var (ai, human, directed) = (0, newest.Kind == AuthorKind.Human, newest.Addresses(offer.Persona));
        var isForAnother = newest.Mentions.Count > 0 && !directed;
        TimeSpan? sinceOwn = null;
        for (var seq = offer.Last - 1; seq >= Math.Max(offer.Transcript.FirstSeq, offer.Last - lookBack); seq--)
        {
            var message = offer.Transcript[seq];
            var before = newest.At - message.At;
            var isRecent = before <= Recent;
            ai += isRecent && message.Kind is (AuthorKind.Persona or AuthorKind.Agent) ? 1 : 0;
            human |= isRecent && message.Kind == AuthorKind.Human;
            directed |= offer.InBurst(message) && message.Addresses(offer.Persona);
            if (sinceOwn is null && message.Author == offer.Persona)
            {
                sinceOwn = before > TimeSpan.Zero ? before : TimeSpan.Zero;
            }
        }

        return new(ai, human, directed, isForAnother, sinceOwn);
    }
}
