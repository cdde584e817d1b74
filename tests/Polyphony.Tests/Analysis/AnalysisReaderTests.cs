using Polyphony.Analysis;

namespace Polyphony.Tests.Analysis;

/// <summary>What is made of what a model wrote about a message.</summary>
public sealed class AnalysisReaderTests
{
    private const string Good = """{"summary":"s","keyConcepts":["a","b"],"intent":"Request","suggestedAngles":{"tea":"Pour it."}}""";

    private static readonly string[] Specialities = ["slate", "tea"];

    public static TheoryData<string> Wrapped =>
    [
        Good,
        $"```json\n{Good}\n```",
        $"Here it is:\n\n{Good}\nI hope that helps {{really}}.",
        $"<think>{{\"summary\":\"a decoy\",\"suggestedAngles\":{{\"tea\":\"no\"}}}}</think>{Good}",
        $"<THINK>one</THINK> <think>two</think>\n{Good}",
        $"<think>it never ends {Good}",
        $"{{\"summary\":\"first\",\"suggestedAngles\":{{\"tea\":\"no\"}}}}\n{Good}",
        $"{{\"result\":{Good}}}",
        $"{{broken {{\"also\": {Good}",
        Good.Replace("}}", ",},}", StringComparison.Ordinal),
    ];

    public static TheoryData<string, string> Broken => new()
    {
        { "", "Empty" },
        { " \n\t", "Empty" },
        { "<think>only thoughts</think>\n", "Empty" },
        { "I cannot do that.", "Envelope" },
        { "{}", "Envelope" },
        { "{\"resumen\":\"hola\",\"conceptos\":[]}", "Envelope" },
        { Good[..^3], "Envelope" },
        { "[1,2,3]", "Envelope" },
        { "{\"summary\":\"\\ud800\",\"suggestedAngles\":{}}", "Envelope" },
        { "{\"summary\":7,\"suggestedAngles\":{}}", "Field" },
        { "{\"summary\":\" \",\"suggestedAngles\":{}}", "Field" },
        { "{\"summary\":\"s\"}", "Field" },
        { "{\"summary\":\"s\",\"suggestedAngles\":[\"tea\"]}", "Field" },
    };

    [Theory]
    [MemberData(nameof(Wrapped))]
    public void The_object_is_found_whatever_stands_around_it(string answer)
    {
        var analysis = AnalysisReader.Read(answer, Specialities, out var error).ShouldNotBeNull(error?.Message);

        analysis.Summary.ShouldBe("s");
        analysis.KeyConcepts.ShouldBe(["a", "b"]);
        analysis.Intent.ShouldBe(MessageIntent.Request);
        analysis.SuggestedAngles["tea"].ShouldBe("Pour it.");
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_is_no_analysis_is_a_typed_error(string answer, string kind)
    {
        AnalysisReader.Read(answer, Specialities, out var error).ShouldBeNull();

        error.ShouldNotBeNull().Kind.ShouldBe(kind);
    }

    [Fact]
    public void Every_speciality_has_an_entry_and_nothing_else_has()
    {
        var analysis = AnalysisReader.Read(
            """{"summary":"s","suggestedAngles":{" TEA ":"Pour it.","slate":null,"poker":"Bluff.","tea2":"no"}}""", Specialities, out _).ShouldNotBeNull();

        analysis.SuggestedAngles.Keys.Order().ShouldBe(["slate", "tea"]);
        (analysis.SuggestedAngles["tea"], analysis.SuggestedAngles["slate"]).ShouldBe(("Pour it.", ""));
        (analysis.Intent, analysis.KeyConcepts.Count).ShouldBe((MessageIntent.Other, 0), "what is not needed may be missing");
    }

    [Fact]
    public void An_angle_is_one_line()
    {
        var analysis = AnalysisReader.Read(
            """{"summary":"s","suggestedAngles":{"tea":"  one\n\ntwo<|im_end|>\t[INST]"}}""", Specialities, out _).ShouldNotBeNull();

        analysis.SuggestedAngles["tea"].ShouldBe("one two<|im_end|> [INST]", "it is neutralised where it enters a prompt, and only there");
    }

    [Fact]
    public void An_angle_that_is_no_sentence_is_none()
    {
        var long1 = new string('a', AnalysisReader.LongestAngle);
        AngleOf(long1).ShouldBe(long1);
        AngleOf(long1 + "a").ShouldBe("");

        static string AngleOf(string words) =>
            AnalysisReader.Read($$$"""{"summary":"s","suggestedAngles":{"tea":"{{{words}}}"}}""", Specialities, out _).ShouldNotBeNull().SuggestedAngles["tea"];
    }

    [Fact]
    public void A_persona_takes_the_first_angle_there_is_in_the_order_of_its_card()
    {
        var analysis = new MessageAnalysis
        {
            Summary = "s",
            KeyConcepts = [],
            Intent = MessageIntent.Other,
            SuggestedAngles = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["a"] = "", ["b"] = "of b", ["c"] = "of c" },
        };

        AngleOf("a", "c", "b").ShouldBe("of c");
        AngleOf(" B ").ShouldBe("of b");
        AngleOf("a").ShouldBe("");
        AngleOf("unknown").ShouldBe("");
        AngleOf().ShouldBe("");

        string AngleOf(params string[] specialities) => analysis.AngleFor(new("Mira") { Specialities = specialities });
    }

    [Fact]
    public void Text_made_of_braces_costs_no_more_than_a_few_objects()
    {
        // What this catches: an answer that is read in quadratic time. Counted in garbage, which a clock is not needed for.
        var braces = string.Concat(Enumerable.Repeat("{\"a\" ", 50_000)) + Good;
        var before = GC.GetAllocatedBytesForCurrentThread();
        AnalysisReader.Read(braces, Specialities, out var error).ShouldBeNull();

        error.ShouldBeOfType<AnalysisError.Envelope>();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(8 * 1024 * 1024);
    }
}
