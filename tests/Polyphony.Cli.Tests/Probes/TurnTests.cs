using System.Text.Json;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.Probes;

public sealed class TurnTests
{
    [Fact]
    public async Task A_person_reads_a_waterfall_and_what_came_of_the_turn()
    {
        using var scratch = new Scratch();
        var run = await ProgramProcess.RunAsync("probes", "turn", scratch.Write("run.jsonl", SampleProbes.Text), "3");

        run.ExitCode.ShouldBe(0, run.Error);
        await Golden.ShouldBeAsync("turn.txt", run.Output);
    }

    [Fact]
    public async Task What_was_said_is_shown_where_it_was_written_and_cannot_steer_the_terminal()
    {
        using var scratch = new Scratch();
        var file = new ProbeFileWriter().Begin(content: true);
        file.Turn("Ada", 1, 1, 5_000);
        file.Event("persona.response.enter", "Ada begins", ("message_text", "who bakes?"));
        file.Event("persona.response.exit.spoke", "Ada speaks", ("visible_text_len", 20), ("visible_text", "I do.\u001b[2J\nEvery day."));
        var run = await ProgramProcess.RunAsync("probes", "turn", scratch.Write("run.jsonl", file.ToString()), "t1");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain("  heard: who bakes?\n  said: I do.␛[2J\n  Every day.\n");
    }

    [Fact]
    public async Task A_turn_that_several_rooms_have_is_shown_only_for_the_room_that_is_chosen()
    {
        using var scratch = new Scratch();
        var text = new ProbeFileWriter().Begin().Turn("Ada", 1, 1, 5_000);
        text.About = (null, "salon", null, null);
        text.Turn("Bo", 1, 1, 7_000, "refused", "too long");
        var file = scratch.Write("run.jsonl", text.ToString());

        var unclear = await ProgramProcess.RunAsync("probes", "turn", file, "t1", "--json");
        unclear.ExitCode.ShouldBe(2);
        unclear.Output.ShouldBeEmpty();
        Refusal.LineOf(unclear.Error).ShouldBe("--room: t1 is a turn of 2 rooms in this file (lobby, salon); choose one with --room NAME");

        var chosen = await JsonAsync(file, "t1", "--room", "salon");
        chosen.GetProperty("room").GetString().ShouldBe("salon");
        chosen.GetProperty("attempts")[0].GetProperty("persona").GetString().ShouldBe("Bo");
        chosen.GetProperty("attempts")[0].GetProperty("outcome").GetString().ShouldBe("refused");
        chosen.GetProperty("attempts")[0].GetProperty("reason").GetString().ShouldBe("too long");

        var wrong = await ProgramProcess.RunAsync("probes", "turn", file, "t1", "--room", "attic");
        wrong.ExitCode.ShouldBe(2);
        Refusal.LineOf(wrong.Error).ShouldBe("--room: t1 is not a turn of 'attic' in this file, but of: lobby, salon");
    }

    [Fact]
    public async Task Further_runs_in_one_file_are_shown_apart()
    {
        using var scratch = new Scratch();
        var file = scratch.Write("run.jsonl", new ProbeFileWriter().Begin().Turn("Ada", 1, 1, 5_000).Begin().Turn("Bo", 1, 1, 2_000, "passed", "nothing to add").ToString());

        var attempts = (await JsonAsync(file, "1")).GetProperty("attempts").EnumerateArray().ToList();
        attempts.Select(a => a.GetProperty("persona").GetString()).ShouldBe(["Ada", "Bo"]);
        attempts.ShouldAllBe(a => a.GetProperty("ground").GetString() == "silent longest");
        (await ProgramProcess.RunAsync("probes", "turn", file, "1")).Output.ShouldStartWith("t1 stands 2 times in this file");
    }

    [Fact]
    public async Task The_spans_nest_and_begin_where_they_began()
    {
        using var scratch = new Scratch();
        var turn = (await JsonAsync(scratch.Write("run.jsonl", SampleProbes.Text), "t1")).GetProperty("attempts")[0];

        turn.GetProperty("spans").EnumerateArray()
            .Select(s => $"{s.GetProperty("depth")} {s.GetProperty("seam")} {s.GetProperty("offsetUs")} {s.GetProperty("durationUs")}")
            .ShouldBe(
            [
                "0 persona.turn 0 50060", "1 persona.turn.wait 0 10", "1 persona.respond 10 50030", "2 persona.prompt.assemble 10 30",
                "2 persona.respond.run_render 40 50000", "3 inference.generate 40 50000", "1 persona.say 50040 20",
            ]);
        turn.GetProperty("waitUs").GetDouble().ShouldBe(10);
        turn.GetProperty("modelCalls")[0].GetProperty("tokensOut").GetInt64().ShouldBe(10);
        turn.GetProperty("said").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task A_turn_that_was_given_the_floor_and_never_began_says_so()
    {
        using var scratch = new Scratch();
        var file = new ProbeFileWriter().Begin();
        file.About = ("Bo", "lobby", "t4", 3);
        file.Event("floor.grant", "the floor goes to Bo", ("attempt", 1), ("first", 2), ("last", 3), ("ground", "addressed by name"));
        var run = await ProgramProcess.RunAsync("probes", "turn", scratch.Write("run.jsonl", file.ToString()), "t4");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldBe("t4 in lobby: Bo, to message 3, 10:00:00.000 (addressed by name)\n  no outcome in this file: the turn was open when the file ended, or its class was not written\n");
    }

    [Fact]
    public async Task A_turn_that_is_not_in_the_file_is_refused()
    {
        using var scratch = new Scratch();
        var run = await ProgramProcess.RunAsync("probes", "turn", scratch.Write("run.jsonl", SampleProbes.Text), "t99", "--json");

        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldStartWith("ID: there is nothing about the turn t99");
    }

    private static async Task<JsonElement> JsonAsync(string file, params string[] rest)
    {
        var run = await ProgramProcess.RunAsync(["probes", "turn", file, .. rest, "--json"]);
        run.ExitCode.ShouldBe(0, run.Error);
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
