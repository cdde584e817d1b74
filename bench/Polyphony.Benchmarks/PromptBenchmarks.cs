using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Personas;
using Polyphony.Prompting;
using Polyphony.Rooms;

namespace Polyphony.Benchmarks;

/// <summary>A prompt with 200 messages of history, of which the room has rendered all but the newest turn's work, against writing each of its messages anew.</summary>
[MemoryDiagnoser]
public class PromptBenchmarks
{
    private const int History = 200;

    private readonly PersonaCard _card = new("Bench") { Description = "Bench mends walls.", Facts = ["I have a trowel."] };
    private readonly PersonaPrompt _own = new();
    private PromptRoom _room = null!;
    private PromptSources[] _turns = null!;
    private int _next;

    [ParamsAllValues]
    public PromptLayout Layout { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _room = new([_card]);
        var roster = Roster.Of(new Participant(_card.Id, AuthorKind.Persona, "Bench"), new Participant(new("human:peer"), AuthorKind.Human, "peer"));
        var messages = Enumerable.Range(1, 2 * History).Select(seq => new Message
        {
            Id = new($"#{seq}"), Seq = seq, Author = seq % 5 == 0 ? _card.Id : new("human:peer"), Kind = seq % 5 == 0 ? AuthorKind.Persona : AuthorKind.Human,
            Text = "What would you do with that old wall, Bench? It leans a little.", At = DateTimeOffset.UnixEpoch.AddSeconds(seq * 7),
        }).ToArray();
        var models = new ModelRegistry(new ModelDescriptor("open", 32_768, PassWordProtocol.Instance) { Layout = Layout });
        var profile = ((ProfileResult.Built)models.BuildProfile(_card, "open", HardwareTier.Remote, History)).Profile;

        // Two turns by turns, so that what a turn keeps from the last is not the whole of it.
        _turns =
        [
            .. new[] { 2 * History - 1, 2 * History }.Select(last => new PromptSources(_card, profile, new()
            {
                Room = new("bench"), Turn = new(1), Attempt = 1, Persona = _card.Id, First = last, Last = last, Transcript = TranscriptView.Of(messages), Roster = roster,
                Timeout = TimeSpan.FromMinutes(1),
            })),
        ];
        ComposeAndAssemble();
        ComposeAndAssemble();
    }

    [Benchmark(Baseline = true, Description = "each message written anew")]
    public ChatMessage[] Anew()
    {
        var offer = Next().Offer;
        var messages = new ChatMessage[History];
        for (var i = 0; i < History; i++)
        {
            var message = offer.Transcript[offer.Last - History + 1 + i];
            messages[i] = new(ChatRole.User, $"{offer.Roster.NameOf(message.Author)}: {ContentNeutralizer.Neutralize(message.Text)}");
        }

        return messages;
    }

    [Benchmark(Description = "compose and assemble")]
    public ChatMessage[] ComposeAndAssemble() => PromptAssembly.Assemble(_room.Compose(Next(), _own, out _)!);

    private PromptSources Next() => _turns[_next++ & 1];
}
