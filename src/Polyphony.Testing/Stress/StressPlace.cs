using Polyphony.Hosting;
using Polyphony.Inference;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Testing.Stress;

/// <summary>The books of one or more places.</summary>
internal sealed record StressBooks(OutcomeCounts Outcomes, long Own, long History, long Floor, bool Conserved);

/// <summary>Where messages are put before the personas of a trial: a live room, or a scripted conversation.</summary>
internal abstract class StressPlace : IAsyncDisposable
{
    /// <summary>Puts a message before the personas; complete when the place has taken it.</summary>
    public abstract ValueTask PostAsync(long number);

    /// <summary>Waits until everything is answered and durable, and draws up the books.</summary>
    public abstract Task<StressBooks> BooksAsync();

    public abstract ValueTask DisposeAsync();
}

/// <summary>A live room with its personas.</summary>
internal sealed class StressRoom(HostedRoom room, StressMind mind) : StressPlace
{
    private long _posted;

    public override async ValueTask PostAsync(long number)
    {
        // The seed's messages repeat from round to round; whoever remembers would take that for the same said again.
        var text = StressTalk.Message(mind, mind == StressMind.Thin ? number : _posted++);
        if (await room.Room.PostAsync(Post.ByHuman("peer", text)) is not Receipt.Accepted)
        {
            throw new InvalidOperationException($"the room did not take '{text}'");
        }
    }

    public override async Task<StressBooks> BooksAsync()
    {
        await room.Room.WhenQuietAsync();
        var books = await room.AccountsAsync();
        return new(books.Outcomes, books.Own, books.History, books.Floor, books is { Conserved: true, Quiet: true });
    }

    public override ValueTask DisposeAsync() => room.DisposeAsync();
}

/// <summary>A scripted conversation with its one persona, and no room: the seed system's own arrangement.</summary>
internal sealed class StressScript(ScriptedConversation conversation) : StressPlace
{
    private readonly ConversationFeed _feed = conversation.OpenFeed();
    private Task _loop = Task.CompletedTask;

    public void Start(HostedPersona persona, TurnPipeline pipeline, ITurnObserver observer) =>
        _loop = new PersonaLoop(persona, pipeline, observer, TimeProvider.System).ServeAsync(CancellationToken.None);

    public override ValueTask PostAsync(long number)
    {
        _feed.Arrive(StressTalk.Message(StressMind.Thin, number));
        return ValueTask.CompletedTask;
    }

    public override Task<StressBooks> BooksAsync()
    {
        var outcomes = new OutcomeCounts();
        foreach (var result in conversation.Results)
        {
            outcomes.CountOffer();
            outcomes.Count(result.Outcome);
        }

        var notOffered = conversation.NotOffered;
        return Task.FromResult(new StressBooks(
            outcomes, notOffered.Own, notOffered.History, 0, outcomes.Offers == conversation.OfferCount && outcomes.Open == 0));
    }

    public override async ValueTask DisposeAsync()
    {
        _feed.Close();
        await _loop;
    }
}
