using Microsoft.Extensions.AI;
using Polyphony.Hosting;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Personas;
using Polyphony.Rooms;

// Two personas, one room, and whatever IChatClient you have: here the embedded mind, which speaks from the card.
PersonaCard[] cards =
[
    new("Brix") { Description = "A bricklayer.", ExampleLines = ["A wall is a slow conversation with gravity, and gravity never hurries."] },
    new("Alma") { Description = "A gardener.", ExampleLines = ["Plant the beans against the wall; it keeps the day's warmth for them."] },
];
var models = new ModelRegistry(new ModelDescriptor(CardChatClient.Name, ContextTokens: 8_192, PassWordProtocol.Instance));

await using var log = new InMemoryRoomLog();
await using var hosted = await HostedRoom.StartAsync(new()
{
    Room = new("garden"),
    Plans = [.. cards.Select(card => new PersonaPlan(card, models.BuildProfile(card, CardChatClient.Name, HardwareTier.Cpu, historyMessages: 20)))],
    Factory = new CardMinds(cards),
    Log = log,
});

using var follower = hosted.Room.Subscribe();
await hosted.Room.PostAsync(Post.ByHuman("Guest", "What would you do with that old wall?"));
await hosted.Room.WhenQuietAsync();
while (follower.Signals.TryRead(out var signal))
{
    if (signal is RoomSignal.Published { Event: TurnClosed closed })
    {
        Console.WriteLine($"{closed.Persona}: {closed.Reply?.Text ?? $"({closed.Outcome.Why})"}");
    }
}

internal sealed class CardMinds(PersonaCard[] cards) : IPersonaAdapterFactory
{
    public ValueTask<IChatClient> BuildAsync(InferenceProfile profile, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IChatClient>(new CardChatClient(cards.Single(card => card.Id == profile.Persona)));
}
