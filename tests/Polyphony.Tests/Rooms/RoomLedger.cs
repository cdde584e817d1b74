using Polyphony.Floor;
using Polyphony.Rooms;

namespace Polyphony.Tests.Rooms;

/// <summary>
/// The judge of a room: it reads the events alone, keeps books of its own (one entry for each persona and message), and says what breaks a law.
/// It shares nothing with the fold it judges.
/// </summary>
internal sealed partial class RoomLedger
{
    private readonly List<Message> _messages = [];
    private readonly HashSet<MessageId> _ids = [];
    private readonly Dictionary<ParticipantId, AuthorKind> _known = [];
    private readonly Dictionary<TurnId, Attempt> _turns = [];
    private RoomRules? _rules;
    private bool _alwaysEveryone = true;
    private int _sinceHuman;
    private long _answeredThrough;
    private long _lastTurn;
    private DateTimeOffset _now;

    private enum Delivery
    {
        Untouched,
        History,
        Missed,
        Own,
        Settled,
    }

    private Dictionary<ParticipantId, Member> Members { get; } = [];

    public RoomRules Rules => _rules!;

    public int Offers { get; private set; }

    public int Closed { get; private set; }

    public IReadOnlyList<Message> Messages => _messages;

    /// <summary>Turns that ended, in order: what a late result could be for.</summary>
    public List<TurnClosed> Ended { get; } = [];

    public IEnumerable<TurnOffered> Open => Members.Values.Where(m => m.Open is not null).Select(m => m.Open!);

    public static RoomLedger Of(IEnumerable<RoomEvent> events)
    {
        var ledger = new RoomLedger();
        foreach (var e in events)
        {
            ledger.Take(e);
        }

        return ledger;
    }

    /// <summary>Enters the event, and fails where it breaks a law.</summary>
    public void Take(RoomEvent e)
    {
        Must(_rules is null == e is RoomOpened, "a room begins by being opened, once");
        switch (e)
        {
            case RoomOpened opened: Take(opened.Rules); break;
            case RulesChanged changed: Take(changed.Rules); break;
            case ParticipantJoined joined: Take(joined); break;
            case ParticipantLeft left: Take(left); break;
            case PersonasAway: TakeAway(); break;
            case MessagePosted posted: TakePost(posted.Message); break;
            case TurnOffered offered: Take(offered); break;
            case TurnClosed closed: Take(closed); break;
            default: Must(false, $"{e} is no event of a room"); break;
        }
    }

    private void Take(RoomRules rules)
    {
        Must(!Open.Any(), "rules change between turns");
        _rules = rules;
        _alwaysEveryone &= rules.Floor == Everyone.PolicyName;
    }

    private void Take(ParticipantJoined joined)
    {
        Must(!_known.TryGetValue(joined.Id, out var kind) || kind == joined.Kind, "nobody changes kind");
        _known[joined.Id] = joined.Kind;
        if (joined.Kind != AuthorKind.Persona)
        {
            return;
        }

        if (!Members.TryGetValue(joined.Id, out var member))
        {
            Members.Add(joined.Id, member = new());
            member.Deliveries.AddRange(_messages.Select(_ => Delivery.History));
        }
        else if (member.Left)
        {
            for (var i = 0; i < member.Deliveries.Count; i++)
            {
                member.Deliveries[i] = member.Deliveries[i] == Delivery.Missed ? Delivery.History : member.Deliveries[i];
            }

            member.Reoffer = null;
        }

        Must(!member.Present, "nobody joins who is here");
        if (member.Left || member.Cursor < 0)
        {
            member.Cursor = _messages.Count;
            member.Mark = _messages.Count;
        }

        (member.Present, member.Left) = (true, false);
    }

    private void Take(ParticipantLeft left)
    {
        var member = Members[left.Id];
        Must(member is { Present: true, Open: null }, "only who is here leaves, and its turn is closed first");
        (member.Present, member.Left) = (false, true);
    }

    private void TakeAway()
    {
        Must(!Open.Any(), "open turns end before their personas are away");
        foreach (var member in Members.Values)
        {
            member.Present = false;
        }
    }

    private void TakePost(Message message)
    {
        Must(message.Kind != AuthorKind.Persona, "a persona speaks in turns only");
        Must(_known.TryGetValue(message.Author, out var kind) && kind == message.Kind, "an author is known before it speaks");
        Must(message.Hops == 0, "a post is no hop");
        Append(message);
    }

    private void Append(Message message)
    {
        Must(message.Seq == _messages.Count + 1, "sequence numbers have no gap");
        Must(_ids.Add(message.Id), "no message is there twice");
        Must(message.Mentions.Distinct().Count() == message.Mentions.Count, "nobody is mentioned twice");
        Must(message.Mentions.All(id => _known.TryGetValue(id, out var kind) && kind == AuthorKind.Persona), "mentions are personas of the room");
        TakeTime(message.At);
        _messages.Add(message);
        _sinceHuman = message.Kind == AuthorKind.Human ? 0 : _sinceHuman;
        foreach (var (id, member) in Members)
        {
            member.Deliveries.Add(message.Author == id ? Delivery.Own : member.Left ? Delivery.Missed : Delivery.Untouched);
        }
    }

    private void Take(TurnOffered offered)
    {
        var member = Members[offered.Persona];
        Must(member is { Present: true, Open: null }, "a turn is offered to who is here and has none");
        Must(_rules!.Floor != OneAtATime.PolicyName || !Open.Any(), "one at a time means one turn at a time");
        Must(offered.First >= 1 && offered.First <= offered.Last && offered.Last <= _messages.Count, "a burst is of the transcript");
        Must(offered.First > member.Cursor, "nothing is offered from before the cursor");
        Must(_rules.Floor != Everyone.PolicyName || offered.First == offered.Last, "everyone never coalesces");
        Must(offered.Last - offered.First < _rules.BurstLimit, "a burst keeps its limit");
        Must(Author(offered.Last) != offered.Persona, "nobody is offered its own words");
        Must(Burst(offered).All(d => d is Delivery.Untouched or Delivery.Own), "nothing settled and no history is offered");
        Must(_rules.OfferPersonaMessages || Kind(offered.Last) != AuthorKind.Persona, "what personas say is offered only where the rules say so");
        MustKeepTheBound(offered);
        MustFollow(offered, member);
        TakeTime(offered.At);
        member.Open = offered;
        member.Reoffer = null;
        _sinceHuman++;
        Offers++;
    }

    private void MustKeepTheBound(TurnOffered offered)
    {
        var answersAPerson = Enumerable.Range((int)offered.First, (int)(offered.Last - offered.First + 1)).Any(seq => Kind(seq) == AuthorKind.Human);
        Must(_sinceHuman < _rules!.PersonaTurnBound || answersAPerson || offered.Attempt > 1, "past the bound no turn begins that answers no person");
    }

    private void MustFollow(TurnOffered offered, Member member)
    {
        if (offered.Attempt == 1)
        {
            Must(offered.Turn.Value == _lastTurn + 1, "turn ids have no gap");
            Must(member.Reoffer is null, "an interrupted turn comes again before a new one");
            _lastTurn = offered.Turn.Value;
        }
        else
        {
            Must(member.Reoffer == offered.Turn, "only a turn that was interrupted comes again, to the same persona");
            var before = _turns[offered.Turn];
            Must(before.Persona == offered.Persona && before.Number == offered.Attempt - 1, "attempts are counted one by one");
        }

        _turns[offered.Turn] = new(offered.Persona, offered.Attempt);
    }

    private void Take(TurnClosed closed)
    {
        var member = Members[closed.Persona];
        Must(member.Open is { } o && o.Turn == closed.Turn && o.Attempt == closed.Attempt, "only an open turn closes");
        var open = member.Open!;
        TakeTime(closed.At);
        Must(closed.Reply is null == closed.Outcome is not TurnOutcome.Spoke, "who spoke said something, and nobody else did");
        Must(closed.Cursor == (closed.Outcome.Settles ? open.Last : member.Cursor), "the cursor moves with a settled turn, and only then");
        member.Open = null;
        member.Count(closed.Outcome);
        Closed++;
        Ended.Add(closed);
        if (closed.Outcome is TurnOutcome.Superseded or TurnOutcome.Cancelled)
        {
            member.Reoffer = open.Turn;
        }
        else
        {
            member.Settle(open);
        }

        if (closed.Reply is { } reply)
        {
            Must(reply.Author == closed.Persona && reply.Kind == AuthorKind.Persona, "a reply is by whom the turn was offered");
            Must(!string.IsNullOrWhiteSpace(reply.Text) && reply.Text.Length <= Message.MaxLength, "a reply has words, and not too many");
            Must(reply.ReplyTo == _messages[(int)open.Last - 1].Id, "a reply answers the newest of its burst");
            Must(reply.Hops == _messages[(int)open.Last - 1].Hops + 1, "a reply is one hop further");
            _answeredThrough = Math.Max(_answeredThrough, open.Last);
            Append(reply);
        }
    }

    private IEnumerable<Delivery> Burst(TurnOffered offered) =>
        Members[offered.Persona].Deliveries.Skip((int)offered.First - 1).Take((int)(offered.Last - offered.First + 1));

    private ParticipantId Author(long seq) => _messages[(int)seq - 1].Author;

    private AuthorKind Kind(long seq) => _messages[(int)seq - 1].Kind;

    private void TakeTime(DateTimeOffset at)
    {
        Must(at >= _now, "time does not run backwards");
        _now = at;
    }

    private static void Must(bool holds, string law)
    {
        if (!holds)
        {
            throw new ShouldAssertException($"broken: {law}");
        }
    }

    private sealed record Attempt(ParticipantId Persona, int Number);
}
