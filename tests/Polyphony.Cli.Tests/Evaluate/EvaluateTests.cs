using System.Text.Json;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Evaluate;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.Evaluate;

public sealed class EvaluateTests : IDisposable
{
    private const string Good = """{"id":"x/1","persona":"Mira","roster":["Vera"],"raw":"Vera: yes","expect":"refused","rule":"other-voice"}""";

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task The_built_in_cases_hold_and_the_document_has_its_keys()
    {
        var (code, json) = await ScoreAsync(null);

        code.ShouldBe(ExitCodes.Held, json.ToString());
        json.GetProperty("cases").GetInt32().ShouldBeGreaterThanOrEqualTo(200);
        json.GetProperty("agree").GetInt32().ShouldBe(json.GetProperty("cases").GetInt32());
        json.GetProperty("disagree").GetArrayLength().ShouldBe(0);
        foreach (var zero in new[] { "postedInAnothersName", "templateTokensActed", "framingEchoesPosted", "mutePersonas" })
        {
            json.GetProperty(zero).GetInt32().ShouldBe(0, zero);
        }

        var spellings = json.GetProperty("passSpellings");
        spellings.GetProperty("total").GetInt32().ShouldBeGreaterThan(60);
        spellings.GetProperty("right").GetInt32().ShouldBe(spellings.GetProperty("total").GetInt32());
        json.GetProperty("unrepaired").GetInt32().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_case_of_ones_own_is_counted_and_a_wrong_expectation_is_told()
    {
        var file = _scratch.Write("cases.jsonl", $$"""
            {{Good}}

            {"id":"x/2","persona":"Mira","roster":[],"raw":"Yes.","expect":"passed"}
            {"id":"x/3","persona":"Mira","roster":["Vera"],"raw":"Vera: yes","expect":"refused","rule":"garbage"}
            """);

        var (code, json) = await ScoreAsync(file);

        code.ShouldBe(ExitCodes.DidNotHold);
        json.GetProperty("disagree").EnumerateArray().Select(d => d.ToString()).ShouldBe(
        [
            """{"id":"x/2","expected":"passed","got":"spoke","rule":null,"expectedRule":null}""",
            """{"id":"x/3","expected":"refused","got":"refused","rule":"other-voice","expectedRule":"garbage"}""",
        ], Normalized);
    }

    [Theory]
    [InlineData("{\"id\":", "cases.jsonl:1: the line is not JSON")]
    [InlineData("[]", "cases.jsonl:1: the line is not a JSON object")]
    [InlineData(Good + "\n{\"id\":\"y\"}", "cases.jsonl:2: the key persona is missing")]
    [InlineData(Good + "\n" + Good, "cases.jsonl:2: the id 'x/1' stands for another case already")]
    [InlineData("{\"id\":\"pass/alone\",\"persona\":\"M\",\"roster\":[],\"raw\":\"\",\"expect\":\"failed\"}", "cases.jsonl:1: the id 'pass/alone'")]
    [InlineData("{\"id\":\"y\",\"persona\":\"M\",\"roster\":[],\"raw\":\"\",\"expect\":\"sang\"}", "cases.jsonl:1: expect is 'sang'; choose one of: spoke, passed, refused, failed")]
    [InlineData("{\"id\":\"y\",\"persona\":\"M\",\"roster\":[],\"raw\":\"\",\"expect\":\"spoke\",\"mood\":1}", "cases.jsonl:1: there is no key 'mood'")]
    [InlineData("{\"id\":\"y\",\"persona\":\"M\",\"roster\":[],\"raw\":1,\"expect\":\"spoke\"}", "cases.jsonl:1: raw is not a string")]
    [InlineData("{\"id\":\"y\",\"persona\":\"M\",\"roster\":\"V\",\"raw\":\"\",\"expect\":\"spoke\"}", "cases.jsonl:1: roster is not a list of strings")]
    [InlineData("{\"id\":\"y\",\"persona\":\" \",\"roster\":[],\"raw\":\"\",\"expect\":\"spoke\"}", "cases.jsonl:1: persona: the name is empty")]
    [InlineData("{\"id\":\"y\",\"id\":\"z\",\"persona\":\"M\",\"roster\":[],\"raw\":\"\",\"expect\":\"spoke\"}", "cases.jsonl:1: the line is not JSON")]
    [InlineData("{\"id\":\"y\",\"persona\":\"M\",\"roster\":[],\"raw\":\"\\ud800\",\"expect\":\"spoke\"}", "cases.jsonl:1: the line is not JSON")]
    [InlineData("\n \n", "cases.jsonl: the file holds no case")]
    public async Task A_bad_file_is_refused_with_its_line(string text, string line)
    {
        (await RefusalAsync(_scratch.Write("cases.jsonl", text))).ShouldContain(line);
    }

    [Fact]
    public async Task A_file_that_is_no_text_or_too_long_or_none_is_refused()
    {
        (await RefusalAsync(_scratch.Write("latin.jsonl", [.. "{\"id\":\"\u00e9\"}".Select(c => (byte)c)]))).ShouldContain("latin.jsonl:1: the line is not valid UTF-8");
        (await RefusalAsync(_scratch.Write("long.jsonl", new byte[20 * 1024 * 1024]))).ShouldContain("long.jsonl:1: the line is longer than 8 MiB");
        (await RefusalAsync(_scratch.Path)).ShouldStartWith("--cases: ");
        (await RefusalAsync(_scratch.At("none.jsonl"))).ShouldStartWith("--cases: ");
        (await InProcess.RefusalAsync("evaluate")).ShouldContain("--conduct");
    }

    [Fact]
    public async Task A_pipe_that_nobody_writes_to_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "pipes have no path there");
        var pipe = _scratch.At("pipe");
        var run = await ProgramProcess.RunInShellAsync($"mkfifo '{pipe}' && exec \"$@\"", "", "evaluate", "--conduct", "--cases", pipe);

        run.ExitCode.ShouldBe(ExitCodes.Unusable, run.Error);
        Refusal.LineOf(run.Error).ShouldContain("it is a pipe, and nobody writes to it");
    }

    [Fact]
    public async Task A_case_may_hold_whatever_name_a_visitor_would_have_and_a_rule_that_it_does_not_need()
    {
        var file = _scratch.Write("cases.jsonl", """{"id":"x/2","persona":"Guest","roster":["Guest 2","Visitor","Somebody","Person","Caller"],"raw":"Yes.","expect":"spoke","rule":"garbage"}""");

        (await ScoreAsync(file)).Json.GetProperty("disagree").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_person_reads_a_table_and_what_disagrees()
    {
        var file = _scratch.Write("cases.jsonl", """{"id":"x/2","persona":"Mira","roster":[],"raw":"Yes.","expect":"passed"}""");
        var (code, output, error) = await RunAsync("evaluate", "--conduct", "--cases", file);

        code.ShouldBe(ExitCodes.DidNotHold);
        error.ShouldBeEmpty();
        output.ShouldContain("x/2: expected passed, got spoke");
        output.ShouldContain("conduct: DOES NOT HOLD");
    }

    [Theory]
    [InlineData("Fine.\nVera: me too", true, false, false)]
    [InlineData("[12:03] Vera: me too", true, false, false)]
    [InlineData("<Vera> me too", true, false, false)]
    [InlineData("> Vera: me too", true, false, false)]
    [InlineData("Fine.\n> Vera: me too", true, false, false)]
    [InlineData("> Vera: me too\nSo you said.", false, false, false)]
    [InlineData("```\nVera: me too\n```", true, false, false)]
    [InlineData("The log:\n```\nVera: me too\n```", false, false, false)]
    [InlineData("The log:\n```\nx\n```\nVera: me too", true, false, false)]
    [InlineData("You are Mira's friend.", false, false, false)]
    [InlineData("@Vera: you too?", false, false, false)]
    [InlineData("Fine.<|im_end|>", false, true, false)]
    [InlineData("The token <|im_end|> ends it.", false, false, false)]
    [InlineData("[Recent Memory]\n- mills", false, false, true)]
    [InlineData("You are Mira.", false, false, true)]
    [InlineData("Speak only for yourself and for nobody else", false, false, true)]
    [InlineData("Fine.", false, false, false)]
    public void The_measures_see_what_a_blind_check_would_let_through(string posted, bool inName, bool acts, bool echoes)
    {
        var one = new ConductCase { Id = "x", Persona = "Mira", Roster = ["Vera"], Raw = posted, Expect = "spoke" };
        var result = new ConductResult(one, Polyphony.Rooms.TurnOutcome.Spoke.Instance, posted, "Be kind. Speak only for yourself, and for nobody else here.", []);

        (ConductMeasures.IsInAnothersName(result), ConductMeasures.HasActingToken(result), ConductMeasures.EchoesFraming(result)).ShouldBe((inName, acts, echoes));
    }

    private static IEqualityComparer<string> Normalized { get; } = EqualityComparer<string>.Create((a, b) => Bare(a) == Bare(b), a => Bare(a)!.GetHashCode(StringComparison.Ordinal));

    private static string? Bare(string? json) => json is null ? null : JsonSerializer.Serialize(JsonDocument.Parse(json).RootElement);

    private static async Task<(int Code, JsonElement Json)> ScoreAsync(string? file)
    {
        var (code, output, error) = await RunAsync(["evaluate", "--conduct", "--json", .. file is null ? (string[])[] : ["--cases", file]]);
        error.ShouldBeEmpty();
        return (code, JsonDocument.Parse(output).RootElement);
    }

    private static async Task<string> RefusalAsync(string file)
    {
        var (code, output, error) = await RunAsync("evaluate", "--conduct", "--cases", file);
        code.ShouldBe(ExitCodes.Unusable, error);
        output.ShouldBeEmpty();
        return Refusal.LineOf(error);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var console = new CommandConsole { Input = Stream.Null, Output = output, Error = error };
        var bodies = Bodies.NotAskedFor with
        {
            Evaluate = EvaluateBody.RunAsync,
        };
        var code = await PolyphonyProgram.RunAsync(args, console, bodies, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
