using Microsoft.Extensions.Logging;
using Polyphony.Diagnostics;
using Polyphony.Floor;
using Polyphony.Inference;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Tests.Rooms;
using Polyphony.Tests.Turns;
using static Polyphony.Diagnostics.ProbeClasses;

namespace Polyphony.Tests.Diagnostics;

/// <summary>Each class of probe, driven through the seam where it stands: a live room with real loops.</summary>
public sealed class ProbeSeamTests
{
    private static readonly RoomRules Everybody = new() { Floor = Everyone.PolicyName, OfferPersonaMessages = false };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_turn_that_spoke_leaves_every_stage_with_typed_fields()
    {
        await using var watched = await Watched.StartAsync("spoke", ScriptedAdapterFactory.Sharing(new ScriptedChatClient(ScriptedAnswer.Text("hello, Hana"))), [Cast.Plan("Mira")], Everybody);
        await watched.SayAsync("@Mira hello");
        await watched.Hosted.Room.WhenQuietAsync(TestEnds);
        var seen = await watched.EndAsync();

        foreach (var record in seen)
        {
            record.MustFitTheTaxonomy();
        }

        var start = seen.One(TurnStart);
        (start.Room, start.Turn, start.Persona, start.Seq).ShouldBe(("spoke", "t1", "Mira", 1));
        (start.Field("attempt"), start.Field("first"), start.Field("text_len")).ShouldBe((1, 1L, 11));
        start.Field("peer_id").ShouldBeNull("a person's id may say anything");
        start.Field("wait_us").ShouldBeOfType<double>().ShouldBeGreaterThan(0);
        seen.One(TurnRecall).Field("count").ShouldBe(0);
        seen.One(TurnAdmit).Field("count").ShouldBe(0, "memory is off");
        var compose = seen.One(TurnCompose);
        (compose.Field("messages"), compose.Field("window_tokens"), compose.Field("reply_tokens")).ShouldBe((1L, 8192, 512));
        (seen.One(ResponseEnter).Field("message_text_len"), seen.One(ResponseEnter).Field("persona_id")).ShouldBe((11, "persona:mira"));
        var assemble = seen.One(PromptAssemble);
        (assemble.Field("message_count"), assemble.Field("multi_party_strategy"), assemble.Field("token_counter")).ShouldBe((3, "name-prefixed", "bytes/4"));
        (assemble.Field("matched_angle_present"), assemble.Field("engrams_count"), assemble.Field("social_signals_present"), assemble.Field("voice_mode")).ShouldBe((false, 0, false, false));
        assemble.Field("system_message_len").ShouldBeOfType<int>().ShouldBeGreaterThan(500);
        assemble.Field("estimated_tokens").ShouldBe(seen.One(TurnCompose).Field("estimated_tokens"));
        assemble.Field("cue_tokens").ShouldBe(0);
        assemble.Field("depth_tokens").ShouldBeOfType<int>().ShouldBeGreaterThan(10);
        seen.One(ResponsePrompt).Field("model").ShouldBe(Cast.Model);
        var enter = seen.One(GenerateEnter);
        (enter.Field("model"), enter.Field("msg_count"), enter.Field("max_tokens"), enter.Field("has_system_prompt"), enter.Field("parts_image"), enter.Field("parts_audio"))
            .ShouldBe((Cast.Model, 3, 512, true, 0, 0));
        var exit = seen.One(GenerateExit);
        (exit.Field("text_len"), exit.Field("tokens_estimated")).ShouldBe((11, true));
        exit.Field("tokens_out").ShouldBeOfType<long>().ShouldBeGreaterThan(0);
        exit.Field("tok_per_sec").ShouldBeOfType<double>().ShouldBeGreaterThan(0);
        seen.One(ResponseRaw).Field("raw_text_len").ShouldBe(11);
        seen.One(ResponseSpoke).Field("visible_text_len").ShouldBe(11);
        seen.One(TurnMetrics).Field("latency_ms").ShouldBeOfType<double>();
        var spoke = seen.One(TurnSpoke);
        (spoke.Field("response_len"), spoke.Field("reply_seq")).ShouldBe((11, 2L));
        foreach (var field in (string[])["turn_duration_ms", "recall_ms", "admit_ms", "compose_ms", "assemble_ms", "respond_ms", "check_ms", "say_ms"])
        {
            spoke.Field(field).ShouldBeOfType<double>().ShouldBeGreaterThanOrEqualTo(0, field);
        }

        spoke.Message.ShouldBe("Mira spoke in t1, 11 characters");
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_turn_that_passed_is_silent_and_the_models_words_stay_out()
    {
        await using var watched = await Watched.StartAsync("silent", ScriptedAdapterFactory.Sharing(new ScriptedChatClient(ScriptedAnswer.Text("PASS: Hana told me a secret"))), [Cast.Plan("Mira")], Everybody);
        await watched.SayAsync("a secret");
        await watched.Hosted.Room.WhenQuietAsync(TestEnds);
        var seen = await watched.EndAsync();

        var silent = seen.One(TurnSilent);
        (silent.Field("outcome"), silent.Field("rule"), silent.Field("reason")).ShouldBe(("passed", "", "the model chose silence"));
        seen.One(ResponseSilent).Field("raw_text").ShouldBeNull();
        seen.ShouldAllBe(r => !r.Message.Contains("secret") && r.Fields.All(f => !f.Value.ToString()!.Contains("secret")));
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task The_embedded_mind_gives_its_own_reason()
    {
        var card = new PersonaCard("Mira");
        var plan = new PersonaPlan(card, new ProfileResult.Built(Cast.Profile(card, model: CardChatClient.Name)));
        await using var watched = await Watched.StartAsync("card", ScriptedAdapterFactory.Custom(_ => new CardChatClient(card)), [plan], Everybody);
        await watched.SayAsync("the weather in Lisbon is fine");
        await watched.Hosted.Room.WhenQuietAsync(TestEnds);

        var silent = (await watched.EndAsync()).One(TurnSilent);
        silent.Field("reason").ShouldBeOfType<string>().ShouldNotBe("the model chose silence");
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task With_content_on_the_records_hold_what_was_said()
    {
        await using var watched = await Watched.StartAsync(
            "content", ScriptedAdapterFactory.Sharing(new ScriptedChatClient(ScriptedAnswer.Text("blue, I think"))), [Cast.Plan("Mira")], Everybody, content: true);
        await watched.SayAsync("which colour?");
        await watched.Hosted.Room.WhenQuietAsync(TestEnds);
        var seen = await watched.EndAsync();

        foreach (var record in seen)
        {
            record.MustFitTheTaxonomy(content: true);
        }

        seen.One(ResponseEnter).Field("message_text").ShouldBe("which colour?");
        seen.One(ResponsePrompt).Field("system_message").ShouldBeOfType<string>().ShouldContain("You are Mira");
        seen.One(ResponsePrompt).Field("messages").ShouldBeOfType<string>().ShouldContain("which colour?");
        seen.One(ResponseRaw).Field("raw_text").ShouldBe("blue, I think");
        seen.One(ResponseSpoke).Field("visible_text").ShouldBe("blue, I think");
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_failed_model_call_is_an_error_with_its_type_and_stage_and_without_its_words()
    {
        var broken = new ScriptedChatClient(ScriptedAnswer.Fails(new InvalidDataException("the prompt 'a secret' is too hot")));
        await using var watched = await Watched.StartAsync("error", ScriptedAdapterFactory.Sharing(broken), [Cast.Plan("Mira")], Everybody);
        await watched.SayAsync("a secret");
        await watched.Hosted.Room.WhenQuietAsync(TestEnds);
        var seen = await watched.EndAsync();

        var error = seen.One(TurnError);
        (error.Field("stage"), error.Field("error_type"), error.Field("error")).ShouldBe(("respond", "InvalidDataException", null));
        seen.One(GenerateExit).Field("error_type").ShouldBe("InvalidDataException", "a call that broke has an end, too");
        seen.ShouldAllBe(r => r.Fields.All(f => !f.Value.ToString()!.Contains("secret")));
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task What_the_room_decides_and_whom_it_gives_the_floor_is_told_with_its_ground()
    {
        var rules = new RoomRules { Floor = OneAtATime.PolicyName };
        await using var watched = await Watched.StartAsync(
            "floor", ScriptedAdapterFactory.Custom(_ => new ScriptedChatClient(ScriptedAnswer.Text("PASS"), ScriptedAnswer.Text("PASS"))), [Cast.Plan("Ada"), Cast.Plan("Bo")], rules);
        await watched.SayAsync("@Bo hello");
        await watched.Hosted.Room.WhenQuietAsync(TestEnds);
        var seen = await watched.EndAsync();

        var grants = seen.Of(ProbeClasses.FloorGrant);
        grants.Select(g => (g.Persona, g.Turn, g.Seq, g.Field("ground"))).ShouldBe([("Bo", "t1", 1L, "addressed by name"), ("Ada", "t2", 1L, "silent longest")]);
        var post = seen.Of(RoomDecide).Single(d => (string?)d.Field("input") == "Post");
        (post.Seq, post.Field("receipt"), post.Field("grants"), post.Field("open_turns")).ShouldBe((1L, "accepted", 1, 1));
        seen.Of(RoomAppend).ShouldAllBe(a => (int)a.Field("events")! > 0 && a.Field("wait_us") is double);
        seen.Of(PersonaMaterialize).Select(m => (m.Persona, m.Field("slot"), m.Field("error_kind"))).ShouldBe([("Ada", 0, "none"), ("Bo", 1, "none")]);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_message_for_which_nobody_gets_the_floor_says_why_and_who_has_it()
    {
        var model = new ScriptedChatClient(ScriptedAnswer.Hangs());
        await using var watched = await Watched.StartAsync(
            "refuse", ScriptedAdapterFactory.Sharing(model), [Cast.Plan("Ada"), Cast.Plan("Bo")], new() { Floor = OneAtATime.PolicyName });
        await watched.SayAsync("@Ada one");
        await model.WhenCalledAsync(1, TestEnds);
        await watched.SayAsync("two");
        var refuse = (await watched.EndAsync()).One(FloorRefuse);

        (refuse.Seq, refuse.Field("reason"), refuse.Field("holder"), refuse.Field("waiting")).ShouldBe((2L, "somebody has the floor", "Ada", 1));
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_turn_that_gives_way_to_a_person_is_superseded_with_its_reason()
    {
        await using var log = new InMemoryRoomLog();
        var rules = new RoomRules { Floor = OneAtATime.PolicyName };
        var model = new ScriptedChatClient(ScriptedAnswer.Hangs(), ScriptedAnswer.Text("PASS"), ScriptedAnswer.Text("PASS"));
        await using var watched = await Watched.StartAsync("superseded", ScriptedAdapterFactory.Sharing(model), [Cast.Plan("Ada")], rules, log: log);

        // A program speaks, and while Ada answers it a person does.
        await watched.Hosted.Room.PostAsync(new(new("agent:clock"), AuthorKind.Agent, "Clock", "it is noon"), TestEnds);
        await model.WhenCalledAsync(1, TestEnds);
        await watched.SayAsync("is it?");
        await watched.Hosted.Room.WhenQuietAsync(TestEnds);
        var seen = await watched.EndAsync();

        var superseded = seen.One(ProbeClasses.TurnSuperseded);
        (superseded.Persona, superseded.Turn, superseded.Field("attempt"), superseded.Field("reason")).ShouldBe(("Ada", "t1", 1, "a human spoke"));
        seen.Of(TurnStart)[^1].Field("attempt").ShouldBe(2);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_room_whose_log_fails_says_so_once()
    {
        var log = new ScriptedRoomLog();
        await using var watched = await Watched.StartAsync("fault", ScriptedAdapterFactory.Heuristic(), [Cast.Plan("Ada")], Everybody, log: log);
        log.ThrowsNext = new RoomLogException("the disk is full");
        await Should.ThrowAsync<RoomFaultedException>(() => watched.SayAsync("hello"));

        var seen = await watched.EndAsync();
        seen.One(RoomFault).Field("error_type").ShouldBe(nameof(RoomLogException));
        seen.Of(RoomAppend).Count.ShouldBe(log.Appends.Count, "what never became durable is not told to be");
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_logger_that_throws_at_every_probe_breaks_neither_turn_nor_room()
    {
        await using var log = new InMemoryRoomLog();
        await using var hosted = await Polyphony.Hosting.HostedRoom.StartAsync(
            new() { Room = new("throws"), Rules = Everybody, Plans = [Cast.Plan("Mira")], Factory = ScriptedAdapterFactory.Heuristic(), Log = log, Logger = new ThrowingLogger() }, TestEnds);
        await hosted.Room.PostAsync(Post.ByHuman("Hana", "hello"), TestEnds);
        await hosted.Room.WhenQuietAsync(TestEnds);

        (await hosted.AccountsAsync()).Outcomes.Spoke.ShouldBe(1);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_turn_whose_room_stops_has_an_outcome_all_the_same()
    {
        var log = new ScriptedRoomLog();
        var model = new FailingNextAppend(log);
        await using var watched = await Watched.StartAsync("stops", ScriptedAdapterFactory.Sharing(model), [Cast.Plan("Ada")], Everybody, log: log);
        await watched.SayAsync("hello");
        await Should.ThrowAsync<RoomFaultedException>(async () => await watched.Hosted.Room.WhenQuietAsync(TestEnds));
        var seen = await watched.EndAsync();

        (seen.One(TurnError).Field("stage"), seen.One(TurnError).Field("error_type")).ShouldBe(("say", nameof(RoomFaultedException)));
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task An_id_that_its_author_chose_is_content()
    {
        await using var watched = await Watched.StartAsync("ids", ScriptedAdapterFactory.Heuristic(), [Cast.Plan("Ada")], Everybody);
        await watched.Hosted.Room.PostAsync(Post.ByHuman("Hana", "hello") with { Id = new("my password is hunter2") }, TestEnds);
        await watched.Hosted.Room.WhenQuietAsync(TestEnds);

        (await watched.EndAsync()).ShouldAllBe(r => r.Fields.All(f => !f.Value.ToString()!.Contains("hunter2")));
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task The_author_of_what_a_turn_answers_is_told_where_it_is_a_persona_and_a_persons_id_is_content()
    {
        var rules = new RoomRules { Floor = Everyone.PolicyName, PersonaTurnBound = 4 };
        foreach (var content in (bool[])[false, true])
        {
            await using var watched = await Watched.StartAsync(
                $"author-{content}", ScriptedAdapterFactory.Sharing(new ScriptedChatClient(Enumerable.Range(1, 20).Select(i => ScriptedAnswer.Text($"hello {i}")))), [Cast.Plan("Ada"), Cast.Plan("Bo")], rules, content);
            await watched.SayAsync("hello", who: "hunter2");
            await watched.Hosted.Room.WhenQuietAsync(TestEnds);
            var authors = (await watched.EndAsync()).Of(TurnStart).Select(r => r.Field("peer_id") as string).ToArray();

            authors.ShouldContain(a => a == "persona:ada" || a == "persona:bo");
            authors.Any(a => a?.Contains("hunter2", StringComparison.Ordinal) == true).ShouldBe(content);
            authors.Contains(null).ShouldBe(!content);
        }
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task An_ordinary_log_at_its_most_talkative_and_the_numbers_hold_nothing_that_was_said()
    {
        // What this catches: content that is let out by a level, without anybody having turned it on.
        var lines = new TellingLogger();
        var tags = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var numbers = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == Instruments.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        numbers.SetMeasurementEventCallback<double>((instrument, _, seen, _) => Keep(instrument.Name, seen));
        numbers.SetMeasurementEventCallback<long>((instrument, _, seen, _) => Keep(instrument.Name, seen));
        numbers.SetMeasurementEventCallback<int>((instrument, _, seen, _) => Keep(instrument.Name, seen));
        numbers.Start();
        await using var log = new InMemoryRoomLog();
        var model = new ScriptedChatClient(ScriptedAnswer.Text("the brown owl is back"), ScriptedAnswer.Text("PASS: the brown owl told me"), ScriptedAnswer.Fails("the brown owl is too hot"));
        await using (var hosted = await Polyphony.Hosting.HostedRoom.StartAsync(
            new() { Room = new("telling"), Rules = Everybody, Plans = [Cast.Plan("Mira")], Factory = ScriptedAdapterFactory.Sharing(model), Log = log, Logger = lines }, TestEnds))
        {
            for (var i = 0; i < 3; i++)
            {
                await hosted.Room.PostAsync(Post.ByHuman("Hana", "have you seen the brown owl?"), TestEnds);
                await hosted.Room.WhenQuietAsync(TestEnds);
            }

            numbers.RecordObservableInstruments();
        }

        foreach (var name in (string[])["polyphony.turns", "polyphony.turn.duration", "polyphony.turn.stage.duration", "gen_ai.client.operation.duration", "polyphony.room.turns.open", "polyphony.room.posts.waiting"])
        {
            tags.ShouldContain(t => t.StartsWith(name));
        }

        tags.ShouldAllBe(t => !t.Contains("owl"));
        lines.Lines.Count.ShouldBeGreaterThan(30);
        lines.Lines.ShouldAllBe(l => !l.Contains("owl"));
        lines.Lines.ShouldContain(l => l.Contains("persona.turn.error"), "the plain probe is there, at whatever level");

        void Keep(string name, ReadOnlySpan<KeyValuePair<string, object?>> seen) =>
            tags.Enqueue($"{name} {string.Join(' ', seen.ToArray())}");
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_slot_that_stays_empty_says_which_error_it_was()
    {
        await using var watched = await Watched.StartAsync("empty", ScriptedAdapterFactory.AlwaysFails("no model"), [Cast.Plan("Ada")], Everybody);

        (await watched.EndAsync()).One(PersonaMaterialize).Field("error_kind").ShouldBe("AdapterFactory");
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_fault_of_a_conversation_is_told_with_how_many_there_were_in_a_row()
    {
        await using var hub = new ProbeHub();
        using var stream = hub.Subscribe(ProbeFilter.Parse(PersonaLoopFault));
        var conversation = Cast.Conversation().With([new ScriptedEvent.Fault("lag"), new ScriptedEvent.Fault("lag")]);
        await SoloLoop.ServedAsync(conversation, new HeuristicChatClient(), pipeline: new(new() { Logger = hub.Logger, Room = new("loop") }));
        await hub.DisposeAsync();

        var seen = new List<ProbeRecord>();
        await foreach (var record in stream.ReadAllAsync(TestEnds))
        {
            seen.Add(record);
        }

        seen.Select(r => (r.Room, r.Persona, r.Field("in_a_row"))).ShouldBe([("loop", "Mira", 1), ("loop", "Mira", 2)]);
    }

    /// <summary>A model during whose call the log breaks.</summary>
    private sealed class FailingNextAppend(ScriptedRoomLog log) : Microsoft.Extensions.AI.IChatClient
    {
        public Task<Microsoft.Extensions.AI.ChatResponse> GetResponseAsync(
            IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, Microsoft.Extensions.AI.ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException("the stream is the only path");

        public async IAsyncEnumerable<Microsoft.Extensions.AI.ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages,
            Microsoft.Extensions.AI.ChatOptions? options = null,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await ValueTask.CompletedTask;
            log.ThrowsNext = new RoomLogException("the disk is full");
            yield return new(Microsoft.Extensions.AI.ChatRole.Assistant, "hello");
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }

    private sealed class TellingLogger : ILogger
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{eventId.Name} {formatter(state, exception)} {string.Join(' ', (IReadOnlyList<KeyValuePair<string, object?>>)(object)state!)}");
    }

    private sealed class ThrowingLogger : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("the log is full");
    }
}
