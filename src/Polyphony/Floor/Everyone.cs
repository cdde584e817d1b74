using Polyphony.Rooms;

namespace Polyphony.Floor;

/// <summary>Each persona answers each message, one message a turn. Nobody is asked to wait, and nothing is taken together.</summary>
public sealed class Everyone : IFloorPolicy
{
    /// <summary>The policy's name.</summary>
    public const string PolicyName = "everyone";

    // A room whose personas may talk among themselves for longer than this keeps a quarter of its memory for it, and no more.
    private const int LongestChatter = RoomState.RetainedMessages / 4;

    /// <inheritdoc/>
    public string Name => PolicyName;

    /// <inheritdoc/>
    public void Grant(RoomState room, FloorCause cause, List<FloorGrant> grants)
    {
        if (cause.Message is { } message && MayOffer(room, message))
        {
            foreach (var seat in room.Seats)
            {
                Grant(room, seat, grants);
            }
        }
        else if (cause.Freed is { } freed)
        {
            Grant(room, freed, grants);
        }
    }

    /// <inheritdoc/>
    public bool GivesWay(RoomState room, Seat speaker, Message humanMessage) => false;

    /// <inheritdoc/>
    public bool HasRoomFor(RoomState room)
    {
        ArgumentNullException.ThrowIfNull(room);
        long turns = 0;
        var present = 0;
        var oldest = long.MaxValue;
        foreach (var seat in room.Seats)
        {
            if (!seat.Present)
            {
                continue;
            }

            // What personas say does not wait for anybody: it comes only as fast as they get turns, and may never be offered.
            var waiting = room.PostsAfter(seat.Cursor);
            if (waiting >= room.Rules.Backlog)
            {
                return false;
            }

            turns += waiting;
            present++;
            oldest = waiting > 0 ? Math.Min(oldest, room.NextPostAfter(seat.Cursor)) : oldest;
        }

        // Each reply pushes the oldest message out of memory. What somebody has yet to answer must be there when its turn comes, whoever is quicker.
        var chatter = room.Rules.OfferPersonaMessages ? Math.Min(room.Rules.PersonaTurnBound, LongestChatter) : 0;
        return turns == 0 || room.Messages - oldest + 1 + turns + 1 + present + chatter <= RoomState.RetainedMessages;
    }

    private static bool MayOffer(RoomState room, Message message) =>
        message.Kind != AuthorKind.Persona || room.Rules.OfferPersonaMessages;

    private static void Grant(RoomState room, Seat seat, List<FloorGrant> grants)
    {
        if (seat.Present && seat.Open is null && NextFor(room, seat, room.PersonaTurnsSinceHuman + grants.Count) is > 0 and var next)
        {
            grants.Add(new(seat, next, next, "everyone answers"));
        }
    }

    private static long NextFor(RoomState room, Seat seat, int turns)
    {
        // Among many personas the messages of personas outnumber the rest: go from one of the others' to the next by the index.
        if (!room.Rules.OfferPersonaMessages)
        {
            var post = room.NextPostAfter(Math.Max(seat.Cursor, room.Transcript.FirstSeq - 1));
            return post > 0 && FloorDecision.Withholds(room, seat, post, post, turns) ? room.NextHumanAfter(post) : post;
        }

        for (var seq = Math.Max(seat.Cursor + 1, room.Transcript.FirstSeq); seq <= room.Messages; seq++)
        {
            if (room.Transcript[seq].Author != seat.Persona)
            {
                // What the bound withholds must not stand before what it does not.
                return FloorDecision.Withholds(room, seat, seq, seq, turns) ? room.NextHumanAfter(seq) : seq;
            }
        }

        return 0;
    }
}
