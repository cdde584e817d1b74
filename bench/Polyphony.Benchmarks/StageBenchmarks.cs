using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;
using Polyphony.Floor;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Personas;
using Polyphony.Prompting;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Benchmarks;

/// <summary>The stages of a turn one by one, against the cheapest thing a turn cannot do without: one pure step of the room.</summary>
[MemoryDiagnoser]
public class StageBenchmarks
{
    private const string Answer = """{"will_respond":true,"response":"A wall is a slow conversation with gravity."}""";
    private const string Text = "What would you do with that old wall, Bench? It leans a little, and the beans lean with it.";

    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    private readonly List<RoomEvent> _events = [];
    private readonly List<FloorGrant> _grants = [];
    private readonly PromptRoom _prompts = new();
    private readonly PersonaPrompt _own = new();
    private readonly PersonaCard _card = new("Bench");
    private RoomState _state = null!;
    private Offer _offer = null!;
    private InferenceProfile _profile = null!;
    private PromptPlan _plan = null!;
    private RoomEvent[] _append = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _state = new();
        var rules = new RoomRules { Floor = Everyone.PolicyName, OfferPersonaMessages = false };
        Put(new OpenRoom(new("bench"), rules));
        Put(new Join(_card.Id, AuthorKind.Persona, _card.Name));
        for (var i = 0; i < 20; i++)
        {
            PostAndAnswer();
        }

        _events.Clear();
        Put(Post.ByHuman("peer", Text));
        _append = [.. _events];
        var offered = _events.OfType<TurnOffered>().Single();
        _offer = new()
        {
            Room = _state.Id,
            Turn = offered.Turn,
            Attempt = 1,
            Persona = _card.Id,
            First = offered.First,
            Last = offered.Last,
            Transcript = _state.Transcript.View(),
            Roster = _state.Roster,
            Timeout = TimeSpan.FromMinutes(1),
        };
        Complete(offered);
        var models = new ModelRegistry(new ModelDescriptor("open", 8_192, JsonDecisionProtocol.Instance));
        _profile = ((ProfileResult.Built)models.BuildProfile(_card, "open", HardwareTier.Cpu, 10)).Profile;
        _plan = Compose()!;
    }

    /// <summary>A post, its offer, and the accepted reply, in the pure room.</summary>
    [Benchmark(Baseline = true)]
    public void DecideAndApply() => PostAndAnswer();

    [Benchmark]
    public PromptPlan? Compose() => _prompts.Compose(new(_card, _profile, _offer), _own, out _);

    [Benchmark]
    public ChatMessage[] Assemble() => PromptAssembly.Assemble(_plan);

    [Benchmark]
    public string SystemText() => SystemTexts.ForPersona(_card, _card.Name, _profile, _state.Roster, "", voice: false).Message.Text;

    [Benchmark]
    public bool ReadJsonDecision() => JsonDecisionProtocol.Instance.TryRead(ModelAnswer.Of(Answer), out _, out _);

    [Benchmark]
    public bool ReadPassWordDecision() => PassWordProtocol.Instance.TryRead(ModelAnswer.Of(Text), out _, out _);

    [Benchmark]
    public byte[] EncodeAppend() => RoomEventCodec.Encode(_append);

    [Benchmark]
    public string NeutralizePlainText() => ContentNeutralizer.Neutralize(Text);

    private void PostAndAnswer()
    {
        _events.Clear();
        Put(Post.ByHuman("peer", Text));
        Complete((TurnOffered)_events[^1]);
    }

    private void Complete(TurnOffered offered) =>
        Put(new CompleteTurn(new(offered.Turn, offered.Attempt, offered.Persona, TurnOutcome.Spoke.Instance, "pong")));

    private void Put(RoomInput input) => RoomDecision.Step(_state, input, Now, _events, _grants);
}
