using Polyphony.Rooms;

namespace Polyphony.Tests.Rooms;

/// <summary>What a room takes from people and programs, and what it refuses.</summary>
public sealed class RoomPostingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task An_id_is_posted_once()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog());

        (await room.SayAsync("hello", "mine")).ShouldBeOfType<Receipt.Accepted>();
        (await room.SayAsync("hello again", "mine")).ShouldBe(new Receipt.AlreadyPosted(new("mine")));

        (await room.LookAsync(state => state.Transcript[1].Text)).ShouldBe("hello");
        (await room.AccountsAsync()).Messages.ShouldBe(1);
    }

    [Theory(Timeout = LiveRoom.Limit)]
    [InlineData("human:Hana", AuthorKind.Persona, "hello", null, "not-yourself")]
    [InlineData("persona:Ada", AuthorKind.Human, "hello", null, "not-yourself")]
    [InlineData("human:Hana", AuthorKind.Agent, "hello", null, "not-yourself")]
    [InlineData("human:Hana", AuthorKind.Human, "hello", "#1", "reserved-id")]
    [InlineData("human:Hana", AuthorKind.Human, "hello", "", "reserved-id")]
    public async Task What_breaks_a_rule_is_refused_with_it(string author, AuthorKind kind, string text, string? id, string rule)
    {
        var log = new ScriptedRoomLog();
        await using var room = await LiveRoom.OpenAsync(log);
        await room.SeatAsync("Ada");
        await room.JoinAsync(new("human:Hana"), AuthorKind.Human, "Hana");
        var appends = log.Appends.Count;

        var receipt = await room.PostAsync(new Post(new(author), kind, "Hana", text) { Id = id is null ? null : new MessageId(id) }, Token);

        receipt.ShouldBeOfType<Receipt.Refused>().Rule.ShouldBe(rule);
        log.Appends.Count.ShouldBe(appends);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_message_of_the_greatest_length_is_taken_and_a_longer_one_is_not()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog());
        var longest = new string('x', Message.MaxLength);

        (await room.SayAsync(longest)).ShouldBeOfType<Receipt.Accepted>().Message!.Text.Length.ShouldBe(Message.MaxLength);
        (await room.SayAsync(longest + "x")).ShouldBeOfType<Receipt.Refused>().Rule.ShouldBe("too-long");
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task Names_and_ids_have_a_bound_and_who_breaks_it_does_not_come_in()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog());
        var (name, id) = (new string('n', Participant.MaxNameLength), new string('i', Participant.MaxIdLength));

        (await room.JoinAsync(new(id), AuthorKind.Agent, name)).ShouldBeOfType<Receipt.Accepted>();
        (await room.SayAsync("hello", id)).ShouldBeOfType<Receipt.Accepted>();
        (await room.SayAsync("hello", id + "i")).ShouldBeOfType<Receipt.Refused>().Rule.ShouldBe("too-long");
        (await room.JoinAsync(new(id + "i"), AuthorKind.Agent, "a")).ShouldBeOfType<Receipt.Refused>().Rule.ShouldBe("too-long");
        (await room.JoinAsync(new("a"), AuthorKind.Agent, name + "n")).ShouldBeOfType<Receipt.Refused>().Rule.ShouldBe("too-long");
        (await room.PostAsync(Post.ByHuman(name + "n", "hello"), Token)).ShouldBeOfType<Receipt.Refused>().Rule.ShouldBe("too-long");
        (await room.LookAsync(state => (state.Roster.Count, state.Messages))).ShouldBe((2, 1));
    }

    [Theory]
    [InlineData("Ada", "ada")]
    [InlineData("Ada", "A\u200bda")]
    [InlineData("Ada", " Ada\u202e")]
    public void Two_who_would_look_alike_in_a_prompt_get_two_names(string first, string second)
    {
        var roster = Roster.Of(new(new("1"), AuthorKind.Human, first), new(new("2"), AuthorKind.Human, second));

        roster.NameOf(new("2")).ShouldBe($"{second} (2)");
        roster.HasName(second).ShouldBeTrue();
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_room_is_overloaded_while_too_much_waits_for_somebody_and_not_after()
    {
        // What this catches: a backlog that counts the persona's own words or what is never offered, and so never goes down.
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog(), LiveRoom.EveryoneHumansOnly with { Backlog = 3 });
        var (ada, bo) = (await room.SeatAsync("Ada"), await room.SeatAsync("Bo"));
        for (var n = 1; n <= 3; n++)
        {
            (await room.SayAsync($"message {n}")).ShouldBeOfType<Receipt.Accepted>();
        }

        (await room.SayAsync("one too many")).ShouldBeOfType<Receipt.Refused>().Rule.ShouldBe("overloaded");
        for (var n = 1; n <= 3; n++)
        {
            await ada.SpeakAsync(await ada.OfferAsync(), "yes");
            await bo.SpeakAsync(await bo.OfferAsync(), "no");
        }

        await room.WhenQuietAsync(Token);
        (await room.SayAsync("and now?")).ShouldBeOfType<Receipt.Accepted>();
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task Posts_from_many_threads_at_once_keep_one_order_without_a_gap()
    {
        const int Threads = 16, Each = 60;
        var log = new ScriptedRoomLog();
        await using var room = await LiveRoom.OpenAsync(log);
        using var follower = room.Subscribe(capacity: 10_000);
        using var start = new Barrier(Threads);

        var posters = Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(Token);
                return Task.WhenAll(Enumerable.Range(0, Each).Select(n => room.SayAsync($"{thread}/{n}")));
            },
            Token, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()).ToArray();
        var receipts = (await Task.WhenAll(posters).Soon()).Select(mine => mine.Cast<Receipt.Accepted>().Select(r => r.Message!).ToArray()).ToArray();

        var posted = log.Events.OfType<MessagePosted>().Select(e => e.Message).ToArray();
        posted.Select(m => m.Seq).ShouldBe(Enumerable.Range(1, Threads * Each).Select(n => (long)n));
        receipts.SelectMany(mine => mine).OrderBy(m => m.Seq).ShouldBe(posted);
        foreach (var mine in receipts)
        {
            mine.Select(m => m.Seq).ShouldBeInOrder();
        }

        follower.Taken().Cast<RoomSignal.Published>().Select(s => s.Event).ShouldBe(log.Events.Skip(1));
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_post_that_lacks_something_is_the_posters_own_mistake_and_harms_nobody()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog());

        await Should.ThrowAsync<ArgumentException>(async () => await room.PostAsync(new Post(default, AuthorKind.Human, "Hana", "hello"), Token));
        await Should.ThrowAsync<ArgumentException>(async () => await room.PostAsync(Post.ByHuman("Hana", null!), Token));
        await Should.ThrowAsync<ArgumentException>(async () => await room.PostAsync(Post.ByHuman("Hana", "hello") with { Name = null! }, Token));
        await Should.ThrowAsync<ArgumentException>(async () => await room.JoinAsync(default, AuthorKind.Human, "Hana"));
        Should.Throw<ArgumentException>(() => room.SeatFor(default, "Ada"));

        (await room.SayAsync("hello")).ShouldBeOfType<Receipt.Accepted>();
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_look_that_throws_is_the_lookers_alone()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog());

        (await Should.ThrowAsync<FormatException>(room.LookAsync<int>(_ => throw new FormatException("mine")).Soon())).Message.ShouldBe("mine");

        (await room.LookAsync(state => state.Messages)).ShouldBe(0);
        (await room.SayAsync("hello")).ShouldBeOfType<Receipt.Accepted>();
    }
}
