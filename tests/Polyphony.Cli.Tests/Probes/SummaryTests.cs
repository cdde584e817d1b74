using System.Text.Json;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.Probes;

public sealed class SummaryTests
{
    [Fact]
    public async Task A_person_reads_the_bottleneck_first()
    {
        using var scratch = new Scratch();
        var run = await ProgramProcess.RunAsync("probes", "summary", scratch.Write("run.jsonl", SampleProbes.Text));

        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.ShouldBeEmpty();
        await Golden.ShouldBeAsync("summary.txt", run.Output);
    }

    [Fact]
    public async Task A_script_reads_the_contract()
    {
        using var scratch = new Scratch();
        var json = await JsonAsync(scratch.Write("run.jsonl", SampleProbes.Text));

        json.GetProperty("records").GetInt64().ShouldBe(SampleProbes.Records);
        json.GetProperty("skipped").GetInt64().ShouldBe(SampleProbes.Skipped);
        json.GetProperty("dropped").GetInt64().ShouldBe(3);
        json.GetProperty("content").GetBoolean().ShouldBeFalse();
        json.GetProperty("turns").GetInt64().ShouldBe(6);
        json.GetProperty("bottleneck").GetString().ShouldBe("inference.generate");
        json.GetProperty("outcomes").GetRawText().Where(c => !char.IsWhiteSpace(c)).ShouldBe(
            """{"offers":6,"spoke":2,"passed":2,"refused":0,"superseded":1,"duplicate":0,"timedOut":0,"cancelled":0,"failed":1}""");
        json.GetProperty("silenceRate").GetDouble().ShouldBe(0.6667);
        json.GetProperty("tokPerSec").GetDouble().ShouldBe(60 / 0.193, 0.001);
        json.GetProperty("fairness").GetDouble().ShouldBe(0.3333);
        json.GetProperty("reasons")[0].GetRawText().Where(c => !char.IsWhiteSpace(c)).ShouldBe("""{"outcome":"passed","reason":"nothingtoadd","count":2}""");
        json.GetProperty("personas").EnumerateArray().Select(p => $"{p.GetProperty("name")} {p.GetProperty("turns")} {p.GetProperty("spoke")} {p.GetProperty("silent")}")
            .ShouldBe(["Ada 2 2 0", "Bo 2 0 2", "Zoë 2 0 2"]);
    }

    [Fact]
    public async Task A_seam_has_its_time_without_the_seams_within_it()
    {
        using var scratch = new Scratch();
        var seams = (await JsonAsync(scratch.Write("run.jsonl", SampleProbes.Text))).GetProperty("seams").EnumerateArray().ToDictionary(s => s.GetProperty("seam").GetString()!);

        // Six turns at work: 193 ms of the model, and 30 + 20 µs each around it; before that each waited 10 µs.
        var work = 193_000 + (6 * 50);
        seams["persona.turn"].GetProperty("share").GetDouble().ShouldBe(1);
        seams["persona.turn"].GetProperty("selfShare").GetDouble().ShouldBe(0);
        seams["persona.respond"].GetProperty("share").GetDouble().ShouldBe(Math.Round((193_000 + 6 * 30.0) / work, 4));
        seams["persona.respond"].GetProperty("selfShare").GetDouble().ShouldBe(0);
        seams["inference.generate"].GetProperty("selfShare").GetDouble().ShouldBe(Math.Round(193_000.0 / work, 4));
        seams["persona.turn.wait"].GetProperty("share").GetDouble().ShouldBe(Math.Round(60.0 / (work + 60), 4), "of the whole time");
        seams["persona.say"].GetProperty("count").GetInt64().ShouldBe(6);
        seams["persona.say"].GetProperty("maxUs").GetDouble().ShouldBe(20);
        seams["room.append"].GetProperty("totalUs").GetDouble().ShouldBe(15);
    }

    [Fact]
    public async Task A_seam_that_nobody_knows_counts_as_it_is()
    {
        using var scratch = new Scratch();
        var file = new ProbeFileWriter().Begin();
        file.Turn("Ada", 1, 1, 1_000);
        file.Timing("kitchen.boil", 1e6);

        (await JsonAsync(scratch.Write("run.jsonl", file.ToString()))).GetProperty("bottleneck").GetString().ShouldBe("kitchen.boil");
    }

    [Fact]
    public async Task Without_timings_there_is_no_bottleneck_and_without_turns_no_rate()
    {
        using var scratch = new Scratch();
        var file = scratch.Write("run.jsonl", new ProbeFileWriter().Begin(content: true).ToString());
        var json = await JsonAsync(file);

        json.GetProperty("bottleneck").ValueKind.ShouldBe(JsonValueKind.Null);
        json.GetProperty("silenceRate").ValueKind.ShouldBe(JsonValueKind.Null);
        json.GetProperty("tokPerSec").ValueKind.ShouldBe(JsonValueKind.Null);
        json.GetProperty("fairness").ValueKind.ShouldBe(JsonValueKind.Null);
        json.GetProperty("outcomes").GetProperty("offers").GetInt64().ShouldBe(0);
        json.GetProperty("content").GetBoolean().ShouldBeTrue();
        (await ProgramProcess.RunAsync("probes", "summary", file)).Output.ShouldStartWith("No bottleneck can be named");
    }

    [Fact]
    public async Task A_file_of_many_blocks_says_the_same_as_its_parts_together()
    {
        // What this catches: a line lost or read twice where two workers share a file.
        using var scratch = new Scratch();
        var file = new ProbeFileWriter().Begin();
        for (var turn = 1; turn <= 2_000; turn++)
        {
            file.Turn("Ada", turn, turn, 1_000);
        }

        var text = file.ToString();
        text.Length.ShouldBeGreaterThan(4 * 1024 * 1024);
        var json = await JsonAsync(scratch.Write("run.jsonl", text));

        json.GetProperty("records").GetInt64().ShouldBe(text.Count(c => c == '\n'));
        json.GetProperty("skipped").GetInt64().ShouldBe(0);
        json.GetProperty("outcomes").GetProperty("spoke").GetInt64().ShouldBe(2_000);
        json.GetProperty("seams").EnumerateArray().ShouldAllBe(s => s.GetProperty("count").GetInt64() == 2_000);
    }

    private static async Task<JsonElement> JsonAsync(string file)
    {
        var run = await ProgramProcess.RunAsync("probes", "summary", file, "--json");
        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.ShouldBeEmpty();
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
