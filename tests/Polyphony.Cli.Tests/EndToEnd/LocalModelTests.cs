using System.Text.Json;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Tests.Commands;
using Polyphony.Cli.Tests.Replay;
using Polyphony.Testing.Gguf;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>The commands on a model of this process: a tiny one with random weights, made here.</summary>
public sealed class LocalModelTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public LocalModelTests() => Assert.SkipUnless(
        Directory.Exists(Path.Combine(AppContext.BaseDirectory, "llama")) || Environment.GetEnvironmentVariable("CI") is not (null or "" or "false"),
        "the local engine is not here; with npm and a network, 'npm ci --ignore-scripts' in native/ and a build bring it");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_room_of_twelve_replays_what_people_said_conserved_and_at_rest()
    {
        var run = await ProgramProcess.RunAsync("replay", Excerpt(), "--model", Model(), "--personas", "12", "--json");

        run.ExitCode.ShouldBe(ExitCodes.Held, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        var root = json.RootElement;
        root.GetProperty("personas").GetInt32().ShouldBe(12);
        root.GetProperty("messages").GetInt64().ShouldBeGreaterThanOrEqualTo(4);
        root.GetProperty("conserved").GetBoolean().ShouldBeTrue();
        root.GetProperty("quiet").GetBoolean().ShouldBeTrue();
        root.GetProperty("offers").GetInt64().ShouldBeGreaterThan(0);
        root.GetProperty("failed").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task A_chat_is_held_on_one_model_and_who_is_silent_says_how_likely_it_was_to_speak()
    {
        var run = await ProgramProcess.RunWithInputAsync("@Anahit is the wall crooked?\ngood evening everybody\n/why\n", "chat", "--model", Model());

        run.ExitCode.ShouldBe(ExitCodes.Held, run.Error);
        run.Output.ShouldContain("Guest: @Anahit is the wall crooked?\n");
        run.Error.ShouldContain("The personas think with tiny in this process, all on one set of weights (decision protocol json).");
        run.Error.ShouldMatch(@"speaks with p = 0\.\d\d, its threshold is 0\.50");
        run.Error.ShouldNotContain("failed");
    }

    [Fact]
    public async Task A_prompt_is_counted_as_the_model_counts()
    {
        var run = await ProgramProcess.RunAsync("prompt", "--persona", "Anahit", "--message", "hello", "--model", Model(), "--json");

        run.ExitCode.ShouldBe(ExitCodes.Held, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        json.RootElement.GetRawText().ShouldContain("tokenizer of tiny");
        var bytes = json.RootElement.GetProperty("messages").EnumerateArray().Sum(m => System.Text.Encoding.UTF8.GetByteCount(m.GetProperty("text").GetString()!));
        json.RootElement.GetProperty("estimatedTokens").GetInt32().ShouldBeGreaterThan(bytes * 9 / 10, "every byte is a token of this model");
    }

    [Fact]
    public async Task A_trial_on_a_real_model_is_conserved()
    {
        var run = await ProgramProcess.RunAsync("stress", "--model", Model(), "--personas", "3", "--messages", "2", "--json");

        run.ExitCode.ShouldBe(ExitCodes.Held, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        json.RootElement.GetProperty("conserved").GetBoolean().ShouldBeTrue();
        json.RootElement.GetProperty("model").GetString().ShouldBe("tiny.gguf");
        var trial = json.RootElement.GetProperty("trials").EnumerateArray().ToList().ShouldHaveSingleItem();
        trial.GetProperty("offers").GetInt64().ShouldBeGreaterThanOrEqualTo(6);
        trial.GetProperty("failed").GetInt64().ShouldBe(0);
    }

    [Theory]
    [InlineData("nowhere", "name a GGUF file")]
    [InlineData("empty", "empty")]
    [InlineData("text", "is not a GGUF file")]
    [InlineData("cut", "is cut off")]
    [InlineData("architecture", "the architecture 'abacus'")]
    [InlineData("pre-tokenizer", "runes")]
    [InlineData("no template", "has no chat template")]
    [InlineData("template", "built-in list")]
    [InlineData("twice", "the same token twice")]
    [InlineData("tools", "choose json or pass")]
    public async Task A_model_that_cannot_be_used_is_one_line_with_the_remedy(string kind, string remedy)
    {
        var (path, flag) = (Bad(kind), kind == "tools" ? "--protocol: " : "--model: ");

        var run = await ProgramProcess.RunWithInputAsync("hello\n", ["chat", "--model", path, .. kind == "tools" ? (string[])["--protocol", "tools"] : []]);

        run.ExitCode.ShouldBe(ExitCodes.Unusable, run.Error);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldContain(remedy);
        run.Error.ShouldStartWith(flag);
    }

    private string Bad(string kind)
    {
        switch (kind)
        {
            case "nowhere": return _scratch.At("nowhere.gguf");
            case "empty": return _scratch.Write("bad.gguf", "");
            case "text": return _scratch.Write("bad.gguf", "a text, and no model");
            case "cut": return _scratch.Write("bad.gguf", File.ReadAllBytes(Model())[..200_000]);
            case "architecture": return Model(new() { Architecture = "abacus" });
            case "pre-tokenizer": return Model(new() { PreTokenizer = "runes" });
            case "no template": return Model(new() { ChatTemplate = null });
            case "template": return Model(new() { ChatTemplate = "{{ messages | first }}" });
            case "twice": return Model(new() { Vocabulary = GgufVocabulary.Bytes.WithWords("<User>", "<User>") });
            default: return Model();
        }
    }

    private string Model(GgufModelSpec? spec = null)
    {
        GgufModelMaker.Write(spec ?? new(), _scratch.At("tiny.gguf"));
        return _scratch.At("tiny.gguf");
    }

    /// <summary>The first messages of a real log, or a few lines where the logs are not beside the repository.</summary>
    private string Excerpt() => _scratch.Write("talk.txt", RealChat.Files() is [var log, ..]
        ? string.Join('\n', File.ReadLines(log).Where(line => line.StartsWith('[')).Take(5)) + "\n"
        : "[10:00] <hana> who bakes bread?\n[10:01] <otto> nobody here\n[10:02] <hana> then I will\n[10:03] <otto> with what flour?\n[10:04] <hana> rye\n");
}
