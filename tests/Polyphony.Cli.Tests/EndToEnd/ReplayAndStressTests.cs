using System.Text.Json;
using System.Text.RegularExpressions;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.EndToEnd;

public sealed partial class ReplayAndStressTests : IDisposable
{
    private static readonly string[] Outcomes = ["spoke", "passed", "refused", "superseded", "duplicate", "timedOut", "cancelled", "failed"];

    private readonly string _directory = Directory.CreateTempSubdirectory("polyphony-replay-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("one-at-a-time")]
    [InlineData("everyone")]
    public async Task Two_replays_at_full_speed_give_the_same_outcomes_and_replies(string policy)
    {
        var file = await ChatAsync();
        var first = await ProgramProcess.RunAsync("replay", file, "--personas", "6", "--policy", policy, "--json");
        var second = await ProgramProcess.RunAsync("replay", file, "--personas", "6", "--policy", policy, "--json");

        first.ExitCode.ShouldBe(0, first.Error);
        WithoutTimes(first.Output).ShouldBe(WithoutTimes(second.Output));
        var json = JsonDocument.Parse(first.Output).RootElement;
        json.GetProperty("messages").GetInt64().ShouldBe(4);
        json.GetProperty("events").GetInt64().ShouldBe(1);
        json.GetProperty("skipped").GetInt64().ShouldBe(1);
        json.GetProperty("personas").GetInt32().ShouldBe(6);
        json.GetProperty("conserved").GetBoolean().ShouldBeTrue();
        json.GetProperty("quiet").GetBoolean().ShouldBeTrue();
        json.GetProperty("offers").GetInt64().ShouldBe(Outcomes.Sum(outcome => json.GetProperty(outcome).GetInt64()));
        json.GetProperty("notOffered").EnumerateObject().Select(p => p.Name).ShouldBe(["own", "history", "floor"]);
        json.GetProperty("replies").EnumerateObject().Sum(p => p.Value.GetInt64()).ShouldBe(json.GetProperty("spoke").GetInt64());
    }

    [Fact]
    public async Task A_line_that_fits_nothing_ends_the_run_only_when_strict()
    {
        var run = await ProgramProcess.RunAsync("replay", await ChatAsync(), "--strict", "--json");

        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldContain(":5");
    }

    [Fact]
    public async Task A_replay_into_the_same_room_again_posts_nothing_twice()
    {
        var file = await ChatAsync();
        var data = Path.Combine(_directory, "data");
        await ProgramProcess.RunAsync("replay", file, "--data", data, "--json");
        var again = await ProgramProcess.RunAsync("replay", file, "--data", data, "--json");

        again.ExitCode.ShouldBe(0, again.Error);
        JsonDocument.Parse(again.Output).RootElement.GetProperty("duplicates").GetInt64().ShouldBe(4);
    }

    [Fact]
    public async Task Another_file_of_the_same_name_is_not_taken_for_the_first()
    {
        var data = Path.Combine(_directory, "data");
        await ProgramProcess.RunAsync("replay", await ChatAsync(), "--data", data, "--json");
        var other = Path.Combine(Directory.CreateDirectory(Path.Combine(_directory, "other")).FullName, "chat.txt");
        await File.WriteAllTextAsync(other, "[12:18] <ann> something else\n", TestContext.Current.CancellationToken);

        var run = await ProgramProcess.RunAsync("replay", other, "--data", data, "--json");

        run.ExitCode.ShouldBe(0, run.Error);
        JsonDocument.Parse(run.Output).RootElement.GetProperty("duplicates").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task A_file_whose_name_begins_like_a_rooms_own_ids_is_replayed()
    {
        var channel = Path.Combine(_directory, "#bread.txt");
        File.Copy(await ChatAsync(), channel);

        var run = await ProgramProcess.RunAsync("replay", channel, "--json");

        run.ExitCode.ShouldBe(0, run.Error);
        JsonDocument.Parse(run.Output).RootElement.GetProperty("offers").GetInt64().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_files_name_cannot_steer_the_terminal()
    {
        var file = Path.Combine(_directory, "a\u001b[2Jb\u202e.txt");
        File.Copy(await ChatAsync(), file);

        var run = await ProgramProcess.RunAsync("replay", file);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldStartWith("a\ufffd[2Jb\ufffd.txt: 4 messages, 1 events, 1 skipped; ");
        run.Output.ShouldNotContain("\u001b");
        run.Error.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task What_a_server_says_when_it_fails_cannot_steer_the_terminal()
    {
        using var server = new ModelServer(_ => new(500, """{"error":{"message":"gone\u001b[2J\u202e"}}"""));

        var run = await ProgramProcess.RunAsync("replay", await ChatAsync(), "--personas", "1", "--endpoint", server.Address, "--model", "tiny");

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain("gone");
        run.Error.ShouldNotContain("\u001b");
        run.Error.ShouldNotContain("\u202e");
    }

    [Fact]
    public async Task A_pipe_is_no_recorded_chat()
    {
        var run = await ProgramProcess.RunWithInputAsync("[12:18] <ann> hello\n", "replay", "/dev/stdin", "--json");

        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldContain("/dev/stdin");
    }

    [Fact]
    public async Task A_pipe_that_nobody_writes_to_is_no_recorded_chat()
    {
        var pipe = Path.Combine(_directory, "pipe");
        var run = await ProgramProcess.RunInShellAsync($"mkfifo '{pipe}' && exec \"$@\"", "", "replay", pipe);

        run.ExitCode.ShouldBe(2);
        Refusal.LineOf(run.Error).ShouldContain("it is a pipe");
    }

    [Theory]
    [InlineData("irc")]
    [InlineData("jsonl")]
    public async Task A_line_of_a_hundred_megabytes_is_refused_with_its_place(string format)
    {
        var file = Path.Combine(_directory, "long.txt");
        await File.WriteAllBytesAsync(file, [.. "[12:18] <ann> hello\n"u8, .. Enumerable.Repeat((byte)'x', 100_000_000)], TestContext.Current.CancellationToken);

        var run = await ProgramProcess.RunAsync("replay", file, "--format", format);

        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldContain("long.txt:2");
    }

    [Theory]
    [InlineData("memory", "room")]
    [InlineData("memory", "scripted")]
    [InlineData("sqlite", "room")]
    public async Task Stress_prints_one_document_whose_books_add_up(string log, string topology)
    {
        var run = await ProgramProcess.RunAsync("stress", "--personas", "2", "--messages", "2", "--delay-ms", "1", "--log", log, "--topology", topology, "--json");

        run.ExitCode.ShouldBe(0, run.Error);
        var json = JsonDocument.Parse(run.Output).RootElement;
        json.GetProperty("log").GetString().ShouldBe(log);
        json.GetProperty("conserved").GetBoolean().ShouldBeTrue();
        var trials = json.GetProperty("trials").EnumerateArray().ToList();
        trials.Select(t => t.GetProperty("kind").GetString()).ShouldBe(["timed", "unloaded", "saturated"]);
        trials[0].GetProperty("topology").GetString().ShouldBe(topology);
        trials[0].GetProperty("floor").GetProperty("serveMs").GetDouble().ShouldBeGreaterThan(0);
        trials[0].GetProperty("turns").GetInt64().ShouldBeGreaterThanOrEqualTo(1_000);
        trials.ShouldAllBe(t => t.GetProperty("offers").GetInt64() == t.GetProperty("turns").GetInt64());
        trials.ShouldAllBe(t => t.GetProperty("spoke").GetInt64() == t.GetProperty("offers").GetInt64());
        trials.ShouldAllBe(t => (t.GetProperty("appendWait").ValueKind == JsonValueKind.Object) == (log == "sqlite"));
    }

    [Fact]
    public async Task Stress_without_a_delay_leaves_the_timed_trials_out_and_prints_a_table()
    {
        var run = await ProgramProcess.RunAsync("stress", "--personas", "2", "--messages", "2", "--delay-ms", "0");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldNotContain("stress::trial");
        run.Output.ShouldContain("unloaded solo");
        run.Output.ShouldContain("every offer has its outcome");
    }

    private async Task<string> ChatAsync()
    {
        var file = Path.Combine(_directory, "chat.txt");
        await File.WriteAllTextAsync(
            file,
            "[12:18] <ann> hello all\n=== bo joined\n[12:19] <bo> does anybody bake bread?\n[12:20] * ann waves\nno line of a chat\n[12:21] <bo> what a rainy winter\n",
            TestContext.Current.CancellationToken);
        return file;
    }

    private static string WithoutTimes(string json) => Times().Replace(json, "");

    [GeneratedRegex("\"(mean|p50|p90|p99|p999|max)(Us|Ms)\": [0-9.Ee+-]+")]
    private static partial Regex Times();
}
