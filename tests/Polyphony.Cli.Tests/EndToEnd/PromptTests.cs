using System.Text.Json;
using Polyphony.Capture;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>The x-ray of a prompt, through the program.</summary>
public sealed class PromptTests : IDisposable
{
    private const string ToolCall = """
        data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"tiny","choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"speak","arguments":"{\"text\": \"I have seen it lean.\"}"}}]}}]}

        data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"tiny","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

        data: [DONE]


        """;

    private readonly Scratch _scratch = new();

    private string Data => _scratch.At("data");

    private string Database => Path.Combine(Data, "polyphony.db");

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("name-prefixed", "pass")]
    [InlineData("flattened", "tools")]
    [InlineData("single-party", "json")]
    [InlineData("shared", "json-grammar")]
    [InlineData("shared", "pass")]
    public async Task The_prompt_that_is_shown_is_the_one_that_is_sent_next(string layout, string protocol)
    {
        const string Line = "@Anahit is the <wall> “crooked”? 😀";
        var answer = protocol switch
        {
            "tools" => new(200, ToolCall),
            "pass" => ModelServer.Stream("I have seen it lean."),
            _ => ModelServer.Stream("""{\"will_respond\": true, \"response\": \"I have seen it lean.\"}"""),
        };
        using var server = new ModelServer(request => ModelServer.Streams(request) ? answer : ModelServer.Whole("ok"));
        string[] model = ["--endpoint", server.Address, "--model", "tiny", "--layout", layout, "--protocol", protocol, "--doctrine", _scratch.Write("doctrine.txt", "This is a quiet place.")];
        await ChatAsync("good evening\n", model);
        var before = await File.ReadAllBytesAsync(Database, TestContext.Current.CancellationToken);
        var run = await ProgramProcess.RunAsync(["prompt", "--data", Data, "--room", "lobby", "--persona", "anahit", "--message", Line, "--json", .. model]);
        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.ShouldBeEmpty();
        (await File.ReadAllBytesAsync(Database, TestContext.Current.CancellationToken)).ShouldBe(before, "looking changes nothing");
        using var shown = JsonDocument.Parse(run.Output);

        var turns = _scratch.At("turns.jsonl");
        await ChatAsync($"{Line}\n", ["--capture", turns, .. model]);
        var sent = TurnCaptureReader.Read(turns).First(t => t.Persona == "Anahit");
        CapturedMessage[] messages = [.. shown.RootElement.GetProperty("messages").EnumerateArray().Select(m => new CapturedMessage(m.GetProperty("role").GetString()!, m.GetProperty("text").GetString()!))];
        shown.RootElement.GetProperty("promptSha256").GetString().ShouldBe(CapturedTurnCodec.DigestOf(messages));
        (shown.RootElement.GetProperty("first").GetInt64(), shown.RootElement.GetProperty("last").GetInt64()).ShouldBe((sent.First, sent.Last));
        shown.RootElement.GetProperty("blocks").EnumerateArray().Sum(b => b.GetProperty("tokens").GetInt32()).ShouldBe(shown.RootElement.GetProperty("estimatedTokens").GetInt32());
        shown.RootElement.GetProperty("layout").GetString().ShouldBe(layout);
        shown.RootElement.GetProperty("messages").GetRawText().ShouldContain("This is a quiet place.");
        shown.RootElement.GetProperty("floor").GetString().ShouldBe("addressed by name");
        Timeless(messages).ShouldBe(Timeless(sent.Messages));
    }

    [Fact]
    public async Task What_a_persona_remembers_is_shown_as_it_is_sent()
    {
        const string Line = "@Anahit what did I say about the gate of the old mill?";
        using var server = new ModelServer(request => ModelServer.Streams(request) ? ModelServer.Stream("PASS") : ModelServer.Whole("PASS"));
        string[] model = ["--endpoint", server.Address, "--model", "tiny", "--layout", "shared"];
        var talk = Enumerable.Range(1, 70).Select(n => n == 2 ? "The gate of the old mill is painted green, and I keep its key under the third stone." : $"Number {n} is a number that I like, because it is {n * n} when squared.");
        await ChatAsync(string.Join('\n', talk) + "\n", model);
        var run = await ProgramProcess.RunAsync(["prompt", "--data", Data, "--persona", "Anahit", "--message", Line, "--json", .. model]);
        run.ExitCode.ShouldBe(0, run.Error);
        using var shown = JsonDocument.Parse(run.Output);

        var turns = _scratch.At("turns.jsonl");
        await ChatAsync($"{Line}\n", ["--capture", turns, .. model]);
        CapturedMessage[] messages = [.. shown.RootElement.GetProperty("messages").EnumerateArray().Select(m => new CapturedMessage(m.GetProperty("role").GetString()!, m.GetProperty("text").GetString()!))];
        messages[^1].Text.ShouldContain("You remember, from before what is shown here:\n");
        Timeless(messages).ShouldBe(Timeless(TurnCaptureReader.Read(turns).First(t => t.Persona == "Anahit").Messages));
    }

    [Fact]
    public async Task The_generated_personas_of_a_kept_room_are_known_and_nobody_else_is_there()
    {
        var talk = _scratch.Write("talk.txt", "[10:00] <hana> who bakes bread?\n[10:01] <otto> nobody here\n");
        (await ProgramProcess.RunAsync("replay", talk, "--personas", "6", "--data", Data)).ExitCode.ShouldBe(0);
        var refused = await ProgramProcess.RunAsync("prompt", "--data", Data, "--persona", "Nobody");
        var there = Refusal.LineOf(refused.Error).Split("there are: ")[1].Split(", ").Select(name => name.TrimEnd('.')).ToArray();
        there.Length.ShouldBe(6);
        var generated = there.Except(["Anahit", "Kudzai", "Xurxo", "Zdenka"]).First();

        var run = await ProgramProcess.RunAsync("prompt", "--data", Data, "--room", "replay", "--persona", generated);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldStartWith($"{generated} in replay, ", Case.Sensitive, "it is the only room there");
        run.Output.ShouldMatch($@"You are {generated}\. {generated}, \d+, is an? ");

        var two = _scratch.At("two");
        (await ProgramProcess.RunAsync("replay", talk, "--personas", "2", "--data", two)).ExitCode.ShouldBe(0);
        (await ProgramProcess.RunAsync("prompt", "--data", two, "--room", "replay", "--persona", "Anahit")).Output.ShouldNotContain("Zdenka");
    }

    [Fact]
    public async Task A_person_reads_what_it_is_and_then_the_messages()
    {
        var run = await ProgramProcess.RunAsync("prompt", "--persona", "Anahit", "--message", "hello \u001b[2J", "--endpoint", "http://127.0.0.1:1/v1", "--model", "tiny", "--protocol", "json", "--layout", "shared");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldStartWith("Anahit in lobby, to message 1: ");
        run.Output.ShouldContain("tiny, protocol json, layout shared; a window of 8192 tokens, 2048 of them for the reply\n");
        run.Output.ShouldContain("counted by bytes/4; its own: cue ");
        run.Output.ShouldMatch(@"\n  cue +turn +\d+\n");
        run.Output.ShouldMatch(@"\n  facts +\d+ +floorOnly +\d+: ");
        run.Output.ShouldContain("\nYou are Anahit.\n");
        run.Output.ShouldContain("Guest: hello ␛[2J");
        run.Output.Any(c => char.IsControl(c) && c is not ('\n' or '\r')).ShouldBeFalse();
    }

    [Fact]
    public async Task A_chat_shows_the_prompt_of_a_persona_to_its_person_alone()
    {
        var run = await ProgramProcess.RunWithInputAsync("/prompt Zdenka\nhello\n/prompt @zdenka\n/prompt Nobody\n", "chat");

        run.ExitCode.ShouldBe(0, run.Error);
        foreach (var words in (string[])["Nobody has said anything to answer yet.", "Zdenka in lobby, to message ", "You are Zdenka. ", "There is no persona Nobody; there are: Anahit, Kudzai, Xurxo, Zdenka."])
        {
            run.Error.ShouldContain(words);
        }

        run.Output.ShouldNotContain("You are Zdenka");
    }

    [Fact]
    public async Task What_is_not_there_is_refused_with_what_there_is()
    {
        await ChatAsync("good evening\n");
        var before = await File.ReadAllBytesAsync(Database, TestContext.Current.CancellationToken);
        foreach (var (args, named) in ((string[] Args, string Named)[])
        [
            (["--persona", "Nobody"], "--persona: there is no persona 'Nobody'; there are: Anahit, Kudzai, Xurxo, Zdenka"),
            (["--data", Data, "--room", "attic", "--persona", "Anahit"], "--room: there is no room 'attic'"),
            (["--data", Data, "--room", "attic", "--persona", "Anahit"], "there are: lobby"),
            (["--data", _scratch.At("nowhere"), "--persona", "Anahit"], "--data: there is no room in"),
            (["--persona", "Anahit"], "--message: nobody has said anything to answer"),
            (["--data", Data, "--cards", _scratch.Write("ada.yaml", "name: Ada\n"), "--persona", "Anahit"], "--persona: 'Anahit' was in that room, and none of the cards is its"),
            (["--persona", "Anahit", "--message", new string('x', 10), "--probes", "p"], "'--probes'"),
        ])
        {
            var run = await ProgramProcess.RunAsync(["prompt", .. args]);

            run.ExitCode.ShouldBe(2, run.Error);
            run.Output.ShouldBeEmpty();
            Refusal.LineOf(run.Error).ShouldContain(named);
        }

        Directory.Exists(_scratch.At("nowhere")).ShouldBeFalse("looking makes nothing");
        (await File.ReadAllBytesAsync(Database, TestContext.Current.CancellationToken)).ShouldBe(before);
    }

    [Fact]
    public async Task A_prompt_that_does_not_fit_is_told_and_did_not_hold()
    {
        var run = await ProgramProcess.RunAsync("prompt", "--persona", "Anahit", "--message", new string('x', 60_000), "--endpoint", "http://127.0.0.1:1/v1", "--model", "tiny");

        run.ExitCode.ShouldBe(1, run.Error);
        run.Output.ShouldContain("No prompt: budget: ");
    }

    /// <summary>Without what a prompt says of the time: on a busy machine a minute may pass between the look and the chat.</summary>
    private static CapturedMessage[] Timeless(IEnumerable<CapturedMessage> messages) =>
    [
        .. messages.Select(m => m with { Text = string.Join('\n', m.Text.Split('\n').Where(line => !line.Contains("passed]", StringComparison.Ordinal) && !line.Contains("You last spoke", StringComparison.Ordinal))) })
            .Where(m => m.Text.Length > 0),
    ];

    private async Task ChatAsync(string input, params string[] more)
    {
        var run = await ProgramProcess.RunWithInputAsync(input, ["chat", "--data", Data, .. more]);
        run.ExitCode.ShouldBe(0, run.Error);
    }
}
