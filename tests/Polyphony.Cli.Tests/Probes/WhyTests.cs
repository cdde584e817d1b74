using System.Text.Json;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.Probes;

public sealed class WhyTests
{
    [Fact]
    public async Task A_person_reads_each_silence_with_its_reason()
    {
        using var scratch = new Scratch();
        var run = await ProgramProcess.RunAsync("probes", "why", scratch.Write("run.jsonl", SampleProbes.Text), "--persona", "Zoë");

        run.ExitCode.ShouldBe(0, run.Error);
        await Golden.ShouldBeAsync("why.txt", run.Output);
    }

    [Fact]
    public async Task A_failed_turn_is_a_silence_too()
    {
        using var scratch = new Scratch();
        var silences = await SilencesAsync(scratch.Write("run.jsonl", SampleProbes.Text), "Bo");

        silences.ShouldBe(
        [
            "1-1 notOffered the floor went to Ada",
            "2-2 failed respond: HttpRequestException",
            "3-3 superseded a human spoke",
            "7-7 notOffered the floor went to nobody (a turn is open)",
        ]);
    }

    [Fact]
    public async Task Messages_that_a_persona_is_offered_later_are_no_silence()
    {
        using var scratch = new Scratch();
        var file = new ProbeFileWriter().Begin();
        file.Turn("Ada", 1, 1, 1_000).Turn("Ada", 2, 2, 1_000).Turn("Ada", 3, 3, 1_000);
        file.About = ("Bo", "lobby", "t4", 3);
        file.Event("floor.grant", "the floor goes to Bo", ("attempt", 1), ("first", 2), ("last", 3), ("ground", "silent longest"));

        (await SilencesAsync(scratch.Write("run.jsonl", file.ToString()), "Bo")).ShouldBe(["1-1 notOffered the floor went to Ada"]);
    }

    [Fact]
    public async Task Another_run_in_the_same_file_counts_its_messages_anew()
    {
        using var scratch = new Scratch();
        var file = new ProbeFileWriter().Begin().Turn("Bo", 1, 5, 1_000).Begin().Turn("Ada", 1, 1, 1_000);

        (await SilencesAsync(scratch.Write("run.jsonl", file.ToString()), "Bo")).ShouldBe(["1-1 notOffered the floor went to Ada"]);
    }

    [Fact]
    public async Task Only_the_room_that_is_named_counts()
    {
        using var scratch = new Scratch();
        var file = new ProbeFileWriter().Begin().Turn("Bo", 1, 1, 1_000, "passed", "in the lobby");
        file.About = (null, "salon", null, null);
        file.Turn("Bo", 1, 1, 1_000, "passed", "in the salon");
        var path = scratch.Write("run.jsonl", file.ToString());

        (await SilencesAsync(path, "Bo", "--room", "salon")).ShouldBe(["1-1 passed in the salon"]);
        var run = await ProgramProcess.RunAsync("probes", "why", path, "--persona", "Bo", "--room", "attic");
        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldBe("--room: 'Bo' is not in 'attic' in this file, but in: lobby, salon");
    }

    [Theory]
    [InlineData("Zoe", "near: Zoë")]
    [InlineData("ada", "near: Ada")]
    [InlineData("Everybody", "there are: Ada, Bo, Zoë")]
    public async Task An_unknown_persona_is_refused_with_those_who_come_near(string persona, string near)
    {
        using var scratch = new Scratch();
        var run = await ProgramProcess.RunAsync("probes", "why", scratch.Write("run.jsonl", SampleProbes.Text), "--persona", persona, "--json");

        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldStartWith($"--persona: nobody is called '{persona}' in this file; {near}");
    }

    private static async Task<IEnumerable<string>> SilencesAsync(string file, string persona, params string[] rest)
    {
        var run = await ProgramProcess.RunAsync(["probes", "why", file, "--persona", persona, .. rest, "--json"]);
        run.ExitCode.ShouldBe(0, run.Error);
        return JsonDocument.Parse(run.Output).RootElement.GetProperty("silences").EnumerateArray()
            .Select(s => $"{s.GetProperty("first")}-{s.GetProperty("last")} {s.GetProperty("outcome")} {s.GetProperty("reason")}");
    }
}
