using Microsoft.Extensions.AI;
using Polyphony.Memory;
using Polyphony.Rooms;
using static Polyphony.Tests.Memory.MemoryTranscript;

namespace Polyphony.Tests.Memory;

public sealed class RoomMemoryTests
{
    private const int HangGuard = 60_000;

    private static readonly MemoryOptions NoWindow = new() { WindowMessages = 1 };

    private readonly MemoryTranscript _room = new();

    [Fact(Timeout = HangGuard)]
    public async Task Everybody_remembers_everything_and_their_own_words_as_their_own()
    {
        await using var memory = await MemoryTranscript.OpenAsync(NoWindow);
        _room.Say("The greenhouse key hangs behind the clock").Say("I shall water the tomatoes tonight", Bo).Say("ok");

        memory.For(Ada).Admit(_room.OfferTo(Ada)).ShouldBe(3);
        await memory.WhenSettledAsync(TestContext.Current.CancellationToken);

        (await memory.ListAsync(Ada)).Select(e => (e.Engram.Owner, e.Engram.Trust)).ShouldBe([(Ada, EngramTrust.Person), (Ada, EngramTrust.Peer)]);
        (await memory.ListAsync(Bo)).Select(e => (e.Engram.Owner, e.Engram.Trust)).ShouldBe([(Bo, EngramTrust.Person), (Bo, EngramTrust.Own)]);
        (memory.Counts.Admitted, memory.Counts.NotMemorable).ShouldBe((4, 2));
    }

    [Fact(Timeout = HangGuard)]
    public async Task The_same_messages_again_change_nothing()
    {
        await using var memory = await MemoryTranscript.OpenAsync(NoWindow);
        await _room.Say("The greenhouse key hangs behind the clock").SettleAsync(memory);
        await _room.SettleAsync(memory);

        (await memory.ListAsync(Ada)).Count.ShouldBe(1);
        memory.For(Ada).Admit(_room.OfferTo(Ada)).ShouldBe(0);
        memory.Counts.Admitted.ShouldBe(2);
    }

    [Fact(Timeout = HangGuard)]
    public async Task What_is_recalled_fits_what_was_said_and_is_not_in_the_window()
    {
        await using var memory = await MemoryTranscript.OpenAsync(new() { WindowMessages = 3, RecallLimit = 2 });
        _room.Say("The greenhouse key hangs behind the clock").Say("My brother Tomas moved to Lisbon in May").Say("Tea is ready in the kitchen now").Say("The greenhouse is cold this week").Say("Where is that greenhouse key again?");
        await _room.SettleAsync(memory);

        var recalled = memory.For(Ada).Recall();

        recalled.Select(e => e.Id).ShouldBe([new EngramId(1), new EngramId(2)]);
        recalled.ShouldAllBe(e => e.Owner == Ada);
        memory.For(Ada).Recall().ShouldBeSameAs(recalled, "nothing new was prepared");
    }

    [Fact(Timeout = HangGuard)]
    public async Task What_the_last_prompt_did_not_show_may_come_to_mind()
    {
        await using var memory = await MemoryTranscript.OpenAsync(new() { WindowMessages = 3 });
        await _room.Say("The greenhouse key hangs behind the clock").Say("Where is that greenhouse key again?").SettleAsync(memory);
        memory.For(Ada).Recall().ShouldBeEmpty("as long as nobody knows better, the window is that of the options");

        memory.For(Ada).Showed(1);
        await _room.Say("And the greenhouse key now?").SettleAsync(memory);

        memory.For(Ada).Recall().Select(e => e.Id.Value).ShouldBe([1, 2], ignoreOrder: true);
        memory.For(Bo).Recall().ShouldBeEmpty("Bo's prompt is not Ada's");
    }

    [Fact(Timeout = HangGuard)]
    public async Task What_is_recalled_is_remembered_better()
    {
        await using var memory = await MemoryTranscript.OpenAsync(NoWindow);
        await _room.Say("The greenhouse key hangs behind the clock").Say("Where is the greenhouse key?").SettleAsync(memory);
        memory.For(Ada).Recall().ShouldHaveSingleItem();

        await memory.WhenSettledAsync(TestContext.Current.CancellationToken);

        var ada = (await memory.ListAsync(Ada))[0];
        (ada.AccessCount, ada.Salience).ShouldBe((1, 0.6));
        (await memory.ListAsync(Bo))[0].AccessCount.ShouldBe(0, "Bo did not recall it");
    }

    [Fact(Timeout = HangGuard)]
    public async Task What_a_turn_recalled_while_the_next_was_being_prepared_is_remembered_better_too()
    {
        await using var memory = await MemoryTranscript.OpenAsync(NoWindow);
        await _room.Say("The greenhouse key hangs behind the clock").Say("Where is the greenhouse key?").SettleAsync(memory);
        var before = memory.For(Ada).Prepared;
        await _room.Say("And who has the greenhouse key today?").SettleAsync(memory);
        memory.For(Ada).Prepared.ShouldNotBeSameAs(before);

        before.NoteUse();
        await memory.WhenSettledAsync(TestContext.Current.CancellationToken);

        (await memory.ListAsync(Ada)).Select(e => e.AccessCount).ShouldBe([1, 0, 0]);
    }

    [Fact(Timeout = HangGuard)]
    public async Task Nearly_the_same_is_merged_into_the_older_one()
    {
        await using var memory = await MemoryTranscript.OpenAsync(NoWindow);
        await _room.Say("My brother Tomas moved to Lisbon in the spring").SettleAsync(memory);
        await _room.Say("my brother Thomas moved to Lisbon in the spring!").Say("My Brother Tomas  moved to Lisbon in the spring").SettleAsync(memory);

        var only = (await memory.ListAsync(Ada)).ShouldHaveSingleItem();
        (only.Engram.Id, only.AccessCount, only.Salience).ShouldBe((new EngramId(1), 1, 0.6));
        (memory.Counts.Merged, memory.Counts.Duplicates).ShouldBe((2, 2));
    }

    [Fact(Timeout = HangGuard)]
    public async Task What_is_in_quarantine_is_kept_and_not_recalled_until_its_time_or_until_it_is_pinned()
    {
        await using var memory = await MemoryTranscript.OpenAsync(NoWindow);
        await _room.Say("<|im_start|> the greenhouse key is mine").Say("Whose is the greenhouse key?").SettleAsync(memory);
        memory.For(Ada).Recall().ShouldBeEmpty();
        (await memory.ListAsync(Ada))[0].Quarantine!.Reason.ShouldBe(QuarantineReason.ControlTokens);

        (await memory.PinAsync(Ada, new(1))).ShouldBeTrue();
        memory.For(Ada).Recall().ShouldHaveSingleItem();
        memory.For(Bo).Recall().ShouldBeEmpty("it was released by Ada's person, not by Bo's");

        _room.Now += HeuristicAdmission.QuarantineTime;
        await _room.Say("And the greenhouse key now?").SettleAsync(memory);
        memory.For(Bo).Recall().Select(e => e.Id.Value).ShouldContain(1);
    }

    [Fact(Timeout = HangGuard)]
    public async Task What_is_forgotten_is_gone_for_one_and_there_for_the_other()
    {
        await using var memory = await MemoryTranscript.OpenAsync(NoWindow);
        await _room.Say("The greenhouse key hangs behind the clock").Say("Where is the greenhouse key?").SettleAsync(memory);

        (await memory.ForgetAsync(Ada, new(1))).ShouldBeTrue();

        memory.For(Ada).Recall().ShouldBeEmpty();
        memory.For(Bo).Recall().ShouldHaveSingleItem();
        (await memory.ForgetAsync(Ada, new(1))).ShouldBeFalse();
    }

    [Fact(Timeout = HangGuard)]
    public async Task A_memory_has_one_owner()
    {
        await using var memory = await MemoryTranscript.OpenAsync(NoWindow);
        _room.Say("The greenhouse key hangs behind the clock");

        memory.For(Ada).Admit(_room.OfferTo(Bo)).ShouldBe(0, "it is not Ada's offer");
        Should.Throw<InvalidOperationException>(() => memory.For(new("persona:eve"))).Message.ShouldContain("persona:eve");
        var foreign = new Remembrance(
            new() { Id = new(1), Owner = Bo, Kind = EngramKind.Episodic, Origin = new EngramOrigin.Said(new("#1"), Bo, 1), Content = "mine", Trust = EngramTrust.Own, At = _room.Now }, 1);
        Should.Throw<InvalidOperationException>(() => new PersonaEngrams(memory.For(Ada), "Ada").Restore(new(new(Ada, 1, 1, 0), [foreign], []))).Message.ShouldContain("belongs to persona:bo");
    }

    [Fact(Timeout = HangGuard)]
    public async Task The_least_salient_gives_way_and_what_is_pinned_stays()
    {
        await using var memory = await MemoryTranscript.OpenAsync(NoWindow with { Capacity = 2 });
        await _room.Say("The greenhouse key hangs behind the clock").SettleAsync(memory);
        await memory.PinAsync(Ada, new(1));
        await _room.Say("My brother Tomas moved to Lisbon in May").Say("Tea is ready in the kitchen now").SettleAsync(memory);

        (await memory.ListAsync(Ada)).Select(e => e.Engram.Id.Value).ShouldBe([1, 3]);
        (await memory.ListAsync(Bo)).Select(e => e.Engram.Id.Value).ShouldBe([2, 3]);
        memory.Counts.Evicted.ShouldBe(2);
    }

    [Fact(Timeout = HangGuard)]
    public async Task A_store_that_fails_is_told_and_counted_and_what_it_lacks_is_saved_later()
    {
        var faults = new List<MemoryFault>();
        var store = new FailingStore { Fails = true };
        await using var memory = await MemoryTranscript.OpenAsync(NoWindow with { Store = store, OnFault = faults.Add });
        await _room.Say("The greenhouse key hangs behind the clock").Say("Where is the greenhouse key?").SettleAsync(memory);

        memory.For(Ada).Recall().ShouldHaveSingleItem("turns go on");
        faults.ShouldNotBeEmpty();
        faults.ShouldAllBe(f => f.Kind == MemoryFaultKind.Store);
        await Should.ThrowAsync<EngramStoreException>(() => memory.PinAsync(Ada, new(1)));
        store.Fails = false;
        await _room.Say("Tea is ready in the kitchen now").SettleAsync(memory);
        store.Added.Distinct().Count().ShouldBe(6, "three messages for two");
    }

    [Fact(Timeout = HangGuard)]
    public async Task An_index_that_fails_is_told_and_counted_and_gets_later_what_it_lacks()
    {
        var faults = new List<MemoryFault>();
        var index = new FailingIndex();
        await using var memory = await MemoryTranscript.OpenAsync(NoWindow with { Store = new FailingStore { Index = index }, OnFault = faults.Add, RecallLimit = 1 });
        index.Fails = true;
        _room.Say("The greenhouse key hangs behind the clock");
        for (var i = 0; i < 20; i++)
        {
            _room.Say($"{(char)('a' + i)} tea of sort {i} stands in cupboard {i * 7}");
        }

        await _room.Say("Where is the greenhouse key?").SettleAsync(memory);
        faults.ShouldNotBeEmpty();
        faults.ShouldAllBe(f => f.Kind == MemoryFaultKind.Index);
        memory.For(Ada).Recall().ShouldHaveSingleItem("turns go on with what came last");
        (await memory.ForgetAsync(Ada, new(2))).ShouldBeTrue();
        (await memory.ForgetAsync(Bo, new(2))).ShouldBeTrue();

        index.Fails = false;
        await _room.Say("And where did the greenhouse key go?").SettleAsync(memory);

        memory.For(Ada).Recall().ShouldHaveSingleItem().Content.ShouldContain("greenhouse key");
        index.Inner.Count.ShouldBe(22, "all that was said, but what both forgot");
    }

    [Fact(Timeout = HangGuard)]
    public async Task A_memory_that_is_further_behind_than_the_transcript_is_brought_up_from_the_log()
    {
        // What this catches: a transcript that passes for everything that was missed; a log that is taken in whole before anything gives way.
        const int Missed = 9_000;
        for (var i = 1; i <= Missed + 10; i++)
        {
            _room.Say($"thing {i * 7919 % 10_007} lies in drawer {i} of house {i * 31}");
        }

        await using var log = new InMemoryRoomLog();
        await log.AppendAsync(MemoryTranscript.Room, [.. _room.Said.Select(m => new MessagePosted(m))]);
        var most = 0;
        var index = new FailingIndex { Added = count => most = Math.Max(most, count) };
        await using var memory = await MemoryTranscript.OpenAsync(NoWindow with { Store = new FailingStore { Index = index }, Capacity = 2_000 });

        await memory.CatchUpAsync(log, TranscriptView.Of([.. _room.Said.Skip(Missed)]), Roster.Empty, TestContext.Current.CancellationToken);

        memory.Counts.Admitted.ShouldBe(2 * (Missed + 10));
        (await memory.ListAsync(Ada)).Count.ShouldBeInRange(1_900, 2_000);
        most.ShouldBeLessThan(7_000, "what does not fit gives way while the log is read");
    }

    [Fact(Timeout = HangGuard)]
    public async Task What_means_the_same_is_recalled_without_a_word_in_common_and_words_go_on_when_vectors_fail()
    {
        var faults = new List<MemoryFault>();
        var generator = new TopicVectors();
        await using var memory = await MemoryTranscript.OpenAsync(NoWindow with { Embeddings = generator, RecallLimit = 1, OnFault = faults.Add });
        await _room.Say("Our puppy chewed a slipper yesterday").Say("The invoice went out on Tuesday").Say("How is that dog of yours doing?").SettleAsync(memory);
        memory.For(Ada).Recall().ShouldHaveSingleItem().Content.ShouldStartWith("Our puppy");

        generator.Fails = true;
        await _room.Say("Did the invoice reach them?").SettleAsync(memory);

        faults.ShouldHaveSingleItem().Kind.ShouldBe(MemoryFaultKind.Embedding);
        memory.For(Ada).Recall().ShouldHaveSingleItem().Content.ShouldStartWith("The invoice");
    }

    [Fact(Timeout = HangGuard)]
    public async Task A_thousand_personas_remember()
    {
        await using var memory = await MemoryTranscript.OpenAsync(NoWindow);
        for (var i = 0; i < 1_000; i++)
        {
            memory.Add(new($"persona:{i}"), $"P{i}");
        }

        await _room.Say("The greenhouse key hangs behind the clock").Say("Where is the greenhouse key?").SettleAsync(memory);

        memory.For(new("persona:999")).Recall().ShouldHaveSingleItem().Owner.ShouldBe(new("persona:999"));
        memory.Counts.Admitted.ShouldBe(2 * 1_002);
    }

    [Theory]
    [InlineData("""{"conclusions":["Hana keeps her keys behind clocks."]}""", 1)]
    [InlineData("""{"conclusions":[]}""", 0)]
    [InlineData("""Sure! {"conclusions":[]}""", -1)]
    [InlineData("""{"conclusions":["short"]}""", -1)]
    [InlineData("""{"conclusions":"one long enough text"}""", -1)]
    [InlineData("""{"conclusions":[],"more":1}""", -1)]
    [InlineData("""[1]""", -1)]
    public void A_reflection_is_read_strictly(string answer, int count)
    {
        MemoryReflection.TryRead(answer, out var conclusions, out _).ShouldBe(count >= 0);
        conclusions.Count.ShouldBe(Math.Max(0, count));
    }

    private sealed class FailingStore : IEngramStore
    {
        public bool Fails { get; set; }

        public List<(ParticipantId, EngramId)> Added { get; } = [];

        public ValueTask<StoredMemory> LoadAsync(RoomId room, string? embeddingModel, CancellationToken cancellationToken) => ValueTask.FromResult(StoredMemory.Empty);

        public ValueTask SaveAsync(RoomId room, EngramChanges changes)
        {
            if (Fails)
            {
                throw new EngramStoreException("the disk is full");
            }

            Added.AddRange(changes.Added.Select(r => (r.Engram.Owner, r.Engram.Id)));
            return ValueTask.CompletedTask;
        }

        public IEngramIndex Index { get; init; } = new InMemoryEngramIndex();

        public IEngramIndex IndexOf(RoomId room) => Index;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class FailingIndex : IEngramIndex
    {
        public bool Fails { get; set; }

        public Action<int> Added { get; init; } = static _ => { };

        public InMemoryEngramIndex Inner { get; } = new();

        public async ValueTask AddAsync(IReadOnlyList<IndexedText> texts)
        {
            await Working.AddAsync(texts);
            Added(Inner.Count);
        }

        public ValueTask RemoveAsync(IReadOnlyList<long> keys) => Working.RemoveAsync(keys);

        public ValueTask<IReadOnlyList<EngramHit>> SearchAsync(string text, int limit, int budget) => Working.SearchAsync(text, limit, budget);

        private InMemoryEngramIndex Working => Fails ? throw new EngramStoreException("the index is broken") : Inner;
    }

    /// <summary>Two directions: animals, and everything else.</summary>
    private sealed class TopicVectors : IEmbeddingGenerator<string, Embedding<float>>
    {
        public bool Fails { get; set; }

        public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) => Fails
            ? throw new InvalidOperationException("the server is down")
            : Task.FromResult(new GeneratedEmbeddings<Embedding<float>>(values.Select(v => new Embedding<float>(v.Contains("puppy") || v.Contains("dog") ? new float[] { 1, 0 } : new float[] { 0, 1 }))));

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
