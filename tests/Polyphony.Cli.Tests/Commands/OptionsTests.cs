using Polyphony.Cli.Commands;
using Polyphony.Cli.Replay;
using Polyphony.Prompting;

namespace Polyphony.Cli.Tests.Commands;

public sealed class OptionsTests
{
    [Fact]
    public async Task Chat_without_flags_is_one_speaker_at_a_time_in_memory_without_a_model()
    {
        var chat = await InProcess.OptionsAsync<ChatOptions>("chat");

        chat.Room.Cards.ShouldBeEmpty();
        chat.ShouldBe(new ChatOptions { Room = chat.Room });
        chat.Room.ShouldBe(new RoomOptions { Policy = "one-at-a-time", Cards = chat.Room.Cards });
    }

    [Fact]
    public async Task Chat_takes_every_flag()
    {
        using var scratch = new Scratch();
        var card = scratch.Write("ada.yaml", "");
        var doctrine = scratch.Write("rules.txt", "Be kind.\n");

        var chat = await InProcess.OptionsAsync<ChatOptions>(
            "chat", "--cards", card, "--cards", scratch.Path, "--policy", "everyone", "--endpoint", "https://models.example/v1", "--model", "m-1",
            "--protocol", "json", "--layout", "shared", "--doctrine", doctrine, "--voice", "--analysis", "on", "--data", scratch.At("new"), "--room", "salon", "--name", "@Zoë");

        chat.Room.Cards.ShouldBe([card, scratch.Path]);
        chat.ShouldBe(new ChatOptions
        {
            Room = new RoomOptions
            {
                Cards = chat.Room.Cards,
                Policy = "everyone",
                Endpoint = new(new Uri("https://models.example/v1"), "m-1"),
                Protocol = DecisionProtocol.Json,
                Layout = PromptLayout.SharedTranscriptFirst,
                Doctrine = "Be kind.",
                Voice = true,
                Analysis = true,
                Data = scratch.At("new"),
            },
            RoomName = "salon",
            PersonName = "@Zoë",
        });
        Directory.Exists(scratch.At("new")).ShouldBeFalse("parsing must not make anything");
    }

    [Fact]
    public async Task Every_decision_protocol_of_the_library_is_a_value_of_the_flag()
    {
        var given = new List<DecisionProtocol?>();
        foreach (var name in Polyphony.Inference.Protocols.DecisionProtocols.Names)
        {
            given.Add((await InProcess.OptionsAsync<ChatOptions>("chat", "--protocol", name)).Room.Protocol);
        }

        given.ShouldBe([DecisionProtocol.Pass, DecisionProtocol.Json, DecisionProtocol.JsonGrammar, DecisionProtocol.Tools]);
    }

    [Fact]
    public async Task Evaluate_takes_every_flag()
    {
        using var scratch = new Scratch();
        var file = scratch.Write("cases.jsonl", "");

        (await InProcess.OptionsAsync<EvaluateOptions>("evaluate", "--conduct")).ShouldBe(new(null, Json: false));
        (await InProcess.OptionsAsync<EvaluateOptions>("evaluate", "--conduct", "--cases", file, "--json")).ShouldBe(new(file, Json: true));
    }

    [Theory]
    [InlineData("name-prefixed", PromptLayout.NamePrefixedUserTurns)]
    [InlineData("flattened", PromptLayout.SingleUserTurnFlattenedHistory)]
    [InlineData("single-party", PromptLayout.ProperChatMlSingleParty)]
    [InlineData("shared", PromptLayout.SharedTranscriptFirst)]
    public async Task A_layout_is_found_by_its_name(string given, PromptLayout layout) =>
        (await InProcess.OptionsAsync<ChatOptions>("chat", "--layout", given)).Room.Layout.ShouldBe(layout);

    [Fact]
    public async Task A_doctrine_that_cannot_be_used_is_refused_by_its_flag()
    {
        using var scratch = new Scratch();
        (string File, string Why)[] unusable =
        [
            (scratch.Write("empty.txt", " \n"), "is empty"), (scratch.Write("long.txt", new string('x', 8_001)), "keep at most 8000"),
            (scratch.Write("huge.txt", new string('x', 40_000)), "more than 8000"), (scratch.Write("bytes.txt", [0x41, 0xff, 0xfe]), "not UTF-8"), (scratch.Path, "is a directory"),
            (scratch.At("none.txt"), "there is no file"),
        ];
        foreach (var (file, why) in unusable)
        {
            var run = await InProcess.RunAsync("chat", "--doctrine", file);

            (run.ExitCode, run.Output).ShouldBe((2, ""));
            Refusal.LineOf(run.Error).ShouldSatisfyAllConditions(line => line.ShouldStartWith("--doctrine: "), line => line.ShouldContain(why));
        }
    }

    [Theory]
    [InlineData("everyone", "everyone")]
    [InlineData("Everyone", "everyone")]
    [InlineData("OneAtATime", "one-at-a-time")]
    public async Task A_policy_is_found_whatever_its_case_and_hyphens(string given, string policy)
    {
        (await InProcess.OptionsAsync<ChatOptions>("chat", "--policy", given)).Room.Policy.ShouldBe(policy);
    }

    [Theory]
    [InlineData("chat.txt", "irc")]
    [InlineData("chat", "irc")]
    [InlineData("chat.jsonl", "jsonl")]
    [InlineData("chat.NDJSON", "jsonl")]
    public async Task The_format_follows_the_file_unless_it_is_given(string name, string format)
    {
        using var scratch = new Scratch();
        var file = scratch.Write(name, "");

        ChatLogFormats.NameOf((await InProcess.OptionsAsync<ReplayOptions>("replay", file)).Format).ShouldBe(format);
        (await InProcess.OptionsAsync<ReplayOptions>("replay", file, "--format", "irc")).Format.ShouldBe(ChatLogFormat.Irc);
    }

    [Fact]
    public async Task Replay_takes_every_flag()
    {
        using var scratch = new Scratch();
        var file = scratch.Write("chat.txt", "");

        var replay = await InProcess.OptionsAsync<ReplayOptions>(
            "replay", "--personas", "1000", file, "--format", "jsonl", "--speed", "real", "--strict", "--json", "--protocol", "pass");

        replay.ShouldBe(new ReplayOptions
        {
            File = file,
            Format = ChatLogFormat.Jsonl,
            Room = replay.Room,
            Personas = 1_000,
            Speed = ReplaySpeed.Real,
            Strict = true,
            Json = true,
        });
        replay.Room.Protocol.ShouldBe(DecisionProtocol.Pass);
    }

    [Fact]
    public async Task Replay_without_flags_is_twelve_personas_at_full_speed()
    {
        using var scratch = new Scratch();
        var replay = await InProcess.OptionsAsync<ReplayOptions>("replay", scratch.Write("chat.txt", ""));

        (replay.Personas, replay.Speed, replay.Strict, replay.Json).ShouldBe((12, ReplaySpeed.Max, false, false));
    }

    [Theory]
    [InlineData("", "2x10 4x10 8x5 12x5")]
    [InlineData("--personas 2,4,8,12 --messages 10,10,5,5", "2x10 4x10 8x5 12x5")]
    [InlineData("--personas 1000", "1000x5")]
    [InlineData("--personas 3,10000 --messages 7", "3x7 10000x7")]
    [InlineData("--messages 100000", "2x100000 4x100000 8x100000 12x100000")]
    public async Task Stress_pairs_personas_with_messages(string flags, string sizes)
    {
        var stress = await InProcess.OptionsAsync<StressOptions>(["stress", .. flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        string.Join(' ', stress.Sizes.Select(s => $"{s.Personas}x{s.Messages}")).ShouldBe(sizes);
    }

    [Fact]
    public async Task Stress_takes_every_flag()
    {
        var stress = await InProcess.OptionsAsync<StressOptions>(
            "stress", "--delay-ms", "0", "--topology", "solo", "--log", "sqlite", "--power-failure-safe", "--json");

        stress.ShouldBe(new StressOptions
        {
            Sizes = stress.Sizes,
            DelayMs = 0,
            Topology = StressTopology.Solo,
            Log = StressLog.Sqlite,
            PowerFailureSafe = true,
            Json = true,
        });
    }

    [Fact]
    public async Task A_bench_of_the_room_has_the_sizes_that_were_given()
    {
        (await InProcess.OptionsAsync<BenchRoomOptions>("bench", "room")).ShouldBe(new());
        (await InProcess.OptionsAsync<BenchRoomOptions>("bench", "room", "--shape", "qwen2.5-0.5b", "--personas", "4", "--transcript", "300", "--replies", "8", "--rounds", "1", "--threads", "1", "--json"))
            .ShouldBe(new() { Personas = 4, Transcript = 300, Replies = 8, Rounds = 1, Threads = 1, Json = true });
    }

    [Fact]
    public async Task A_model_file_brings_the_shared_layout_and_a_server_does_not()
    {
        using var scratch = new Scratch();
        var file = scratch.Write("model.gguf", "");
        var room = (await InProcess.OptionsAsync<ChatOptions>("chat", "--model", file)).Room;
        (room.ModelFile, room.Endpoint, room.Layout).ShouldBe((file, null, PromptLayout.SharedTranscriptFirst));
        (await InProcess.OptionsAsync<ChatOptions>("chat", "--model", file, "--layout", "flattened")).Room.Layout.ShouldBe(PromptLayout.SingleUserTurnFlattenedHistory);
        (await InProcess.OptionsAsync<ChatOptions>("chat", "--model", file, "--endpoint", "http://h/v1")).Room.ModelFile.ShouldBeNull();
        (await InProcess.RefusalAsync("chat", "--model", file, "--protocol", "tools")).ShouldContain("--protocol");
        var stress = await InProcess.OptionsAsync<StressOptions>("stress", "--model", "--shape", "qwen2.5-0.5b");
        (stress.Model, stress.MakesModel).ShouldBe((null, true));
        (await InProcess.OptionsAsync<StressOptions>("stress", "--model", file)).Model.ShouldBe(file);
    }

    [Fact]
    public async Task The_doctor_takes_every_flag()
    {
        using var scratch = new Scratch();
        var model = scratch.Write("model.gguf", "");

        (await InProcess.OptionsAsync<DoctorEngineOptions>("doctor", "engine")).ShouldBe(new(null, Json: false));
        (await InProcess.OptionsAsync<DoctorEngineOptions>("doctor", "engine", "--model", model, "--json")).ShouldBe(new(model, Json: true));
    }

    [Fact]
    public async Task Tail_takes_every_flag_and_follows_all_of_a_file_without_them()
    {
        using var scratch = new Scratch();
        var file = scratch.Write("run.jsonl", "");

        (await InProcess.OptionsAsync<ProbesTailOptions>("probes", "tail", file)).ShouldBe(new ProbesTailOptions { File = file });
        var tail = await InProcess.OptionsAsync<ProbesTailOptions>(
            "probes", "tail", file, "--class", "persona.turn, timing", "--persona", "@Zoë", "--no-follow", "--json");

        tail.ShouldBe(new ProbesTailOptions { File = file, Classes = tail.Classes, Persona = "@Zoë", Follow = false, Json = true });
        tail.Classes.Matches("persona.turn.spoke").ShouldBeTrue();
        tail.Classes.Matches("room.append").ShouldBeFalse();
    }

    [Fact]
    public async Task The_other_commands_of_probes_take_every_flag()
    {
        using var scratch = new Scratch();
        var file = scratch.Write("run.jsonl", "");

        (await InProcess.OptionsAsync<ProbesListOptions>("probes", "list", "--json")).ShouldBe(new(Json: true));
        (await InProcess.OptionsAsync<ProbesSummaryOptions>("probes", "summary", file)).ShouldBe(new(file, Json: false));
        (await InProcess.OptionsAsync<ProbesSlowOptions>("probes", "slow", file, "--over", "0.5", "--json")).ShouldBe(new(file, 0.5, Json: true));
        (await InProcess.OptionsAsync<ProbesWhyOptions>("probes", "why", file, "--persona", "Ada", "--room", "salon")).ShouldBe(new(file, "Ada", "salon", Json: false));
    }

    [Theory]
    [InlineData("t12", "t12")]
    [InlineData("12", "t12")]
    [InlineData("T012", "t12")]
    public async Task A_turn_is_named_with_or_without_its_letter(string given, string turn)
    {
        using var scratch = new Scratch();
        var file = scratch.Write("run.jsonl", "");

        (await InProcess.OptionsAsync<ProbesTurnOptions>("probes", "turn", file, given, "--room", "salon")).ShouldBe(new(file, turn, "salon", Json: false));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("probes --help")]
    [InlineData("probes tail --help")]
    [InlineData("chat --help")]
    [InlineData("replay --help")]
    [InlineData("stress --personas none --help")]
    [InlineData("--version")]
    public async Task A_question_about_the_program_is_answered_on_standard_output(string args)
    {
        var run = await InProcess.RunAsync(args.Split(' '));

        run.ExitCode.ShouldBe(ExitCodes.Held);
        run.Output.ShouldNotBeEmpty();
        run.Error.ShouldBeEmpty();
    }
}
