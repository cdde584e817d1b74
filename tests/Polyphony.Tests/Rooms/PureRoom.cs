using Polyphony.Rooms;

namespace Polyphony.Tests.Rooms;

/// <summary>A room without a writer, a log or a clock, in short words. A ledger judges every step.</summary>
internal sealed class PureRoom
{
    private readonly RoomLedger _ledger = new();
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    public PureRoom(RoomRules rules, params string[] personas)
    {
        Put(new OpenRoom(new("r"), rules));
        foreach (var name in personas)
        {
            Join(name);
        }
    }

    public RoomState State { get; } = new();

    /// <summary>The open turns as "Ada 3-5", in the order in which their personas sat down.</summary>
    public string[] Open => [.. State.Seats.Where(s => s.Open is not null).Select(s => $"{State.Roster.NameOf(s.Persona)} {s.Open!.First}-{s.Open.Last}")];

    /// <summary>Whose turn it is where there is one turn at most; empty when the room is quiet.</summary>
    public string Speaker => Open.Length == 0 ? "" : Open.ShouldHaveSingleItem().Split(' ')[0];

    public void Join(string name) => Put(new Join(new($"persona:{name}"), AuthorKind.Persona, name));

    public void Leave(string name) => Put(new Leave(new($"persona:{name}"), "it had to go"));

    public void Human(string text) => Put(Post.ByHuman("Hana", text)).ShouldBeOfType<Receipt.Accepted>();

    public void Agent(string text) => Put(new Post(new("agent:bot"), AuthorKind.Agent, "bot", text)).ShouldBeOfType<Receipt.Accepted>();

    public OpenTurn TurnOf(string name) => Seat(name).Open.ShouldNotBeNull();

    public Seat Seat(string name) => State.TryGetSeat(new($"persona:{name}"), out var seat) ? seat : throw new ArgumentException($"{name} is not here");

    public void Speak(string name, string text) => End(name, TurnOutcome.Spoke.Instance, text);

    public void Pass(string name) => End(name, new TurnOutcome.Passed("nothing to add"), null);

    public void End(string name, TurnOutcome outcome, string? text)
    {
        var open = TurnOf(name);
        Put(new CompleteTurn(new(open.Turn, open.Attempt, Seat(name).Persona, outcome, text))).ShouldBeOfType<Receipt.Accepted>();
    }

    public Receipt Put(RoomInput input)
    {
        var events = new List<RoomEvent>();
        var receipt = RoomDecision.Step(State, input, _now += TimeSpan.FromSeconds(1), events, []);
        events.ForEach(_ledger.Take);
        _ledger.MustAgreeWith(State);
        return receipt;
    }
}
