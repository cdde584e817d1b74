using Microsoft.Extensions.AI;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Bids;

/// <summary>
/// Says, for a whole room at once and without writing a word, how likely each of its personas is to speak next. A chat client offers it by <see cref="IChatClient.GetService"/>; one that does not is asked
/// persona by persona.
/// </summary>
public interface IRoomBidder
{
    /// <summary>The probability of each candidate against the others, in their order; the sum is 1. Candidates that cannot be told apart have the same.</summary>
    /// <param name="request">What was said, and who may speak.</param>
    /// <param name="cancellationToken">Ends it: nobody waits for the answer any more.</param>
    ValueTask<IReadOnlyList<double>> BidAsync(RoomBidRequest request, CancellationToken cancellationToken);
}

/// <summary>What a room asks before it asks its personas. Immutable.</summary>
public sealed record RoomBidRequest
{
    /// <summary>The chat messages that all personas of the room read first: what was computed for them serves every turn on the same message.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>The names of those who may speak next, as <see cref="Messages"/> show them; two or more.</summary>
    public required IReadOnlyList<string> Candidates { get; init; }

    /// <summary>The turn that asks first, for how urgent it is.</summary>
    public required Offer Offer { get; init; }

    /// <summary>The room that asks.</summary>
    public RoomId Room => Offer.Room;
}
