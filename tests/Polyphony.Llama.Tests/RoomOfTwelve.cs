using Microsoft.Extensions.AI;
using Polyphony.Floor;
using Polyphony.Hosting;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Personas;
using Polyphony.Prompting;
using Polyphony.Rooms;

namespace Polyphony.Llama.Tests;

/// <summary>A live room of twelve on one client, which keeps every call that its personas make.</summary>
internal sealed class RoomOfTwelve(ChatStage stage, double threshold = 0.5, int replyTokens = 24) : IPersonaAdapterFactory
{
    /// <summary>What the room shows at most, so that there is something to remember soon.</summary>
    public const int History = 4;

    private readonly List<Call> _calls = [];

    /// <summary>Everybody's own.</summary>
    public static IReadOnlyList<PersonaCard> Cards { get; } =
    [
        .. Enumerable.Range(0, 12).Select(i => new PersonaCard($"Persona {(char)('A' + i)}")
        {
            Description = $"Keeps shop {i}.", Specialities = [$"ware {i}"], Facts = [$"I hid key {i}."], ExampleLines = [$"Mind step {i}."],
        }),
    ];

    /// <summary>Every call so far, in the order of its beginning.</summary>
    public IReadOnlyList<Call> Calls
    {
        get
        {
            lock (_calls)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>Lets a person say the lines, each when the room has come to rest, and gives the books.</summary>
    public async Task<RoomAccounts> HoldAsync(params IEnumerable<string> lines)
    {
        var cancel = TestContext.Current.CancellationToken;
        var models = new ModelRegistry(new ModelDescriptor("tiny", 8192, JsonDecisionProtocol.Instance)
        {
            Layout = PromptLayout.SharedTranscriptFirst, SpeakThreshold = threshold, ReplyTokens = replyTokens,
        });
        await using var room = await HostedRoom.StartAsync(
            new()
            {
                Room = new("harbour"),
                Rules = new() { Floor = Everyone.PolicyName, PersonaTurnBound = 2 },
                Plans = [.. Cards.Select(card => new PersonaPlan(card, models.BuildProfile(card, "tiny", HardwareTier.Cpu, History)))],
                Factory = this,
                Log = new InMemoryRoomLog(),
                Memory = new() { WindowMessages = History },
            },
            cancel);
        room.Errors.ShouldBeEmpty();
        foreach (var line in lines)
        {
            await room.Room.PostAsync(Post.ByHuman("Kudzai", line), cancel);
            await room.WhenSettledAsync(cancel).Soon();
        }

        return await room.AccountsAsync();
    }

    public ValueTask<IChatClient> BuildAsync(InferenceProfile profile, CancellationToken cancellationToken) => ValueTask.FromResult<IChatClient>(new Listener(this, stage.Client));

    /// <summary>What a persona's loop sent.</summary>
    internal sealed record Call(ChatMessage[] Messages, PersonaChatOptions Options)
    {
        public ParticipantId Persona => Options.Offer!.Persona;
    }

    private sealed class Listener(RoomOfTwelve room, IChatClient client) : DelegatingChatClient(client)
    {
        // Budgets as a model of usual tokens has them: of the tiny one every byte is a token, which leaves no room for memories.
        public override object? GetService(Type serviceType, object? serviceKey = null) => serviceType == typeof(ITokenCounter) ? null : base.GetService(serviceType, serviceKey);

        public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            var call = new Call([.. messages], new PersonaChatOptions(options));
            lock (room._calls)
            {
                room._calls.Add(call);
            }

            return base.GetStreamingResponseAsync(call.Messages, options, cancellationToken);
        }
    }
}
