using System.Globalization;
using System.Text;
using Microsoft.Extensions.AI;
using Polyphony.Floor;
using Polyphony.Hosting;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Sqlite;
using Polyphony.Testing;
using Polyphony.Turns;

// A room over SQLite that is there to be killed: it says on standard output, a line each and at once, what it has come to.
//   o  a model was called, so an offer was taken          p N  post m<N> was acknowledged
//   a  an append was handed to the log                     r PERSONA SEQ  a reply was acknowledged
//   d  an append became durable                            q  the room is quiet
// Arguments: the database, the first post, the number of posts, and the memory file where the personas are to remember.
var output = Console.OpenStandardOutput();
var path = args[0];
var first = int.Parse(args[1], CultureInfo.InvariantCulture);
var count = int.Parse(args[2], CultureInfo.InvariantCulture);

await using var memories = args.Length > 3 ? await SqliteEngramStore.OpenAsync(new() { Path = args[3] }) : null;
await using var log = new LoudLog(await SqliteRoomLog.OpenAsync(new() { Path = path }), Say);
PersonaCard[] cards = [new("Ash"), new("Birk"), new("Cleo")];
var models = new ModelRegistry(new ModelDescriptor("open", 8_192, PassWordProtocol.Instance));
await using var hosted = await HostedRoom.StartAsync(new()
{
    Room = new("killed"),
    Rules = new() { Floor = Everyone.PolicyName, OfferPersonaMessages = false },
    Plans = [.. cards.Select(card => new PersonaPlan(card, models.BuildProfile(card, "open", HardwareTier.Cpu, 10)))],
    Factory = new Answers(Say),
    Log = log,
    Memory = memories is null ? null : new() { Store = memories },
    Observer = new LoudObserver(Say),
});

const int UnderWay = 3;
var posts = new Queue<Task>();
for (var number = first; number < first + count; number++)
{
    if (posts.Count == UnderWay)
    {
        await posts.Dequeue();
    }

    posts.Enqueue(PostAsync(number));
}

await Task.WhenAll(posts);
await hosted.Room.WhenQuietAsync();
Say("q");

async Task PostAsync(int number)
{
    var post = Post.ByHuman("Vera", $"message {number} is about the garden of house {number * 31}") with { Id = new(string.Create(CultureInfo.InvariantCulture, $"m{number}")) };
    var receipt = await hosted.Room.PostAsync(post);
    while (receipt is Receipt.Refused { Rule: "overloaded" })
    {
        // Killed again and again, the room has come to owe more answers than it keeps in mind.
        await hosted.Room.WhenQuietAsync();
        receipt = await hosted.Room.PostAsync(post);
    }

    if (receipt is Receipt.Refused refused)
    {
        throw new InvalidOperationException(refused.Reason);
    }

    Say(string.Create(CultureInfo.InvariantCulture, $"p {number}"));
}

void Say(string line)
{
    var bytes = Encoding.UTF8.GetBytes(line + "\n");
    lock (output)
    {
        output.Write(bytes);
        output.Flush();
    }
}

internal sealed class Answers(Action<string> say) : IPersonaAdapterFactory
{
    public ValueTask<IChatClient> BuildAsync(InferenceProfile profile, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IChatClient>(new OpenChatClient(call =>
        {
            say("o");
            ThreadPool.UnsafeQueueUserWorkItem(static call => call.Complete($"to {call.Offer!.Newest.Id}"), call, preferLocal: false);
        }));
}

internal sealed class LoudLog(IRoomLog inner, Action<string> say) : IRoomLog
{
    public IAsyncEnumerable<IReadOnlyList<RoomEvent>> ReadAsync(RoomId room, CancellationToken cancellationToken) => inner.ReadAsync(room, cancellationToken);

    public async ValueTask AppendAsync(RoomId room, IReadOnlyList<RoomEvent> events)
    {
        var append = inner.AppendAsync(room, events);
        say("a");
        await append;
        say("d");
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}

internal sealed class LoudObserver(Action<string> say) : ITurnObserver
{
    public void TurnEnded(in TurnRecord turn)
    {
        if (turn.Reply is { } reply)
        {
            say(string.Create(CultureInfo.InvariantCulture, $"r {turn.Persona} {reply.Seq}"));
        }
    }

    public void ConversationFaulted(ParticipantId persona, string reason) => say($"f {persona}");
}
