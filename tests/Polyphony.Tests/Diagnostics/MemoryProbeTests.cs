using Polyphony.Diagnostics;
using Polyphony.Inference;
using Polyphony.Memory;
using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Tests.Rooms;
using Polyphony.Tests.Turns;

namespace Polyphony.Tests.Diagnostics;

/// <summary>The probes of memory, driven through a live room with real loops.</summary>
public sealed class MemoryProbeTests
{
    private static readonly RoomRules Everybody = new() { Floor = Polyphony.Floor.Everyone.PolicyName, OfferPersonaMessages = false };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task Recall_admission_and_preparation_leave_numbers_and_ids_and_nothing_that_was_said()
    {
        var model = new ScriptedChatClient(ScriptedAnswer.Text("PASS"), ScriptedAnswer.Text("PASS"), ScriptedAnswer.Text("PASS"));
        var card = Cast.Card("Mira");
        var onlyTheNewest = new PersonaPlan(card, new ProfileResult.Built(Cast.Profile(card) with { HistoryMessages = 1 }));
        await using var watched = await Watched.StartAsync("remembered", ScriptedAdapterFactory.Sharing(model), [onlyTheNewest], Everybody, memory: new());
        await watched.SayAsync("the greenhouse key hangs behind the clock");
        await watched.Hosted.WhenSettledAsync(TestEnds);
        await watched.SayAsync("ok");
        await watched.Hosted.WhenSettledAsync(TestEnds);
        await watched.SayAsync("where is the greenhouse key?");
        await watched.Hosted.WhenSettledAsync(TestEnds);
        var seen = await watched.EndAsync();

        foreach (var record in seen)
        {
            record.MustFitTheTaxonomy();
        }

        var recalls = seen.Of(ProbeClasses.TurnRecall);
        recalls.Select(r => r.Field("count")).ShouldBe([0, 0, 1]);
        (recalls[2].Field("ids"), recalls[2].Field("prepared_for")).ShouldBe(("e1", 2L));
        recalls[2].Field("top_score").ShouldBeOfType<double>().ShouldBeGreaterThan(0);
        seen.Of(ProbeClasses.TurnAdmit).Select(r => r.Field("count")).ShouldBe([1, 1, 1]);
        var prepared = seen.Of(ProbeClasses.MemoryPrepare)[^1];
        (prepared.Room, prepared.Field("personas"), prepared.Field("engrams")).ShouldBe(("remembered", 1, 2L));
        seen.ShouldAllBe(r => !r.Message.Contains("greenhouse") && r.Fields.All(f => !f.Value.ToString()!.Contains("greenhouse")));
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_store_that_fails_is_a_fault_and_the_turn_goes_on()
    {
        await using var watched = await Watched.StartAsync(
            "faulted", ScriptedAdapterFactory.Sharing(new ScriptedChatClient(ScriptedAnswer.Text("hello, Hana"))), [Cast.Plan("Mira")], Everybody, memory: new() { Store = new BrokenStore() });
        await watched.SayAsync("the greenhouse key hangs behind the clock");
        await watched.Hosted.WhenSettledAsync(TestEnds);
        var seen = await watched.EndAsync();

        var fault = seen.Of(ProbeClasses.MemoryFault)[0];
        (fault.Room, fault.Field("fault_kind"), fault.Field("error_type")).ShouldBe(("faulted", "Store", "EngramStoreException"));
        seen.Of(ProbeClasses.TurnSpoke).Count.ShouldBe(1);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_persona_reflects_with_its_own_model_once_enough_has_come()
    {
        var model = new ScriptedChatClient([.. Enumerable.Repeat(ScriptedAnswer.Text("PASS"), 8), ScriptedAnswer.Text("""{"conclusions":["Hana hides a key in every single drawer."]}""")]);
        await using var watched = await Watched.StartAsync(
            "thoughtful", ScriptedAdapterFactory.Sharing(model), [Cast.Plan("Mira")], Everybody, memory: new() { Reflects = true, ReflectAfter = 8 });
        for (var i = 0; i < 8; i++)
        {
            await watched.SayAsync($"{(char)('a' + i)} key of sort {i} lies in drawer {i * 7}");
            await watched.Hosted.WhenSettledAsync(TestEnds);
        }

        await watched.Hosted.Memory!.Reflection;
        await watched.Hosted.WhenSettledAsync(TestEnds);

        var last = (await watched.Hosted.Memory.ListAsync(new("persona:mira")))[^1].Engram;
        (last.Kind, last.Content, last.Trust).ShouldBe((EngramKind.SelfReflection, "Hana hides a key in every single drawer.", EngramTrust.Own));
        last.Origin.ShouldBeOfType<EngramOrigin.Reflected>().From.Count.ShouldBe(8);
        watched.Hosted.Memory.Counts.Faults.ShouldBe(0);
    }

    [Theory(Timeout = LiveRoom.Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reflection_that_fails_is_one_fault_and_the_room_talks_on(bool throws)
    {
        var broken = throws ? ScriptedAnswer.Fails("the server is down") : ScriptedAnswer.Text("I would rather not say.");
        var model = new ScriptedChatClient([.. Enumerable.Repeat(ScriptedAnswer.Text("PASS"), 8), broken, ScriptedAnswer.Text("hello, Hana")]);
        await using var watched = await Watched.StartAsync(
            "thoughtless", ScriptedAdapterFactory.Sharing(model), [Cast.Plan("Mira")], Everybody, memory: new() { Reflects = true, ReflectAfter = 8 });
        for (var i = 0; i < 8; i++)
        {
            await watched.SayAsync($"{(char)('a' + i)} key of sort {i} lies in drawer {i * 7}");
            await watched.Hosted.WhenSettledAsync(TestEnds);
        }

        await watched.Hosted.Memory!.Reflection;
        await watched.SayAsync("where are all the keys of the house?");
        await watched.Hosted.WhenSettledAsync(TestEnds);
        var (counts, all) = (watched.Hosted.Memory.Counts, await watched.Hosted.Memory.ListAsync(new("persona:mira")));
        var seen = await watched.EndAsync();

        var fault = seen.Of(ProbeClasses.MemoryFault).ShouldHaveSingleItem();
        (fault.Field("fault_kind"), fault.Persona).ShouldBe(("Reflection", "Mira"));
        (counts.Faults, counts.Reflections).ShouldBe((1, 0));
        all.ShouldAllBe(e => e.Engram.Kind == EngramKind.Episodic);
        seen.Of(ProbeClasses.TurnSpoke).Count.ShouldBe(1);
    }

    private sealed class BrokenStore : IEngramStore
    {
        public ValueTask<StoredMemory> LoadAsync(RoomId room, string? embeddingModel, CancellationToken cancellationToken) => ValueTask.FromResult(StoredMemory.Empty);

        public ValueTask SaveAsync(RoomId room, EngramChanges changes) => throw new EngramStoreException("the disk is full");

        public IEngramIndex IndexOf(RoomId room) => new InMemoryEngramIndex();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
