using Polyphony.Floor;
using Polyphony.Inference;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Tests.Inference;

/// <summary>A room of card minds without a thread or a clock: what is posted is answered until nobody has anything to say.</summary>
internal sealed class PureRoom
{
    private readonly RoomState _state = new();
    private readonly List<RoomEvent> _events = [];
    private readonly List<FloorGrant> _grants = [];
    private readonly Dictionary<ParticipantId, CardIndex> _minds = [];

    public PureRoom(IEnumerable<PersonaCard> cards, string floor = OneAtATime.PolicyName, int personaTurnBound = 24)
    {
        Step(new OpenRoom(new("test"), new RoomRules { Floor = floor, PersonaTurnBound = personaTurnBound }));
        foreach (var card in cards)
        {
            _minds.Add(card.Id, new(card));
            Step(new Join(card.Id, AuthorKind.Persona, card.Name));
        }
    }

    public RoomState State => _state;

    /// <summary>What became of every offer, in order.</summary>
    public List<(ParticipantId Persona, Decision Decision)> Decisions { get; } = [];

    /// <summary>Posts, and lets everybody answer until the room is quiet. Returns what was said.</summary>
    public List<string> Say(string author, string text)
    {
        var before = _state.Messages + 1;
        Step(Post.ByHuman(author, text));
        while (_state.OpenTurns > 0)
        {
            var seat = _state.Seats.First(seat => seat.Open is not null);
            var decision = CardMind.Decide(_minds[seat.Persona], OfferTo(seat));
            Decisions.Add((seat.Persona, decision));
            Step(new CompleteTurn(ResultOf(seat, decision)));
        }

        var said = new List<string>();
        for (var seq = before + 1; seq <= _state.Messages; seq++)
        {
            said.Add($"{_state.Roster.NameOf(_state.Transcript[seq].Author)}: {_state.Transcript[seq].Text}");
        }

        return said;
    }

    private static TurnResult ResultOf(Seat seat, Decision decision)
    {
        var open = seat.Open!;
        return decision is Decision.Speak speak
            ? new(open.Turn, open.Attempt, seat.Persona, TurnOutcome.Spoke.Instance, speak.Text)
            : new(open.Turn, open.Attempt, seat.Persona, new TurnOutcome.Passed(((Decision.Pass)decision).Reason));
    }

    private Offer OfferTo(Seat seat) => new()
    {
        Room = _state.Id,
        Turn = seat.Open!.Turn,
        Attempt = seat.Open.Attempt,
        Persona = seat.Persona,
        First = seat.Open.First,
        Last = seat.Open.Last,
        Transcript = _state.Transcript.View(),
        Roster = _state.Roster,
        Timeout = _state.Rules.TurnTimeout,
    };

    private void Step(RoomInput input)
    {
        _events.Clear();
        RoomDecision.Step(_state, input, DateTimeOffset.UnixEpoch, _events, _grants).ShouldBeOfType<Receipt.Accepted>();
    }
}
