using Polyphony.Floor;
using Polyphony.Hosting;
using Polyphony.Inference;
using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Tests.Turns;

namespace Polyphony.Tests.Hosting;

public sealed class HostedRoomTests
{
    // Asserts nothing about time: it turns a test that would hang into one that fails.
    private const int HangGuard = 60_000;

    private static readonly RoomId Room = new("kitchen");
    private static readonly RoomRules EveryoneAnswersPeople = new() { Floor = Everyone.PolicyName, OfferPersonaMessages = false };

    public static TheoryData<int, int> Trials => new() { { 2, 10 }, { 4, 10 }, { 8, 5 }, { 12, 5 } };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task In_one_room_every_persona_replies_to_every_message_with_one_model_call_each(int personas, int messages)
    {
        var (factory, counts) = ScriptedAdapterFactory.HeuristicWithCounters();
        await using var log = new InMemoryRoomLog();
        await using var hosted = await StartAsync(log, factory, Enumerable.Range(0, personas).Select(i => Cast.Plan($"Stress-{i}")));
        hosted.Errors.ShouldBeEmpty("every slot materialises");
        counts.Warmups.ShouldBe(personas);

        for (var i = 1; i <= messages; i++)
        {
            (await hosted.Room.PostAsync(Post.ByHuman("Vera", $"ping-{i}"), TestEnds)).ShouldBeOfType<Receipt.Accepted>();
        }

        await hosted.Room.WhenQuietAsync(TestEnds);
        var accounts = await hosted.AccountsAsync();
        accounts.Outcomes.Spoke.ShouldBe(personas * messages);
        (accounts.Outcomes.Failed, hosted.Report!.Faults).ShouldBe((0, 0));
        accounts.Replies.Values.ShouldAllBe(replies => replies == messages);
        counts.Generates.ShouldBe(personas * messages, "exactly one model call for each persona and message");
        accounts.Conserved.ShouldBeTrue();
        accounts.Outcomes.Offers.ShouldBe(accounts.Outcomes.Closed);
        (await RepliesAsync(log)).GroupBy(r => (r.Author, r.ReplyTo)).ShouldAllBe(g => g.Count() == 1);
    }

    [Fact]
    public async Task A_second_persona_of_the_same_id_has_no_seat()
    {
        var (factory, counts) = ScriptedAdapterFactory.HeuristicWithCounters();
        await using var log = new InMemoryRoomLog();

        await using var hosted = await StartAsync(log, factory, [Cast.Plan("Mira"), Cast.Plan("Mira"), Cast.Plan("Otto")]);

        hosted.Slots.Count.ShouldBe(3);
        var missing = hosted.Errors.ShouldHaveSingleItem().ShouldBeOfType<MaterializeError.RuntimeMissing>();
        missing.Slot.ShouldBe(1);
        missing.Reason.ShouldContain("already", customMessage: "it says what is wrong with the second");
        hosted.Personas.Select(p => p.Card.Name).ShouldBe(["Mira", "Otto"]);
        (factory.BuildCount, counts.Warmups).ShouldBe((2, 2));
    }

    [Fact]
    public async Task A_persona_that_cannot_take_its_seat_leaves_its_siblings_alone()
    {
        await using var log = new InMemoryRoomLog();
        await using (var room = await Polyphony.Rooms.Room.OpenAsync(Room, EveryoneAnswersPeople, log, TimeProvider.System, cancellationToken: TestEnds))
        {
            // Somebody took the id while the persona was not there.
            await room.JoinAsync(Cast.Card("Otto").Id, AuthorKind.Human, "Otto");
        }

        await using var hosted = await StartAsync(log, ScriptedAdapterFactory.Heuristic(), [Cast.Plan("Mira"), Cast.Plan("Otto"), Cast.Plan("Ines")]);

        var missing = hosted.Errors.ShouldHaveSingleItem().ShouldBeOfType<MaterializeError.RuntimeMissing>();
        (missing.Slot, missing.Persona).ShouldBe((1, "Otto"));
        missing.Reason.ShouldContain("persona:otto");
        await hosted.Room.PostAsync(Post.ByHuman("Vera", "hello"), TestEnds);
        await hosted.Room.WhenQuietAsync(TestEnds);
        (await hosted.AccountsAsync()).Replies.ShouldBe(new Dictionary<string, long> { ["Mira"] = 1, ["Ines"] = 1 }, ignoreOrder: true);
    }

    [Fact]
    public async Task A_turn_that_runs_when_the_room_is_closed_ends_as_cancelled_and_is_answered_once_when_it_is_opened_again()
    {
        await using var log = new InMemoryRoomLog();
        var slow = new ScriptedChatClient(ScriptedAnswer.Hangs());
        await using (var first = await StartAsync(log, ScriptedAdapterFactory.Sharing(slow), [Cast.Plan("Mira")]))
        {
            await first.Room.PostAsync(Post.ByHuman("Vera", "hello?"), TestEnds);
            await slow.WhenCalledAsync(1, TestEnds);
            await first.DisposeAsync();
            (first.Report!.Outcomes.Cancelled, first.Report.Outcomes.Superseded).ShouldBe((1, 0), "the loop's books say what the room's say");
        }

        var closed = (await EventsAsync(log)).OfType<TurnClosed>().ShouldHaveSingleItem();
        closed.Outcome.ShouldBeOfType<TurnOutcome.Cancelled>();
        closed.Cursor.ShouldBe(0, "the persona has still not seen the message");

        await using var second = await StartAsync(log, ScriptedAdapterFactory.Sharing(new ScriptedChatClient(ScriptedAnswer.Text("hello!"))), [Cast.Plan("Mira")]);
        await second.Room.WhenQuietAsync(TestEnds);

        var offers = (await EventsAsync(log)).OfType<TurnOffered>().ToArray();
        offers.Select(o => (o.Turn, o.Attempt)).ShouldBe([(offers[0].Turn, 1), (offers[0].Turn, 2)]);
        (await RepliesAsync(log)).ShouldHaveSingleItem().Text.ShouldBe("hello!");
        (await second.AccountsAsync()).Conserved.ShouldBeTrue();
    }

    [Fact(Timeout = HangGuard)]
    public async Task A_model_that_ignores_its_token_does_not_hold_the_closing_room()
    {
        await using var log = new InMemoryRoomLog();
        var deaf = new ScriptedChatClient(ScriptedAnswer.HangsForEver());
        var hosted = await StartAsync(log, ScriptedAdapterFactory.Sharing(deaf), [Cast.Plan("Mira")]);
        await hosted.Room.PostAsync(Post.ByHuman("Vera", "hello?"), TestEnds);
        await deaf.WhenCalledAsync(1, TestEnds);

        await hosted.DisposeAsync().AsTask().WaitAsync(TestContext.Current.CancellationToken);

        (await EventsAsync(log)).OfType<TurnClosed>().ShouldHaveSingleItem().Outcome.ShouldBeOfType<TurnOutcome.Cancelled>();
    }

    [Fact]
    public async Task A_room_of_nobody_is_quiet_and_closes()
    {
        await using var log = new InMemoryRoomLog();
        await using var hosted = await StartAsync(log, ScriptedAdapterFactory.AlwaysFails("no weights"), [Cast.Plan("Mira")]);

        await hosted.Room.PostAsync(Post.ByHuman("Vera", "anybody?"), TestEnds);
        await hosted.Room.WhenQuietAsync(TestEnds);

        hosted.Errors.ShouldHaveSingleItem().ShouldBeOfType<MaterializeError.AdapterFactory>();
        (await hosted.AccountsAsync()).Outcomes.Offers.ShouldBe(0);
    }

    private static Task<HostedRoom> StartAsync(IRoomLog log, IPersonaAdapterFactory factory, IEnumerable<PersonaPlan> plans) => HostedRoom.StartAsync(
        new() { Room = Room, Rules = EveryoneAnswersPeople, Plans = [.. plans], Factory = factory, Log = log }, TestEnds);

    private static async Task<IReadOnlyList<RoomEvent>> EventsAsync(IRoomLog log)
    {
        var all = new List<RoomEvent>();
        await foreach (var events in log.ReadAsync(Room, TestEnds))
        {
            all.AddRange(events);
        }

        return all;
    }

    private static async Task<Message[]> RepliesAsync(IRoomLog log) =>
        [.. (await EventsAsync(log)).OfType<TurnClosed>().Select(c => c.Reply).OfType<Message>()];
}
