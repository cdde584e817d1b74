using Polyphony.Bids;
using Polyphony.Floor;
using Polyphony.Hosting;
using Polyphony.Inference;
using Polyphony.Personas;
using Polyphony.Prompting;
using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Tests.Turns;
using Polyphony.Turns;

namespace Polyphony.Tests.Bids;

/// <summary>A live room whose model bids for its personas, and keeps how every turn ended.</summary>
internal sealed class BiddingRoom : IAsyncDisposable, ITurnObserver
{
    /// <summary>In the order of their seats.</summary>
    public static readonly string[] Eight = ["Mira", "Otto", "Ines", "Juno", "Kian", "Lena", "Nils", "Paul"];

    public static readonly RoomRules Everybody = new() { Floor = Everyone.PolicyName, OfferPersonaMessages = false };

    public static readonly RoomRules OneSpeaker = new() { Floor = OneAtATime.PolicyName };

    private readonly InMemoryRoomLog _log = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _passed = [];

    public HostedRoom Hosted { get; private set; } = null!;

    public RoomBids Bids => Hosted.Bids.ShouldNotBeNull();

    /// <summary>Why each persona passed last.</summary>
    public IReadOnlyDictionary<string, string> Passed => _passed;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public static double Falling(string name) => Eight.Length - Array.IndexOf(Eight, name);

    public static double Rising(string name) => 1 + Array.IndexOf(Eight, name);

    public static PersonaPlan[] Plans(PromptLayout layout = PromptLayout.SharedTranscriptFirst, int personas = 8) =>
        [.. Eight.Take(personas).Select(name => new PersonaPlan(new PersonaCard(name), new ProfileResult.Built(Cast.Profile(new(name)) with { Layout = layout })))];

    public static async Task<BiddingRoom> StartAsync(
        BiddingChatClient model, RoomRules? rules = null, PersonaPlan[]? plans = null, RoomBidOptions? options = null, TimeProvider? time = null)
    {
        var room = new BiddingRoom();
        room.Hosted = await HostedRoom.StartAsync(
            new()
            {
                Room = new("bids"),
                Rules = rules ?? Everybody,
                Plans = plans ?? Plans(),
                Factory = ScriptedAdapterFactory.Sharing(model),
                Log = room._log,
                Time = time ?? TimeProvider.System,
                Bids = options ?? new(),
                Observer = room,
            },
            TestEnds);
        return room;
    }

    public async Task PostAsync(string text) => (await Hosted.Room.PostAsync(Post.ByHuman("Hana", text), TestEnds)).ShouldBeOfType<Receipt.Accepted>();

    public async Task SayAsync(string text)
    {
        await PostAsync(text);
        await Hosted.Room.WhenQuietAsync(TestEnds);
    }

    public async Task<OutcomeCounts> OutcomesAsync() => (await Hosted.AccountsAsync()).Outcomes;

    public void TurnEnded(in TurnRecord turn)
    {
        if (turn.Outcome is TurnOutcome.Passed passed)
        {
            lock (_gate)
            {
                _passed[turn.Offer.Roster.NameOf(turn.Offer.Persona)] = passed.Reason;
            }
        }
    }

    public void ConversationFaulted(ParticipantId persona, string reason)
    {
    }

    public async ValueTask DisposeAsync()
    {
        await Hosted.DisposeAsync();
        await _log.DisposeAsync();
    }
}
