using System.Globalization;
using Polyphony.Floor;
using Polyphony.Hosting;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Turns;

namespace Polyphony.Cli.Evaluate;

/// <summary>
/// Whether the second message is always answered: under every protocol and floor each persona is asked twice in a live room of them all, with models that do as they are told. A persona that
/// answers once and then no more is mute.
/// </summary>
internal sealed class SecondMessage : ITurnObserver
{
    private const string Model = "scripted-second";
    private const string Visitor = "Guest";

    // The bound on persona turns after each of the two messages, twice over.
    private const int Answers = 128;

    private static readonly string[] Things = ["mill", "bridge", "oven", "river", "orchard", "chapel", "market", "quarry"];

    private readonly Lock _watching = new();
    private readonly ParticipantId _asked;
    private readonly List<(long First, long Last)> _spoke = [];

    private SecondMessage(ParticipantId asked) => _asked = asked;

    /// <summary>The personas that are mute, each with the protocol and the floor.</summary>
    public static async Task<IReadOnlyList<string>> MuteAsync(IReadOnlyList<PersonaCard> cards, CancellationToken cancel)
    {
        var mute = new List<string>();
        foreach (var protocol in DecisionProtocols.Names.Select(DecisionProtocols.Find))
        {
            foreach (var floor in FloorPolicies.Names)
            {
                foreach (var card in cards)
                {
                    if (!await new SecondMessage(card.Id).IsAnsweredAsync(card, cards, protocol, floor, cancel))
                    {
                        mute.Add($"{card.Name} ({protocol.Name}, {floor})");
                    }
                }
            }
        }

        return mute;
    }

    public void TurnEnded(in TurnRecord turn)
    {
        if (turn.Persona == _asked && turn.Outcome is TurnOutcome.Spoke)
        {
            lock (_watching)
            {
                _spoke.Add((turn.Offer.First, turn.Offer.Last));
            }
        }
    }

    public void ConversationFaulted(ParticipantId persona, string reason) =>
        throw new InvalidOperationException($"the conversation of {persona} failed: {reason}");

    private async Task<bool> IsAnsweredAsync(PersonaCard asked, IReadOnlyList<PersonaCard> cards, IDecisionProtocol protocol, string floor, CancellationToken cancel)
    {
        var models = new ModelRegistry(new ModelDescriptor(Model, HardwareTier.Remote.ContextCap, protocol));
        await using var log = new InMemoryRoomLog(keepEvents: false);
        long[] messages;
        await using (var hosted = await HostedRoom.StartAsync(
            new()
            {
                Room = new("second"),
                Rules = new() { Floor = floor },
                Plans = [.. cards.Select(card => new PersonaPlan(card, models.BuildProfile(card, Model, HardwareTier.Remote, 50)))],
                Factory = ScriptedAdapterFactory.Custom(profile => new ScriptedChatClient(Enumerable.Range(0, Answers).Select(i => ScriptedAnswer.Speak(Words(profile.PersonaName, i), protocol)))),
                Log = log,
                Observer = this,
            },
            cancel))
        {
            messages = [await SayAsync(hosted.Room, $"{asked.Name}, how old is the mill?", cancel), await SayAsync(hosted.Room, $"{asked.Name}, and the bridge?", cancel)];
        }

        // A room is quiet before its loops have told of the last turn; when they have ended, they have.
        lock (_watching)
        {
            return Array.TrueForAll(messages, message => _spoke.Any(turn => turn.First <= message && message <= turn.Last));
        }
    }

    private static async Task<long> SayAsync(Room room, string text, CancellationToken cancel)
    {
        await room.PostAsync(Post.ByHuman(Visitor, text), cancel);
        await room.WhenQuietAsync(cancel);
        return await room.LookAsync(ConductStage.LastOfAPerson);
    }

    // What a correct model says differs from turn to turn.
    private static string Words(string name, int turn) => string.Create(
        CultureInfo.InvariantCulture, $"As I, {name}, remember it, the {Things[turn % Things.Length]} was built {turn * 7 + 31} years ago, and it has leaned ever since.");
}
