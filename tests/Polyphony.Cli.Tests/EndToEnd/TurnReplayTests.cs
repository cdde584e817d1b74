using System.Diagnostics;
using System.Text.Json;
using Polyphony.Capture;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>Turns that chat captures, and <c>turn replay</c> that runs them again.</summary>
public sealed class TurnReplayTests : IDisposable
{
    private readonly Scratch _scratch = new();

    private const string TurnLine =
        """
        {"polyphonyTurns":1}
        {"v":1,"room":"r","turn":"t1","attempt":1,"persona":"Ada","personaId":"persona:ada","first":1,"last":1,"model":"m","protocol":"pass","messages":[{"role":"system","text":"You are Ada."}],"calls":[],"times":{"recallMs":0,"admitMs":0,"analyzeMs":0,"composeMs":0,"assembleMs":0,"respondMs":0,"checkMs":0,"totalMs":0}}

        """;

    private string Captured => _scratch.At("turns.jsonl");

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("pipe", "turns.jsonl", "pipe: it is a pipe")]
    [InlineData("turns.jsonl", "pipe", "pipe' is a pipe")]
    [InlineData("turns.jsonl", "/dev/zero", "'/dev/zero' is larger than 4 MiB")]
    public async Task A_pipe_that_nobody_writes_to_and_a_device_without_end_are_refused(string capture, string system, string why)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "pipes have no path there");
        _scratch.Write("turns.jsonl", TurnLine);
        var run = await ProgramProcess.RunInShellAsync(
            $"mkfifo '{_scratch.At("pipe")}' && exec \"$@\"", "", "turn", "replay", "t1", "--capture", _scratch.At(capture), "--system", _scratch.At(system), "--endpoint", "http://127.0.0.1:9", "--model", "m");

        run.ExitCode.ShouldBe(2, run.Error);
        Refusal.LineOf(run.Error).ShouldContain(why);
    }

    [Fact]
    public async Task A_captured_turn_runs_again_with_the_same_bytes_against_another_model()
    {
        using var server = Model("The wall leans.");
        await ChatAsync(server, "is the <wall> “crooked”? 😀\n");
        var recorded = server.Requests.First(ModelServer.Streams);

        using var other = Model("PASS: not my wall");
        var run = await ReplayAsync(other, "t1", "--json");
        run.ExitCode.ShouldBe(0, run.Error);
        using var report = JsonDocument.Parse(run.Output);
        var root = report.RootElement;
        (Text(root, "turn"), Text(root, "room"), root.GetProperty("attempt").GetInt32(), root.GetProperty("samePrompt").GetBoolean()).ShouldBe(("t1", "lobby", 1, true));
        Text(root, "persona").ShouldNotBeEmpty();
        var (was, now) = (root.GetProperty("recorded"), root.GetProperty("replayed"));
        (Text(was, "model"), Text(was, "answer"), Text(was.GetProperty("decision"), "kind"), Text(was, "outcome")).ShouldBe(("tiny", "The wall leans.", "speak", "spoke"));
        (Text(now, "model"), Text(now, "answer"), Text(now.GetProperty("decision"), "kind"), Text(now.GetProperty("decision"), "text"))
            .ShouldBe(("other", "PASS: not my wall", "pass", "not my wall"));
        Text(was, "promptSha256").ShouldBe(Text(now, "promptSha256"));
        MessagesOf(other.Requests.ShouldHaveSingleItem()).ShouldBe(MessagesOf(recorded), "what goes over the wire is what went over it then");
        OptionsOf(other.Requests[0]).ShouldBe(OptionsOf(recorded));
        OptionsOf(recorded).ShouldContain("tokens");
    }

    [Fact]
    public async Task Another_system_text_is_sent_in_its_place_and_told_as_another_prompt()
    {
        using var server = Model("The wall leans.");
        await ChatAsync(server, "hello\n");
        using var other = Model("Aye.");
        var run = await ReplayAsync(other, "t1", "--json", "--system", _scratch.Write("system.txt", "\ufeffYou are a pirate.\n"));

        run.ExitCode.ShouldBe(0, run.Error);
        using var report = JsonDocument.Parse(run.Output);
        report.RootElement.GetProperty("samePrompt").GetBoolean().ShouldBeFalse();
        var sent = MessagesOf(other.Requests.ShouldHaveSingleItem());
        sent[0].ShouldBe(("system", "You are a pirate."));
        sent.Skip(1).ShouldBe(MessagesOf(server.Requests.First(ModelServer.Streams)).Skip(1));
    }

    [Fact]
    public async Task A_person_sees_both_answers_and_whether_the_prompt_is_the_same()
    {
        using var server = Model("The wall leans.");
        await ChatAsync(server, "hello\n");
        using var other = Model("PASS");
        var run = await ReplayAsync(other, "1");

        run.ExitCode.ShouldBe(0, run.Error);
        foreach (var words in (string[])["t1, attempt 1, of ", "byte for byte", "recorded: tiny, protocol pass", "→ speak: The wall leans.; spoke", "replayed: other, protocol pass", "→ pass: chose silence"])
        {
            run.Output.ShouldContain(words);
        }
    }

    [Theory]
    [InlineData(200, "{}", "json", "the answer fits no decision")]
    [InlineData(500, "", "pass", "500")]
    public async Task An_answer_that_is_none_did_not_hold(int status, string answer, string protocol, string error)
    {
        using var server = Model("The wall leans.");
        await ChatAsync(server, "hello\n");
        using var other = new ModelServer(_ => status == 200 ? ModelServer.Stream(answer) : new(status, "{}"));
        var run = await ReplayAsync(other, "t1", "--json", "--protocol", protocol);

        run.ExitCode.ShouldBe(1, run.Error);
        using var report = JsonDocument.Parse(run.Output);
        Text(report.RootElement.GetProperty("replayed"), "error").ShouldContain(error);
        report.RootElement.GetProperty("replayed").GetProperty("decision").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task A_run_appends_and_a_later_run_of_the_same_turn_is_the_one_that_is_found()
    {
        using var first = Model("one");
        await ChatAsync(first, "hello\n");
        using var second = Model("two");
        await ChatAsync(second, "hello\n");

        using var other = Model("three");
        var run = await ReplayAsync(other, "t1", "--json");
        using var report = JsonDocument.Parse(run.Output);
        Text(report.RootElement.GetProperty("recorded"), "answer").ShouldBe("two");
    }

    [Fact]
    public async Task What_is_not_there_is_refused_in_one_line()
    {
        using var server = Model("The wall leans.");
        await ChatAsync(server, "hello\n");
        await ChatAsync(server, "hello\n", "--room", "salon");
        var foreign = _scratch.Write("chat.txt", "[10:00] <ann> hello\n");
        var newer = _scratch.Write("newer.jsonl", "{\"polyphonyTurns\":9}\n");
        var damaged = _scratch.Write("damaged.jsonl", "{\"polyphonyTurns\":1}\n{\"v\":1}\n");
        foreach (var (args, named) in ((string[] Args, string Named)[])
        [
            (["t99", "--capture", Captured, "--room", "salon"], "t99: there is no such turn"),
            (["t1", "--capture", Captured], "--room: t1 stands in several rooms (lobby, salon); name one"),
            (["t1", "--capture", Captured, "--room", "attic"], "in the room 'attic'"),
            (["t1", "--capture", Captured, "--room", "salon", "--attempt", "7"], "with the attempt 7"),
            (["t1", "--capture", foreign], "no file of captured turns"),
            (["t1", "--capture", newer], "version 9"),
            (["t1", "--capture", damaged], "line 2 is no captured turn"),
            (["t1", "--capture", Captured, "--room", "salon", "--system", _scratch.Write("bytes", [0xff, 0xfe, 0xfd])], "--system: "),
        ])
        {
            var run = await ProgramProcess.RunAsync(["turn", "replay", .. args, "--endpoint", server.Address, "--model", "other"]);

            run.ExitCode.ShouldBe(2, run.Error);
            run.Output.ShouldBeEmpty();
            Refusal.LineOf(run.Error).ShouldContain(named);
        }
    }

    [Fact]
    public async Task A_capture_into_another_kind_of_file_is_refused_before_anything_is_said_and_leaves_it()
    {
        var foreign = _scratch.Write("chat.txt", "[10:00] <ann> hello\n");
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--capture", foreign);

        (run.ExitCode, run.Output).ShouldBe((2, ""));
        Refusal.LineOf(run.Error).ShouldStartWith("--capture: ");
        File.ReadAllText(foreign).ShouldBe("[10:00] <ann> hello\n");
    }

    [Fact]
    public async Task A_replay_captures_every_turn_of_its_room()
    {
        var chat = _scratch.Write("chat.txt", "[10:00] <ann> the brown owl sits on my roof\n[10:01] <bob> which owl?\n");
        var run = await ProgramProcess.RunAsync("replay", chat, "--json", "--personas", "3", "--capture", Captured);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.ShouldContain("with everything that is said");
        using var report = JsonDocument.Parse(run.Output);
        var turns = TurnCaptureReader.Read(Captured).ToArray();
        turns.Length.ShouldBe(report.RootElement.GetProperty("offers").GetInt32());
        turns.ShouldAllBe(t => t.Room == "replay" && t.Model == "card" && t.PromptSha256 == CapturedTurnCodec.DigestOf(t.Messages));
    }

    [Fact]
    public async Task A_program_that_is_killed_leaves_whole_turns()
    {
        var chat = _scratch.Write("chat.txt", string.Concat(Enumerable.Range(0, 5_000).Select(i => $"[10:00] <ann> line {i} about the rain in Lisbon\n")));
        using var process = Process.Start(ProgramProcess.StartOf("replay", chat, "--json", "--policy", "everyone", "--capture", Captured)).ShouldNotBeNull();
        try
        {
            SpinWait.SpinUntil(() => process.HasExited || (File.Exists(Captured) && new FileInfo(Captured).Length > 2 << 20), TimeSpan.FromMinutes(2)).ShouldBeTrue();
            process.HasExited.ShouldBeFalse("it is to be killed while it writes");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var turns = TurnCaptureReader.Read(Captured).ToArray();
        turns.Length.ShouldBeGreaterThan(100);
        turns.ShouldAllBe(t => t.PromptSha256 == CapturedTurnCodec.DigestOf(t.Messages));
    }

    private static string Text(JsonElement parent, string name) => parent.GetProperty(name).GetString().ShouldNotBeNull();

    private static ModelServer Model(string answer) => new(request => ModelServer.Streams(request) ? ModelServer.Stream(answer) : ModelServer.Whole("ok"));

    /// <summary>All of a request but its model and its messages.</summary>
    private static string OptionsOf(string request)
    {
        using var json = JsonDocument.Parse(request);
        return string.Join(", ", json.RootElement.EnumerateObject().Where(p => p.Name is not ("model" or "messages")).OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"{p.Name}: {p.Value}"));
    }

    private static IReadOnlyList<(string Role, string Text)> MessagesOf(string request)
    {
        using var json = JsonDocument.Parse(request);
        return [.. json.RootElement.GetProperty("messages").EnumerateArray().Select(m => (Text(m, "role"), TextOf(m.GetProperty("content"))))];

        static string TextOf(JsonElement content) =>
            content.ValueKind == JsonValueKind.String ? content.GetString()! : string.Concat(content.EnumerateArray().Select(part => Text(part, "text")));
    }

    private async Task ChatAsync(ModelServer server, string input, params string[] more)
    {
        var run = await ProgramProcess.RunWithInputAsync(input, ["chat", "--endpoint", server.Address, "--model", "tiny", "--capture", Captured, .. more]);
        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.ShouldContain($"Turns are captured in {Captured}, with everything that is said.");
    }

    private Task<ProgramProcess> ReplayAsync(ModelServer server, string turn, params string[] more) =>
        ProgramProcess.RunAsync(["turn", "replay", turn, "--capture", Captured, "--endpoint", server.Address, "--model", "other", .. more]);
}
