using Polyphony.Floor;
using Polyphony.Turns;

namespace Polyphony.Rooms;

/// <summary>
/// What comes of what is put before a room. Pure: the events follow from the state, the input and the time, and nothing else; so a history
/// can be generated, run and replayed without a clock, a thread or a log.
/// </summary>
public static class RoomDecision
{
    /// <summary>
    /// Decides on <paramref name="input"/> and folds what it decided into <paramref name="state"/>: first the thing itself, then the turns that end
    /// because of it, then the turns to offer, each on the state that the one before left.
    /// </summary>
    /// <param name="state">The room as it is; it is changed in place.</param>
    /// <param name="input">What is put before it.</param>
    /// <param name="now">When.</param>
    /// <param name="events">Receives the events, in order. They must reach the log together or not at all.</param>
    /// <param name="grants">Scratch space; comes back empty.</param>
    /// <returns>What to tell whoever handed the input in, once the events are durable.</returns>
    public static Receipt Step(RoomState state, RoomInput input, DateTimeOffset now, List<RoomEvent> events, List<FloorGrant> grants)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(events);
        var applied = events.Count;
        var receipt = Decide(state, input, now, events);
        if (events.Count == applied)
        {
            return receipt;
        }

        Fold(state, events, ref applied);
        var cause = CauseOf(state, input, receipt);
        FloorDecision.Withdraw(state, cause, now, events);
        Fold(state, events, ref applied);
        FloorDecision.Offer(state, cause, now, grants, events);
        Fold(state, events, ref applied);
        return receipt;
    }

    /// <summary>The events that follow from <paramref name="input"/> itself, before the floor looks at them. Changes nothing.</summary>
    public static Receipt Decide(RoomState state, RoomInput input, DateTimeOffset now, List<RoomEvent> events)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(events);
        return input switch
        {
            CompleteTurn complete => Decide(state, complete.Result, now, events),
            Post post => Decide(state, post, now, events),
            Join join => Decide(state, join, events),
            Leave leave => Decide(state, leave, now, events),
            OpenRoom open => Decide(state, open, now, events),
            CloseRoom close => StandDown(state, new TurnOutcome.Cancelled(close.Reason), now, events),
            _ => throw new ArgumentOutOfRangeException(nameof(input), input, "not one of the inputs"),
        };
    }

    private static void Fold(RoomState state, List<RoomEvent> events, ref int applied)
    {
        for (; applied < events.Count; applied++)
        {
            state.Apply(events[applied]);
        }
    }

    private static FloorCause CauseOf(RoomState state, RoomInput input, Receipt receipt)
    {
        var message = (receipt as Receipt.Accepted)?.Message;
        var who = input switch
        {
            CompleteTurn complete => complete.Result.Persona,
            Join join => join.Id,
            _ => default,
        };
        return new(message, who.Value is not null && state.TryGetSeat(who, out var seat) ? seat : null);
    }

    private static Receipt Decide(RoomState state, OpenRoom open, DateTimeOffset now, List<RoomEvent> events)
    {
        open.Rules.Validate();
        if (!state.IsOpen)
        {
            events.Add(new RoomOpened(open.Room, open.Rules));
            return Receipt.Accepted.Silence;
        }

        StandDown(state, new TurnOutcome.Superseded("the room was opened again before this attempt ended"), now, events);
        if (state.Rules != open.Rules)
        {
            events.Add(new RulesChanged(open.Rules));
        }

        return Receipt.Accepted.Silence;
    }

    private static Receipt Decide(RoomState state, Join join, List<RoomEvent> events)
    {
        if (TooLong(join.Id, join.Name) is { } tooLong)
        {
            return tooLong;
        }

        if (state.Roster.TryGet(join.Id, out var known) && known.Kind != join.Kind)
        {
            return NotYourself(join.Id, known.Kind, join.Kind);
        }

        var isHere = join.Kind == AuthorKind.Persona ? state.TryGetSeat(join.Id, out var seat) && seat.Present : known is not null;
        if (!isHere)
        {
            events.Add(new ParticipantJoined(join.Id, join.Kind, join.Name));
        }

        return Receipt.Accepted.Silence;
    }

    private static Receipt Decide(RoomState state, Leave leave, DateTimeOffset now, List<RoomEvent> events)
    {
        if (state.TryGetSeat(leave.Id, out var seat))
        {
            if (seat.Open is { } open)
            {
                events.Add(Closed(open, seat, new TurnOutcome.Cancelled(leave.Reason), now));
            }

            if (seat.Present)
            {
                events.Add(new ParticipantLeft(leave.Id, leave.Reason));
            }
        }

        return Receipt.Accepted.Silence;
    }

    private static Receipt Decide(RoomState state, Post post, DateTimeOffset now, List<RoomEvent> events)
    {
        if (post.Text.Length > Message.MaxLength)
        {
            return new Receipt.Refused(
                "too-long", $"the message has {post.Text.Length} characters; send at most {Message.MaxLength}, in parts if need be");
        }

        if (post.Kind == AuthorKind.Persona)
        {
            return new Receipt.Refused("not-yourself", $"{post.Author} is to speak as a persona, whose words come as turns; post as human, agent or system");
        }

        if (TooLong(post.Author, post.Name) is { } tooLong)
        {
            return tooLong;
        }

        if (state.Roster.TryGet(post.Author, out var known) && known.Kind != post.Kind)
        {
            return NotYourself(post.Author, known.Kind, post.Kind);
        }

        if (post.Id is { } id)
        {
            if (string.IsNullOrEmpty(id.Value) || id.IsRoomGiven)
            {
                return new Receipt.Refused("reserved-id", $"'{id}' begins like an id that the room gives; choose one without '{MessageId.RoomGiven}' in front");
            }

            if (id.Value.Length > Participant.MaxIdLength)
            {
                return new Receipt.Refused("too-long", $"the message's id has {id.Value.Length} characters; give it at most {Participant.MaxIdLength}");
            }

            if (state.Knows(id))
            {
                return new Receipt.AlreadyPosted(id);
            }
        }

        if (!state.Floor.HasRoomFor(state))
        {
            return new Receipt.Refused("overloaded", "as many messages wait for its personas as the room can keep in mind until they are answered; post again when it has answered some");
        }

        if (known is null)
        {
            events.Add(new ParticipantJoined(post.Author, post.Kind, post.Name));
        }

        var message = new Message
        {
            Id = post.Id ?? GivenId(state),
            Seq = state.Messages + 1,
            Author = post.Author,
            Kind = post.Kind,
            Text = post.Text,
            At = now,
            Mentions = state.Roster.Mentions.Find(post.Text),
            ReplyTo = post.ReplyTo,
        };
        events.Add(new MessagePosted(message));
        return new Receipt.Accepted(message);
    }

    private static Receipt Decide(RoomState state, TurnResult result, DateTimeOffset now, List<RoomEvent> events)
    {
        if (!state.TryGetSeat(result.Persona, out var seat) || seat.Open is not { } open
            || open.Turn != result.Turn || open.Attempt != result.Attempt)
        {
            return new Receipt.Refused("stale", $"{result.Turn}, attempt {result.Attempt}, is not open for {result.Persona}: it ended before");
        }

        if (result.Outcome is not TurnOutcome.Spoke)
        {
            events.Add(Closed(open, seat, result.Outcome, now));
            return Receipt.Accepted.Silence;
        }

        if (string.IsNullOrWhiteSpace(result.Text) || result.Text.Length > Message.MaxLength)
        {
            var refused = string.IsNullOrWhiteSpace(result.Text)
                ? new TurnOutcome.Refused("empty", "it spoke without words")
                : new TurnOutcome.Refused("too-long", $"it said {result.Text.Length} characters; a message holds at most {Message.MaxLength}");
            events.Add(Closed(open, seat, refused, now));
            return new Receipt.Refused(refused.Rule, refused.Reason);
        }

        // What is answered may have left memory in a long turn; its distance from a human is then unknown, so the reply counts as one step.
        var answered = open.Last >= state.Transcript.FirstSeq ? state.Transcript[open.Last] : null;
        var reply = new Message
        {
            Id = GivenId(state),
            Seq = state.Messages + 1,
            Author = result.Persona,
            Kind = AuthorKind.Persona,
            Text = result.Text,
            At = now,
            Mentions = state.Roster.Mentions.Find(result.Text),
            ReplyTo = answered?.Id,
            Hops = (answered?.Hops ?? 0) + 1,
        };
        events.Add(new TurnClosed(open.Turn, open.Attempt, seat.Persona, TurnOutcome.Spoke.Instance, open.Last, reply, now));
        return new Receipt.Accepted(reply);
    }

    private static Receipt StandDown(RoomState state, TurnOutcome outcome, DateTimeOffset now, List<RoomEvent> events)
    {
        foreach (var seat in state.Seats)
        {
            if (seat.Open is { } open)
            {
                events.Add(Closed(open, seat, outcome, now));
            }
        }

        events.Add(new PersonasAway(outcome.Why));
        return Receipt.Accepted.Silence;
    }

    private static TurnClosed Closed(OpenTurn open, Seat seat, TurnOutcome outcome, DateTimeOffset now) =>
        new(open.Turn, open.Attempt, seat.Persona, outcome, outcome.Settles ? open.Last : seat.Cursor, null, now);

    private static MessageId GivenId(RoomState state) => new($"{MessageId.RoomGiven}{state.Messages + 1}");

    private static Receipt.Refused? TooLong(ParticipantId id, string name) =>
        id.Value.Length > Participant.MaxIdLength
            ? new("too-long", $"the id of a participant has {id.Value.Length} characters; give it at most {Participant.MaxIdLength}")
            : name.Length > Participant.MaxNameLength
                ? new("too-long", $"the name of {id} has {name.Length} characters; give it at most {Participant.MaxNameLength}")
                : null;

    private static Receipt.Refused NotYourself(ParticipantId id, AuthorKind known, AuthorKind claimed) =>
        new("not-yourself", $"{id} is known here as {known} and cannot act as {claimed}; use another id");
}
