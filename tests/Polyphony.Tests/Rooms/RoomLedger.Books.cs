using Polyphony.Floor;
using Polyphony.Rooms;

namespace Polyphony.Tests.Rooms;

/// <summary>The ledger's totals, and how a room's own books are held against them.</summary>
internal sealed partial class RoomLedger
{
    /// <summary>Fails where the room's own books differ from what its events say, or where it leaves something undone.</summary>
    public void MustAgreeWith(RoomState room)
    {
        Must(room.Messages == _messages.Count && room.OpenTurns == Open.Count(), "messages and open turns agree");
        Must(room.PersonaTurnsSinceHuman == _sinceHuman, "turns since the last human message agree");
        Must(Offers == Closed + Open.Count(), "offers are outcomes and open offers");
        Must(room.Seats.Count == Members.Count && room.Roster.Count == _known.Count, "everybody is known");
        Must(room.Transcript.Count <= RoomState.RetainedMessages, "the transcript is bounded");
        long own = 0, history = 0, floor = 0;
        foreach (var seat in room.Seats)
        {
            var member = Members[seat.Persona];
            MustAgree(room, seat, member);
            own += member.CountOf(Delivery.Own);
            history += member.CountOf(Delivery.History);
            floor += member.Floor;
        }

        var accounts = RoomAccounts.Of(room);
        Must(accounts.Conserved, "the room finds its own books conserved");
        Must(accounts.Own == own && accounts.History == history && accounts.Floor == floor, "what was not offered agrees");
        Must(accounts.Outcomes.Offers == Offers && accounts.Outcomes.Closed == Closed, "the outcomes add up");
        Must(accounts.Messages == _messages.Count && accounts.Quiet == !Open.Any(), "the accounts are of this room");
        Must(accounts.Replies.Values.Sum() == own, "replies are what personas said");
    }

    /// <summary>Fails where nothing is under way for a message that should be.</summary>
    public void MustHaveTheFloorGiven()
    {
        var quiet = !Open.Any();
        Must(_rules!.Floor != OneAtATime.PolicyName || Open.All(o => !HumanIn(o.Last + 1, _messages.Count) || HumanIn(o.First, o.Last)), "a human takes the floor from a turn that answers personas");
        foreach (var (id, member) in Members)
        {
            if (member.Present && (_rules.Floor == Everyone.PolicyName ? member.Open is null : quiet))
            {
                Must(!member.After(member.Cursor).Any(seq => IsOwed(id, member, seq)), "no message is left while its persona is free");
            }
        }
    }

    private bool HumanIn(long first, long last)
    {
        for (var seq = first; seq <= last; seq++)
        {
            if (Kind(seq) == AuthorKind.Human)
            {
                return true;
            }
        }

        return false;
    }

    private bool IsOwed(ParticipantId id, Member member, long seq)
    {
        var message = _messages[(int)seq - 1];
        var pastBound = _sinceHuman >= _rules!.PersonaTurnBound && member.Reoffer is null;
        return message.Kind switch
        {
            AuthorKind.Persona => _rules.OfferPersonaMessages && !pastBound,
            AuthorKind.Human => _rules.Floor == Everyone.PolicyName || !_rules.OfferPersonaMessages || !pastBound || seq > _answeredThrough || message.Mentions.Contains(id),
            _ => !pastBound,
        };
    }

    /// <summary>How many messages from outside wait for the persona for whom most do.</summary>
    public int LongestWait() => Members.Values
        .Where(m => m.Present)
        .Select(m => m.After(m.Cursor).Count(seq => Kind(seq) != AuthorKind.Persona))
        .DefaultIfEmpty(0).Max();

    /// <summary>Where each persona was to answer each message: fails where one that is here has not dealt with a human's, exactly once.</summary>
    public void MustHaveAnsweredEveryHuman()
    {
        Must(!Open.Any(), "the room is quiet");
        if (!_alwaysEveryone)
        {
            return;
        }

        foreach (var member in Members.Values.Where(m => m.Present))
        {
            for (var seq = member.Mark + 1; seq <= _messages.Count; seq++)
            {
                Must(Kind(seq) != AuthorKind.Human || member.Deliveries[(int)seq - 1] == Delivery.Settled, "each persona answers each human message");
            }
        }
    }

    private void MustAgree(RoomState room, Seat seat, Member member)
    {
        Must(seat.Present == member.Present && seat.Cursor == member.Cursor && seat.JoinedAt == member.Mark, "presence, cursor and mark agree");
        Must(seat.Open?.Turn == member.Open?.Turn && seat.Open?.Attempt == member.Open?.Attempt, "the open turn agrees");
        Must(seat.Own == member.CountOf(Delivery.Own), "own messages agree");
        Must(seat.History == member.CountOf(Delivery.History), "history agrees");
        Must(seat.Settled == member.CountOf(Delivery.Settled), "settled deliveries agree");
        Must(room.NotOfferedByFloor(seat) == member.Floor, "what the floor withheld agrees");
        Must(member.Floor >= 0, "nothing is delivered twice");
        var c = seat.Counts;
        long[] counts = [c.Spoke, c.Passed, c.Refused, c.Superseded, c.Duplicate, c.TimedOut, c.Cancelled, c.Failed];
        Must(counts.SequenceEqual(member.Outcomes) && c.Open == (member.Open is null ? 0 : 1), "each outcome is counted once");
        Must(member.Spoke == member.CountOf(Delivery.Own), "a persona says one thing a turn that spoke");
    }

    /// <summary>A persona's page: what became of each message for it.</summary>
    private sealed class Member
    {
        public List<Delivery> Deliveries { get; } = [];

        public long[] Outcomes { get; } = new long[8];

        public bool Present { get; set; }

        public bool Left { get; set; }

        public long Mark { get; set; }

        public long Cursor { get; set; } = -1;

        public TurnOffered? Open { get; set; }

        public TurnId? Reoffer { get; set; }

        public long Spoke => Outcomes[0];

        /// <summary>Deliveries that are none of the other kinds: told, and neither dealt with nor under way.</summary>
        public long Floor => CountOf(Delivery.Untouched) - (Open is { } open ? Untouched(open).Count() : 0);

        public long CountOf(Delivery kind) => Deliveries.Count(d => d == kind);

        public IEnumerable<long> After(long cursor)
        {
            for (var seq = cursor + 1; seq <= Deliveries.Count; seq++)
            {
                if (Deliveries[(int)seq - 1] == Delivery.Untouched)
                {
                    yield return seq;
                }
            }
        }

        public void Settle(TurnOffered open)
        {
            foreach (var seq in Untouched(open).ToArray())
            {
                Deliveries[(int)seq - 1] = Delivery.Settled;
            }

            Cursor = open.Last;
        }

        public void Count(TurnOutcome outcome) => Outcomes[outcome switch
        {
            TurnOutcome.Spoke => 0,
            TurnOutcome.Passed => 1,
            TurnOutcome.Refused => 2,
            TurnOutcome.Superseded => 3,
            TurnOutcome.Duplicate => 4,
            TurnOutcome.TimedOut => 5,
            TurnOutcome.Cancelled => 6,
            _ => 7,
        }]++;

        private IEnumerable<long> Untouched(TurnOffered open) => After(open.First - 1).TakeWhile(seq => seq <= open.Last);
    }
}
