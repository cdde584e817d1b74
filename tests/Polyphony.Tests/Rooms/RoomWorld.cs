using Polyphony.Floor;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Tests.Rooms;

/// <summary>The cases a history is there to reach.</summary>
[Flags]
internal enum HistoryCases
{
    None = 0,
    Crash = 1,
    LostAppend = 2,
    Reoffer = 4,
    Duplicate = 8,
    LeaveInTurn = 16,
    PreEmption = 32,
    LateResult = 64,
    BoundReached = 128,
    Overload = 256,
}

/// <summary>
/// Lives a <see cref="RoomHistory"/> on the pure room: no clock, no thread, no log but a list of appended groups. A ledger judges every step.
/// </summary>
internal sealed class RoomWorld
{
    private readonly RoomHistory _history;
    private readonly List<RoomEvent> _unacknowledged = [];
    private readonly List<MessageId> _ownIds = [];
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;
    private int _fresh;

    private RoomWorld(RoomHistory history) => _history = history;

    public HistoryCases Cases { get; private set; }

    public RoomState State { get; private set; } = new();

    public RoomLedger Ledger { get; private set; } = new();

    /// <summary>What was appended, in groups.</summary>
    public List<RoomEvent[]> Log { get; } = [];

    /// <summary>Lives the history to its end, and then every open turn, its persona speaking, until the room is quiet.</summary>
    public static RoomWorld Live(RoomHistory history)
    {
        var world = new RoomWorld(history);
        world.Open(history.Rules, history.Personas);
        foreach (var step in history.Steps)
        {
            world.Live(step);
        }

        world.DriveUntilQuiet();
        world.Acknowledge();
        return world;
    }

    private void Live(HistoryStep step)
    {
        switch (step.Move)
        {
            case HistoryMove.HumanPosts: Post(step, HistoryCast.People[step.Who % HistoryCast.People.Length]); break;
            case HistoryMove.OutsiderPosts: PostAsOutsider(step); break;
            case HistoryMove.PostsAgain: PostAgain(step); break;
            case HistoryMove.PostsWhatIsRefused: PostWhatIsRefused(step); break;
            case HistoryMove.Joins: Join(step.Who); break;
            case HistoryMove.Leaves: Leave(step.Who); break;
            case HistoryMove.Answers: Answer(step); break;
            case HistoryMove.AnswersLate: AnswerLate(step); break;
            case HistoryMove.AnswersForAnother: AnswerForAnother(step); break;
            case HistoryMove.Crashes: Crash(step); break;
            default: CloseAndReopen(step); break;
        }

        if (step.Acknowledged)
        {
            Acknowledge();
        }
    }

    private void Post(HistoryStep step, string name)
    {
        var post = Polyphony.Rooms.Post.ByHuman(name, HistoryCast.Texts[step.What % HistoryCast.Texts.Length]);
        MessageId? id = step.What % 3 == 0 ? new($"own-{_fresh++}") : null;
        if (id is { } own)
        {
            _ownIds.Add(own);
        }

        var openBefore = State.OpenTurns;
        var wait = Ledger.LongestWait();
        var receipt = Step(post with { Id = id });
        if (receipt is Receipt.Refused refused)
        {
            Cases |= HistoryCases.Overload;
            refused.Rule.ShouldBe("overloaded");
            wait.ShouldBeGreaterThanOrEqualTo(Ledger.Rules.Backlog, "a room is overloaded only while somebody has that much to answer");
            return;
        }

        receipt.ShouldBeOfType<Receipt.Accepted>().Message.ShouldNotBeNull().ShouldBeSameAs(State.Transcript[State.Messages]);
        Cases |= openBefore > 0 && Ledger.Ended is [.., { Outcome: TurnOutcome.Superseded { Reason: "a human spoke" } }] ? HistoryCases.PreEmption : 0;
    }

    private void PostAsOutsider(HistoryStep step)
    {
        var kind = step.Who % 2 == 0 ? AuthorKind.Agent : AuthorKind.System;
        Step(new Post(new($"outside:{kind}"), kind, kind.ToString(), HistoryCast.Texts[step.What % HistoryCast.Texts.Length]));
    }

    private void PostAgain(HistoryStep step)
    {
        var known = _ownIds.Where(id => State.Knows(id)).ToArray();
        if (known.Length == 0)
        {
            return;
        }

        Cases |= HistoryCases.Duplicate;
        var events = State.Events;
        var again = Polyphony.Rooms.Post.ByHuman("Omar", "once more") with { Id = known[step.Who % known.Length] };
        Step(again).ShouldBe(new Receipt.AlreadyPosted(again.Id!.Value));
        State.Events.ShouldBe(events);
    }

    private void PostWhatIsRefused(HistoryStep step)
    {
        var events = State.Events;
        var (post, rule) = HistoryCast.Refused(step.What);
        Step(post).ShouldBeOfType<Receipt.Refused>().Rule.ShouldBe(rule);
        State.Events.ShouldBe(events);
    }

    private void Join(int who)
    {
        var (id, name) = HistoryCast.Personas[who % HistoryCast.Personas.Length];
        Step(new Join(id, AuthorKind.Persona, name)).ShouldBe(Receipt.Accepted.Silence);
    }

    private void Leave(int who)
    {
        var id = HistoryCast.Personas[who % HistoryCast.Personas.Length].Id;
        Cases |= Ledger.Open.Any(o => o.Persona == id) ? HistoryCases.LeaveInTurn : 0;
        Step(new Leave(id, "it had to go")).ShouldBe(Receipt.Accepted.Silence);
    }

    private void Answer(HistoryStep step)
    {
        var open = Ledger.Open.ToArray();
        if (open.Length > 0)
        {
            Answer(open[step.Who % open.Length], HistoryCast.Answer(step.What));
        }
    }

    private void Answer(TurnOffered turn, (TurnOutcome Outcome, string? Text) answer)
    {
        var receipt = Step(new CompleteTurn(new(turn.Turn, turn.Attempt, turn.Persona, answer.Outcome, answer.Text)));
        if (answer.Outcome is not TurnOutcome.Spoke)
        {
            receipt.ShouldBe(Receipt.Accepted.Silence);
        }
        else if (string.IsNullOrWhiteSpace(answer.Text) || answer.Text.Length > Message.MaxLength)
        {
            receipt.ShouldBeOfType<Receipt.Refused>().Rule.ShouldBe(string.IsNullOrWhiteSpace(answer.Text) ? "empty" : "too-long");
        }
        else
        {
            var message = receipt.ShouldBeOfType<Receipt.Accepted>().Message.ShouldNotBeNull();
            (message.Author, message.Text).ShouldBe((turn.Persona, answer.Text));
        }
    }

    private void AnswerLate(HistoryStep step)
    {
        if (Ledger.Ended.Count > 0)
        {
            var ended = Ledger.Ended[^(1 + (step.Who % Ledger.Ended.Count))];
            Cases |= HistoryCases.LateResult;
            MustBeStale(new(ended.Turn, ended.Attempt, ended.Persona, TurnOutcome.Spoke.Instance, "too late"));
        }
    }

    private void AnswerForAnother(HistoryStep step)
    {
        if (Ledger.Open.ToArray() is { Length: > 0 } open)
        {
            var turn = open[step.Who % open.Length];
            var other = HistoryCast.Personas.Select(p => p.Id).First(id => id != turn.Persona);
            MustBeStale(new(turn.Turn, turn.Attempt, other, TurnOutcome.Spoke.Instance, "in its name"));
            MustBeStale(new(new(turn.Turn.Value + 1_000), turn.Attempt, turn.Persona, TurnOutcome.Spoke.Instance, "in no turn"));
            MustBeStale(new(turn.Turn, turn.Attempt + 1, turn.Persona, TurnOutcome.Spoke.Instance, "in the next attempt"));
        }
    }

    private void MustBeStale(TurnResult result)
    {
        var events = State.Events;
        Step(new CompleteTurn(result)).ShouldBeOfType<Receipt.Refused>().Rule.ShouldBe("stale");
        State.Events.ShouldBe(events);
    }

    private void Crash(HistoryStep step)
    {
        Cases |= HistoryCases.Crash;
        if (step.What % 2 == 0)
        {
            Cases |= _unacknowledged.Count > 0 ? HistoryCases.LostAppend : 0;
            _unacknowledged.Clear();
        }

        Acknowledge();
        Restart(step);
    }

    private void CloseAndReopen(HistoryStep step)
    {
        Step(new CloseRoom("the evening is over")).ShouldBe(Receipt.Accepted.Silence);
        State.OpenTurns.ShouldBe(0);
        Acknowledge();
        Restart(step);
    }

    // Nothing survives but the log.
    private void Restart(HistoryStep step)
    {
        State = RoomCopies.FoldOf(Log.Select(RoomEventCodec.Encode));
        Ledger = RoomLedger.Of(Log.SelectMany(group => group));
        Open(step.What % 5 == 0 ? _history.LaterRules : _history.Rules, 1 + (step.Who % HistoryCast.Personas.Length));
    }

    private void Open(RoomRules rules, int personas)
    {
        Step(new OpenRoom(HistoryCast.Room, rules)).ShouldBe(Receipt.Accepted.Silence);
        State.OpenTurns.ShouldBe(0);
        for (var i = 0; i < personas; i++)
        {
            Join(i);
        }
    }

    /// <summary>The ledger holds every single offer against the bound; here the whole must come to an end.</summary>
    private void DriveUntilQuiet()
    {
        var most = Ledger.Rules.PersonaTurnBound + ((Ledger.Messages.Count + 1) * HistoryCast.Personas.Length);
        for (var turns = 0; Ledger.Open.FirstOrDefault() is { } open; turns++)
        {
            turns.ShouldBeLessThanOrEqualTo(most, "personas that always speak fall silent");
            Answer(open, (TurnOutcome.Spoke.Instance, turns % 3 == 0 ? "and you, Bo? or Ada?" : "one more thing"));
        }

        Ledger.MustHaveAnsweredEveryHuman();
    }

    private Receipt Step(RoomInput input)
    {
        _now += TimeSpan.FromMilliseconds(1);
        var events = new List<RoomEvent>();
        var grants = new List<FloorGrant>();
        var receipt = RoomDecision.Step(State, input, _now, events, grants);
        grants.ShouldBeEmpty();
        foreach (var e in events)
        {
            Cases |= e is TurnOffered { Attempt: > 1 } ? HistoryCases.Reoffer : 0;
            Ledger.Take(e);
        }

        Cases |= State.PersonaTurnsSinceHuman >= State.Rules.PersonaTurnBound && State.Rules.PersonaTurnBound > 0 ? HistoryCases.BoundReached : 0;
        Ledger.MustAgreeWith(State);
        Ledger.MustHaveTheFloorGiven();
        _unacknowledged.AddRange(events);
        return receipt;
    }

    private void Acknowledge()
    {
        if (_unacknowledged.Count > 0)
        {
            Log.Add([.. _unacknowledged]);
            _unacknowledged.Clear();
        }
    }
}
