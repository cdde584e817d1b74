using Polyphony.Rooms;

namespace Polyphony.Floor;

/// <summary>
/// One persona has the floor at a time: who was addressed first, then who has been silent longest. The floor goes round until somebody
/// speaks; what was said then starts the next round; when all have passed, the room is quiet. A turn answers everything its
/// persona has not seen yet. A human who speaks takes the floor from a turn that answers personas only.
/// </summary>
public sealed class OneAtATime : IFloorPolicy
{
    /// <summary>The policy's name.</summary>
    public const string PolicyName = "one-at-a-time";

    /// <inheritdoc/>
    public string Name => PolicyName;

    /// <inheritdoc/>
    public void Grant(RoomState room, FloorCause cause, List<FloorGrant> grants)
    {
        ArgumentNullException.ThrowIfNull(room);
        ArgumentNullException.ThrowIfNull(grants);
        if (room.OpenTurns > 0)
        {
            return;
        }

        Seat? best = null;
        foreach (var seat in room.Seats)
        {
            if (seat.Present && NewestFor(room, seat) > seat.Cursor && (best is null || Precedes(room, seat, best)))
            {
                best = seat;
            }
        }

        if (best is not null)
        {
            var last = NewestFor(room, best);
            var first = Math.Max(Math.Max(best.Cursor + 1, last - room.Rules.BurstLimit + 1), room.Transcript.FirstSeq);
            grants.Add(new(best, first, last, best.AddressedAt > 0 ? "addressed by name" : "silent longest"));
        }
    }

    /// <inheritdoc/>
    public bool GivesWay(RoomState room, Seat speaker, Message humanMessage)
    {
        ArgumentNullException.ThrowIfNull(room);
        ArgumentNullException.ThrowIfNull(speaker);
        if (speaker.Open is not { } turn)
        {
            return false;
        }

        for (var seq = Math.Max(turn.First, room.Transcript.FirstSeq); seq <= turn.Last; seq++)
        {
            if (room.Transcript[seq].Kind == AuthorKind.Human)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Always: what one persona does not get to see in its turn stays history for it.</summary>
    public bool HasRoomFor(RoomState room) => true;

    // The persona's own words give it nothing to answer, so the newest message that counts is the newest of somebody else.
    private static long NewestFor(RoomState room, Seat seat)
    {
        var isPastBound = FloorDecision.IsPastBound(room, seat, room.PersonaTurnsSinceHuman);
        if (!room.Rules.OfferPersonaMessages)
        {
            return isPastBound ? room.LastHuman : room.LastPost;
        }

        // Past the bound the rounds over what others said are over, but not one over a person's message that nobody has spoken to.
        if (isPastBound)
        {
            return room.LastHuman > room.AnsweredThrough || IsAddressedByHuman(room, seat) ? room.LastHuman : 0;
        }

        var newest = room.Messages;
        while (newest >= room.Transcript.FirstSeq && newest > seat.Cursor && room.Transcript[newest].Author == seat.Persona)
        {
            newest--;
        }

        return newest;
    }

    private static bool IsAddressedByHuman(RoomState room, Seat seat)
    {
        for (var seq = room.NextHumanAfter(seat.Cursor); seq > 0; seq = room.NextHumanAfter(seq))
        {
            if (room.Transcript[seq].Addresses(seat.Persona))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Precedes(RoomState room, Seat a, Seat b)
    {
        if (a.AddressedAt != b.AddressedAt)
        {
            return b.AddressedAt == 0 || (a.AddressedAt != 0 && a.AddressedAt < b.AddressedAt);
        }

        if (a.AddressedAt >= room.Transcript.FirstSeq && a.AddressedAt > 0)
        {
            var mentions = room.Transcript[a.AddressedAt].Mentions;
            return mentions.TakeWhile(id => id != a.Persona).Count() < mentions.TakeWhile(id => id != b.Persona).Count();
        }

        return a.LastSpoke != b.LastSpoke ? a.LastSpoke < b.LastSpoke : a.Order < b.Order;
    }
}
