using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Polyphony.Diagnostics;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Benchmarks;

/// <summary>What a probe costs its turn's thread where nobody listens, against an empty method.</summary>
[MemoryDiagnoser]
public class ProbesOffBenchmarks
{
    private readonly StageClock _clock = new();
    private Offer _offer = null!;
    private HostedPersona _persona = null!;
    private RoomProbe _room = null!;
    private TurnProbe? _turn;

    [GlobalSetup]
    public void SetUp()
    {
        var card = new PersonaCard("Bench");
        var profile = new InferenceProfile
        {
            Persona = card.Id, PersonaName = card.Name, Model = "none", ContextTokens = 8_192, ReplyTokens = 512, Protocol = PassWordProtocol.Instance, HistoryMessages = 10,
        };
        using var client = new CardChatClient(card);
        var state = new RoomState();
        RoomDecision.Step(state, new OpenRoom(new("bench"), new()), DateTimeOffset.UnixEpoch, [], []);
        RoomDecision.Step(state, Post.ByHuman("peer", "hello"), DateTimeOffset.UnixEpoch, [], []);
        _persona = new(card, profile, client, null!);
        _offer = new()
        {
            Room = state.Id, Turn = new(1), Attempt = 1, Persona = card.Id, First = 1, Last = 1,
            Transcript = state.Transcript.View(), Roster = state.Roster, Timeout = TimeSpan.FromMinutes(1),
        };
        _turn = TurnProbe.Begin(NullLogger.Instance, _persona, _offer, TimeProvider.System);
        _room = RoomProbe.For(NullLogger.Instance, state.Id)!;
    }

    [Benchmark(Baseline = true, Description = "an empty method")]
    public void Nothing()
    {
    }

    [Benchmark(Description = "a turn asks whether anybody listens")]
    public object? Begin() => TurnProbe.Begin(NullLogger.Instance, _persona, _offer, TimeProvider.System);

    [Benchmark(Description = "an event in a turn")]
    public void EventInTurn() => _turn?.Recalled(Polyphony.Memory.RecallSnapshot.Empty);

    [Benchmark(Description = "an event in a room")]
    public bool EventInRoom() => _room is { IsOn: true };

    [Benchmark(Description = "a timing")]
    public void Timing() => SeamSpan.Start(ProbeSeams.Respond)?.Dispose();

    [Benchmark(Description = "the numbers of a turn")]
    public void Numbers() => Instruments.TurnEnded(TurnOutcome.Spoke.Instance, _clock);
}
