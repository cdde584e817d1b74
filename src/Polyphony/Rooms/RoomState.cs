namespace Polyphony.Rooms;

/// <summary>
/// What a room is at one moment: the fold of its events. <see cref="Apply"/> is the only thing that changes it, in a live room, on opening a
/// log and in a replay alike. It folds in place; only the room that owns the state may call it.
/// </summary>
public sealed class RoomState
{
    /// <summary>How many of the newest messages stay in memory: 16,384. Ids are remembered for as long, to see a duplicate.</summary>
    public const int RetainedMessages = 16_384;

    private readonly Dictionary<ParticipantId, Seat> _seats = [];
    private readonly List<Seat> _order = [];
    private readonly Dictionary<ParticipantId, long> _leftAt = [];
    private readonly HashSet<MessageId> _ids = [];
    private readonly List<long> _postSeqs = [];
    private readonly List<long> _humanSeqs = [];

    /// <summary>The room's id; empty until <see cref="RoomOpened"/>.</summary>
    public RoomId Id { get; private set; }

    /// <summary>Whether the room was opened at all.</summary>
    public bool IsOpen => Id.Value is not null;

    /// <summary>What holds in it.</summary>
    public RoomRules Rules { get; private set; } = new();

    /// <summary>Who decides who may speak.</summary>
    public Floor.IFloorPolicy Floor { get; private set; } = Polyphony.Floor.FloorPolicies.Find(Polyphony.Floor.OneAtATime.PolicyName);

    /// <summary>What was said.</summary>
    public Transcript Transcript { get; } = new(RetainedMessages);

    /// <summary>Everybody the room knows.</summary>
    public Roster Roster { get; private set; } = Roster.Empty;

    /// <summary>The personas' places, in the order in which they first sat down. A place stays when its persona leaves.</summary>
    public IReadOnlyList<Seat> Seats => _order;

    /// <summary>How many offers have no outcome yet.</summary>
    public int OpenTurns { get; private set; }

    /// <summary>Persona turns offered since the last human message, whatever became of them.</summary>
    public int PersonaTurnsSinceHuman { get; private set; }

    /// <summary>The last message of the newest burst to which a persona spoke; 0 when none has spoken.</summary>
    public long AnsweredThrough { get; private set; }

    /// <summary>The number of the turn that was offered last.</summary>
    public long LastTurn { get; private set; }

    /// <summary>How many events made this state: the next event's place in the log.</summary>
    public long Events { get; private set; }

    /// <summary>Messages in all, since the room began.</summary>
    public long Messages => Transcript.LastSeq;

    /// <summary>Looks a persona's place up.</summary>
    public bool TryGetSeat(ParticipantId persona, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Seat? seat) =>
        _seats.TryGetValue(persona, out seat);

    /// <summary>Whether a message was posted with this id of its author's choice, as far back as the room remembers ids.</summary>
    public bool Knows(MessageId id) => _ids.Contains(id);

    /// <summary>The newest message that no persona said; 0 when there is none.</summary>
    public long LastPost => _postSeqs.Count == 0 ? 0 : _postSeqs[^1];

    /// <summary>The first message after <paramref name="seq"/> that no persona said and that is still in memory; 0 when there is none.</summary>
    public long NextPostAfter(long seq) => IndexAfter(_postSeqs, seq) is var at && at < _postSeqs.Count ? _postSeqs[at] : 0;

    /// <summary>The newest message of a human; 0 when there is none.</summary>
    public long LastHuman => _humanSeqs.Count == 0 ? 0 : _humanSeqs[^1];

    /// <summary>The first message of a human after <paramref name="seq"/> that is still in memory; 0 when there is none.</summary>
    public long NextHumanAfter(long seq) => IndexAfter(_humanSeqs, seq) is var at && at < _humanSeqs.Count ? _humanSeqs[at] : 0;

    /// <summary>How many messages after <paramref name="seq"/> no persona said, of those still in memory.</summary>
    public int PostsAfter(long seq) => _postSeqs.Count - IndexAfter(_postSeqs, seq);

    /// <summary>Messages said to the persona that were not offered to it and are neither its own nor history: the floor went to others.</summary>
    public long NotOfferedByFloor(Seat seat)
    {
        ArgumentNullException.ThrowIfNull(seat);
        var offered = seat.Open is { } turn ? turn.Last - turn.First + 1 - seat.OwnWithin(turn.First, turn.Last) : 0;
        return seat.PassedOver + seat.Ahead(ToldTo(seat)) - offered;
    }

    /// <summary>
    /// Whether every message said to the persona was counted exactly once: as its own, as history, as dealt with by an offer, as passed over when a cursor
    /// moved, or as still ahead of it.
    /// </summary>
    public bool IsConserved(Seat seat)
    {
        ArgumentNullException.ThrowIfNull(seat);
        return seat.History + seat.Own + seat.Settled + seat.PassedOver + seat.Ahead(ToldTo(seat)) == ToldTo(seat) && NotOfferedByFloor(seat) >= 0;
    }

    /// <summary>Folds <paramref name="e"/> into the state.</summary>
    /// <exception cref="InvalidOperationException">The event does not follow from the state: the log is damaged.</exception>
    public void Apply(RoomEvent e)
    {
        if (IsOpen == e is RoomOpened)
        {
            throw new InvalidOperationException(IsOpen ? "the room is opened a second time" : "the room is not opened by the first event");
        }

        switch (e)
        {
            case MessagePosted posted: Take(posted.Message); break;
            case TurnOffered offered: Take(offered); break;
            case TurnClosed closed: Take(closed); break;
            case ParticipantJoined joined: Take(joined); break;
            case ParticipantLeft left: Take(left); break;
            case RoomOpened opened: (Id, Rules, Floor) = (opened.Room, opened.Rules, FloorOf(opened.Rules)); break;
            case RulesChanged changed: (Rules, Floor) = (changed.Rules, FloorOf(changed.Rules)); break;
            case PersonasAway: Vacate(); break;
            default: throw new InvalidOperationException($"{e.GetType().Name} has no place in the fold");
        }

        Events++;
    }

    private static Floor.IFloorPolicy FloorOf(RoomRules rules) => Polyphony.Floor.FloorPolicies.Find(rules.Floor);

    private void Vacate()
    {
        foreach (var seat in _order)
        {
            seat.Present = false;
        }
    }

    private void Take(ParticipantJoined joined)
    {
        Roster = Roster.With(joined.Id, joined.Kind, joined.Name);
        if (joined.Kind != AuthorKind.Persona)
        {
            return;
        }

        if (!_seats.TryGetValue(joined.Id, out var seat))
        {
            seat = new(joined.Id, _order.Count, Messages) { History = Messages };
            _seats.Add(joined.Id, seat);
            _order.Add(seat);
        }
        else if (_leftAt.Remove(joined.Id, out var leftAt))
        {
            seat.Rejoin(leftAt, Messages);
        }

        seat.Present = true;
    }

    private void Take(ParticipantLeft left)
    {
        if (_seats.TryGetValue(left.Id, out var seat))
        {
            seat.Present = false;
            _leftAt[left.Id] = Messages;
        }
    }

    private void Take(Message message)
    {
        if (Transcript.Append(message) is { } dropped)
        {
            Forget(dropped);
        }

        if (!message.Id.IsRoomGiven)
        {
            _ids.Add(message.Id);
        }

        if (message.Kind == AuthorKind.Human)
        {
            PersonaTurnsSinceHuman = 0;
            _humanSeqs.Add(message.Seq);
        }

        if (message.Kind != AuthorKind.Persona)
        {
            _postSeqs.Add(message.Seq);
        }

        for (var i = 0; i < message.Mentions.Count; i++)
        {
            if (_seats.TryGetValue(message.Mentions[i], out var seat) && message.Author != seat.Persona)
            {
                seat.AddressedAt = seat.AddressedAt == 0 ? message.Seq : seat.AddressedAt;
                seat.LastAddressedAt = message.Seq;
            }
        }
    }

    private void Forget(Message dropped)
    {
        if (!dropped.Id.IsRoomGiven)
        {
            _ids.Remove(dropped.Id);
        }

        foreach (var seqs in (ReadOnlySpan<List<long>>)[_postSeqs, _humanSeqs])
        {
            if (seqs.Count > 2 * RetainedMessages)
            {
                seqs.RemoveRange(0, RetainedMessages);
            }
        }
    }

    private int IndexAfter(List<long> seqs, long seq)
    {
        var at = seqs.BinarySearch(Math.Max(seq + 1, Transcript.FirstSeq));
        return at < 0 ? ~at : at;
    }

    private void Take(TurnOffered offered)
    {
        var seat = _seats[offered.Persona];
        if (seat.Open is not null || offered.Last > Messages)
        {
            throw new InvalidOperationException($"{offered.Persona} is offered {offered.Turn} out of turn");
        }

        seat.Open = new(offered.Turn, offered.Attempt, offered.First, offered.Last, offered.Ground);
        seat.Reoffer = null;
        seat.Counts.CountOffer();
        OpenTurns++;
        PersonaTurnsSinceHuman++;
        LastTurn = Math.Max(LastTurn, offered.Turn.Value);
    }

    private void Take(TurnClosed closed)
    {
        var seat = _seats[closed.Persona];
        if (seat.Open is not { } open || open.Turn != closed.Turn || open.Attempt != closed.Attempt)
        {
            throw new InvalidOperationException($"{closed.Persona} closes {closed.Turn}, attempt {closed.Attempt}, which is not open");
        }

        if (closed.Reply is null == closed.Outcome is TurnOutcome.Spoke || (closed.Reply is { } said && said.Author != closed.Persona))
        {
            throw new InvalidOperationException($"{closed.Persona} closes {closed.Turn} with a reply that does not go with its outcome");
        }

        seat.Open = null;
        seat.LastClosed = new(open.Turn, open.Attempt, open.Last, open.Ground, closed.Outcome);
        seat.Counts.Count(closed.Outcome);
        OpenTurns--;
        if (closed.Outcome.Settles)
        {
            seat.Settle(open, closed.Cursor);
            seat.AddressedAt = seat.AddressedAt > closed.Cursor ? seat.AddressedAt : NextAddress(seat);
        }
        else
        {
            seat.Reoffer = open;
        }

        if (closed.Reply is { } reply)
        {
            seat.CountOwn(reply.Seq);
            AnsweredThrough = Math.Max(AnsweredThrough, open.Last);
            Take(reply);
            seat.LastSpoke = reply.Seq;
            seat.LastSpokeIn = seat.LastClosed;
        }
    }

    private long NextAddress(Seat seat)
    {
        for (var seq = Math.Max(seat.Cursor + 1, Transcript.FirstSeq); seq <= seat.LastAddressedAt; seq++)
        {
            var message = Transcript[seq];
            if (message.Author != seat.Persona && message.Addresses(seat.Persona))
            {
                return seq;
            }
        }

        return 0;
    }

    // Who has left is told nothing more.
    private long ToldTo(Seat seat) => _leftAt.GetValueOrDefault(seat.Persona, Messages);
}
