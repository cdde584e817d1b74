using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Testing;

/// <summary>Plays a script: turns its events into steps, and takes the results. Its conversation locks.</summary>
internal sealed class ScriptPlayer(Participant self, RoomId room, SequentialIds ids)
{
    private CancellationTokenSource? _withdrawal;
    private OpenOffer? _open;
    private OpenOffer? _again;
    private long _turns;

    public ScriptQueue Events { get; } = new();

    public ScriptedScene Scene { get; } = new(self, ids);

    public List<TurnResult> Results { get; } = [];

    public List<Saying> Said { get; } = [];

    public NotOfferedCounts NotOffered { get; private set; }

    public int Offers { get; private set; }

    public bool IsPrimed { get; set; }

    public bool RequiresPrime { get; set; }

    public long HighWaterMark { get; set; }

    public string? SayFailure { get; set; }

    public TimeProvider? Time { get; set; }

    public TimeSpan Timeout { get; set; } = new RoomRules().TurnTimeout;

    private DateTimeOffset Now => Time?.GetUtcNow() ?? DateTimeOffset.UnixEpoch;

    public void Script(ScriptedEvent e)
    {
        Events.Script(e);
        NoteNumbers(e);
    }

    public void Arrive(ScriptedEvent arrival)
    {
        Events.Arrive(arrival);
        NoteNumbers(arrival);
    }

    public void ArriveAfterOffer(int offer, ScriptedEvent arrival)
    {
        Events.ArriveAfterOffer(offer, Offers, arrival);
        NoteNumbers(arrival);
    }

    /// <summary>The next step; null where the caller is to wait.</summary>
    public ConversationStep? Step()
    {
        Events.HasBegun = true;
        if (_open is { } open)
        {
            _open = null;
            throw new InvalidOperationException($"{open.Turn} has no result yet; hand one in before asking for the next step");
        }

        if (_again is { } again)
        {
            _again = null;
            return OfferOf(again with { Attempt = again.Attempt + 1 });
        }

        while (Events.Take() is { } e)
        {
            var step = RequiresPrime && !IsPrimed
                ? new ConversationFault("the conversation was not primed; prime it before the first step")
                : StepOf(e);
            if (step is not null)
            {
                return step;
            }
        }

        return Events.FeedIsOpen && !Events.HasEnded ? null : ConversationEnded.Instance;
    }

    public CancellationTokenSource Withdraw()
    {
        _again = _open ?? throw new InvalidOperationException("no offer is open; withdraw one while its turn runs");
        var withdrawal = _withdrawal!;
        (_open, _withdrawal) = (null, null);
        return withdrawal;
    }

    /// <summary>Takes a result. <paramref name="given"/> is the test's own answer to it, if it gives one.</summary>
    public Receipt Take(TurnResult result, Receipt? given)
    {
        Results.Add(result);
        if (_open is not { } open || open.Turn != result.Turn || open.Attempt != result.Attempt || result.Persona != self.Id)
        {
            return new Receipt.Refused("stale", $"{result.Turn}, attempt {result.Attempt}, is not open for {result.Persona}: it ended before");
        }

        _open = null;
        if (!result.Outcome.Settles)
        {
            _again = open;
        }

        if (given is not null || result.Outcome is not TurnOutcome.Spoke)
        {
            return given ?? Receipt.Accepted.Silence;
        }

        if (SayFailure is not null)
        {
            throw new InvalidOperationException(SayFailure);
        }

        if (string.IsNullOrWhiteSpace(result.Text))
        {
            return new Receipt.Refused("empty", "it spoke without words");
        }

        var reply = Scene.Reply(result, open.Message, Now);
        Said.Add(new(room, result.Turn, result.Attempt, reply));
        return new Receipt.Accepted(reply);
    }

    private ConversationStep? StepOf(ScriptedEvent e) => e switch
    {
        ScriptedEvent.Message m => Place(m.Text, m.From ?? ScriptedConversation.Visitor, m.Seq, m.Id),
        ScriptedEvent.OwnMessage m => Place(m.Text, self, m.Seq, null),
        ScriptedEvent.Fault fault => new ConversationFault(fault.Reason),
        ScriptedEvent.Breakage breakage => throw breakage.Error,
        _ => throw new InvalidOperationException($"{e.GetType().Name} has no place in a script"),
    };

    private Offer? Place(string text, Participant from, long? seq, MessageId? id)
    {
        var message = Scene.Place(text, from, seq, id, Now);
        if (message.Author == self.Id)
        {
            NotOffered = NotOffered with { Own = NotOffered.Own + 1 };
            return null;
        }

        if (message.Seq <= HighWaterMark)
        {
            NotOffered = NotOffered with { History = NotOffered.History + 1 };
            return null;
        }

        return OfferOf(new(new(++_turns), 1, message, Time?.GetTimestamp() ?? 0));
    }

    private Offer OfferOf(OpenOffer open)
    {
        _open = open;
        Events.OfferGiven(++Offers);
        _withdrawal ??= new();
        return new()
        {
            Room = room,
            Turn = open.Turn,
            Attempt = open.Attempt,
            Persona = self.Id,
            First = open.Message.Seq,
            Last = open.Message.Seq,
            Transcript = Scene.ViewOf(open.Message),
            Roster = Scene.Roster,
            Timeout = Timeout,
            ArrivedTimestamp = open.Arrived,
            Withdrawn = _withdrawal.Token,
        };
    }

    private void NoteNumbers(ScriptedEvent e) =>
        Scene.ScriptNumbers |= e is ScriptedEvent.Message { Seq: not null } or ScriptedEvent.OwnMessage { Seq: not null };

    private sealed record OpenOffer(TurnId Turn, int Attempt, Message Message, long Arrived);
}
