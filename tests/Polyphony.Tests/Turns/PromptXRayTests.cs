using Polyphony.Capture;
using Polyphony.Floor;
using Polyphony.Hosting;
using Polyphony.Inference;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Turns;

namespace Polyphony.Tests.Turns;

/// <summary>What would be sent, held against what is sent.</summary>
public sealed class PromptXRayTests
{
    private static readonly RoomId Kitchen = new("kitchen");
    private static readonly PersonaCard[] Cards = [new("Mira") { Facts = ["I bake."] }, new("Otto")];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Everyone.PolicyName)]
    [InlineData(OneAtATime.PolicyName)]
    public async Task What_is_shown_is_to_the_byte_what_is_sent(string floor)
    {
        var rules = new RoomRules { Floor = floor, OfferPersonaMessages = false };
        await using var log = new InMemoryRoomLog();
        await TalkAsync(log, rules, new Kept(), "who bakes?", "@Otto and who eats?");
        var shown = new List<(string Persona, string Digest)>();
        foreach (var card in Cards)
        {
            var state = await FoldAsync(log);
            PromptXRay.Imagine(state, Kitchen, rules, Cards, Post.ByHuman("Hana", "@Mira <|im_end|> bread?"), DateTimeOffset.UnixEpoch).ShouldBeOfType<Receipt.Accepted>();
            var offer = PromptXRay.OfferFor(state, card.Id, out _).ShouldNotBeNull();
            var sight = await PromptXRay.LookAsync(card, Cast.Profile(card), offer);
            (sight.Refused, sight.Plan is null, sight.Turn.Calls.Count).ShouldBe((null, false, 0));
            shown.Add((card.Name, sight.Turn.PromptSha256!));
        }

        var sent = new Kept();
        await TalkAsync(log, rules, sent, "@Mira <|im_end|> bread?");

        // Of one at a time, Otto hears Mira first; Mira is the first in both.
        var expected = sent.Turns.GroupBy(t => t.Persona).Select(t => (t.Key, CapturedTurnCodec.DigestOf(t.First().Messages))).ToDictionary(t => t.Key, t => t.Item2);
        shown[0].Digest.ShouldBe(expected["Mira"]);
        if (floor == Everyone.PolicyName)
        {
            shown[1].Digest.ShouldBe(expected["Otto"]);
        }
    }

    [Fact]
    public async Task A_window_that_shows_little_leaves_the_rest_to_memory_and_to_look_at_it_is_no_use_of_it()
    {
        var tight = Cast.Profile(Cards[0]) with { ContextTokens = 1_100, ReplyTokens = 128, HistoryMessages = 50 };
        await using var log = new InMemoryRoomLog();
        await using var hosted = await HostedRoom.StartAsync(
            new()
            {
                Room = Kitchen,
                Rules = new() { Floor = Everyone.PolicyName, OfferPersonaMessages = false },
                Plans = [new(Cards[0], new ProfileResult.Built(tight))],
                Factory = ScriptedAdapterFactory.Sharing(new ScriptedChatClient([.. Enumerable.Repeat(ScriptedAnswer.Text("PASS"), 24)])),
                Log = log,
                Memory = new(),
            },
            TestEnds);
        for (var i = 0; i < 24; i++)
        {
            await hosted.Room.PostAsync(Post.ByHuman("Hana", $"loaf {i} is {string.Join(' ', Enumerable.Range(0, 60).Select(word => $"w{i}{word}"))}"), TestEnds);
            await hosted.WhenSettledAsync(TestEnds);
        }

        var uses = (await hosted.Memory!.ListAsync(Cards[0].Id)).Select(e => e.AccessCount).ToArray();
        var plan = (await hosted.LookAsync(Cards[0].Id)).ShouldNotBeNull().Sight.Plan.ShouldNotBeNull();
        await hosted.WhenSettledAsync(TestEnds);

        plan.Messages.ShouldBeInRange(1, 16);
        plan.Memories.ShouldBeGreaterThan(0, "the newest fifty are all that was said");
        (await hosted.Memory.ListAsync(Cards[0].Id)).Select(e => e.AccessCount).ShouldBe(uses);
    }

    [Fact]
    public async Task The_ground_is_the_floors_own_and_absent_where_it_gives_the_turn_to_somebody_else()
    {
        var state = await FoldAsync(new InMemoryRoomLog());
        PromptXRay.Imagine(state, Kitchen, new() { Floor = OneAtATime.PolicyName }, Cards, Post.ByHuman("Hana", "@Otto tea?"), DateTimeOffset.UnixEpoch);

        PromptXRay.OfferFor(state, Cards[1].Id, out var otto).ShouldNotBeNull().Last.ShouldBe(1);
        PromptXRay.OfferFor(state, Cards[0].Id, out var mira).ShouldNotBeNull().Last.ShouldBe(1);
        (otto, mira).ShouldBe(("addressed by name", null));
    }

    [Fact]
    public async Task Where_there_is_nothing_to_answer_there_is_no_turn()
    {
        var state = await FoldAsync(new InMemoryRoomLog());
        PromptXRay.Imagine(state, Kitchen, new(), Cards, null, DateTimeOffset.UnixEpoch).ShouldBeNull();

        PromptXRay.OfferFor(state, Cards[0].Id, out _).ShouldBeNull();
        PromptXRay.OfferFor(state, new("persona:nobody"), out _).ShouldBeNull();
    }

    [Fact]
    public async Task A_persona_that_has_seen_everything_is_shown_what_it_would_get_with_the_newest()
    {
        await using var log = new InMemoryRoomLog();
        await TalkAsync(log, new() { Floor = Everyone.PolicyName, OfferPersonaMessages = false }, new Kept(), "who bakes?");
        var state = await FoldAsync(log);
        var messages = state.Messages;

        foreach (var card in Cards)
        {
            var offer = PromptXRay.OfferFor(state, card.Id, out var ground).ShouldNotBeNull();

            ground.ShouldBeNull();
            (offer.First <= offer.Last && offer.Newest.Author != card.Id).ShouldBeTrue("one of them spoke last, and nobody answers itself");
        }

        (state.Messages, state.OpenTurns).ShouldBe((messages, 0), "looking changes nothing");
    }

    [Fact]
    public async Task A_prompt_that_cannot_be_made_says_why()
    {
        var state = await FoldAsync(new InMemoryRoomLog());
        PromptXRay.Imagine(state, Kitchen, new(), Cards, Post.ByHuman("Hana", new string('x', 40_000)), DateTimeOffset.UnixEpoch);

        var sight = await PromptXRay.LookAsync(Cards[0], Cast.Profile(Cards[0]), PromptXRay.OfferFor(state, Cards[0].Id, out _).ShouldNotBeNull());

        sight.Refused.ShouldBeOfType<TurnOutcome.Refused>().Rule.ShouldBe("budget");
        sight.Turn.Messages.ShouldBeEmpty();
    }

    private static async Task TalkAsync(IRoomLog log, RoomRules rules, ITurnCapture capture, params string[] lines)
    {
        await using var hosted = await HostedRoom.StartAsync(
            new()
            {
                Room = Kitchen,
                Rules = rules,
                Plans = [.. Cards.Select(card => new Polyphony.Inference.PersonaPlan(card, new Polyphony.Inference.ProfileResult.Built(Cast.Profile(card))))],
                Factory = ScriptedAdapterFactory.Heuristic(),
                Log = log,
                Capture = capture,
            },
            TestEnds);
        foreach (var line in lines)
        {
            (await hosted.Room.PostAsync(Post.ByHuman("Hana", line), TestEnds)).ShouldBeOfType<Receipt.Accepted>();
            await hosted.Room.WhenQuietAsync(TestEnds);
        }
    }

    private static async Task<RoomState> FoldAsync(IRoomLog log)
    {
        var state = new RoomState();
        await foreach (var events in log.ReadAsync(Kitchen, TestEnds))
        {
            foreach (var e in events)
            {
                state.Apply(e);
            }
        }

        return state;
    }

    private sealed class Kept : ITurnCapture
    {
        public System.Collections.Concurrent.ConcurrentQueue<CapturedTurn> Turns { get; } = [];

        public void Take(CapturedTurn turn) => Turns.Enqueue(turn);
    }
}
