using Microsoft.Extensions.AI;
using Polyphony.Analysis;
using Polyphony.Floor;
using Polyphony.Hosting;
using Polyphony.Inference;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Tests.Turns;
using Polyphony.Turns;

namespace Polyphony.Tests.Analysis;

/// <summary>A live room whose messages are analysed by a scripted model, and whose personas speak by another double.</summary>
internal sealed class AnalyzedRoom : IAsyncDisposable
{
    public const string Answer = """{"summary":"About a roof.","keyConcepts":["roof","rain"],"intent":"question","suggestedAngles":{"tea":"Offer tea.","slate":"Slate lasts."}}""";

    public static readonly RoomRules Everybody = new() { Floor = Everyone.PolicyName, OfferPersonaMessages = false };

    private readonly IRoomLog _log;

    private AnalyzedRoom(HostedRoom hosted, IRoomLog log)
    {
        Hosted = hosted;
        _log = log;
    }

    public HostedRoom Hosted { get; }

    public AnalysisCounts Counts => Hosted.Analysis.ShouldNotBeNull().Counts;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public static PersonaPlan Plan(string name, params string[] specialities) => Plan(new PersonaCard(name) { Specialities = specialities });

    public static PersonaPlan Plan(PersonaCard card, string model = Cast.Model) => new(card, new ProfileResult.Built(Cast.Profile(card, model: model)));

    /// <summary>Twelve personas, each with a speciality of its own.</summary>
    public static PersonaPlan[] Twelve() => [.. Enumerable.Range(0, 12).Select(i => Plan($"Persona {i}", $"speciality {i}"))];

    public static async Task<AnalyzedRoom> StartAsync(
        IChatClient analyst, IEnumerable<PersonaPlan> plans, IChatClient? speaker = null, TimeProvider? time = null, RoomRules? rules = null,
        SharedAnalysisOptions? options = null, ITurnObserver? observer = null)
    {
        var log = new InMemoryRoomLog();
        var hosted = await HostedRoom.StartAsync(
            new()
            {
                Room = new("analysed"),
                Rules = rules ?? Everybody,
                Plans = [.. plans],
                Factory = ScriptedAdapterFactory.Sharing(new RoutedChatClient(analyst, speaker ?? new HeuristicChatClient())),
                Log = log,
                Time = time ?? TimeProvider.System,
                Analysis = options ?? new(),
                Observer = observer,
            },
            TestEnds);
        return new(hosted, log);
    }

    public async Task PostAsync(string text, string who = "Hana") =>
        (await Hosted.Room.PostAsync(Post.ByHuman(who, text), TestEnds)).ShouldBeOfType<Receipt.Accepted>();

    public async Task SayAsync(string text, string who = "Hana")
    {
        await PostAsync(text, who);
        await Hosted.Room.WhenQuietAsync(TestEnds);
    }

    public async Task<OutcomeCounts> OutcomesAsync() => (await Hosted.AccountsAsync()).Outcomes;

    public async ValueTask DisposeAsync()
    {
        await Hosted.DisposeAsync();
        await _log.DisposeAsync();
    }
}
