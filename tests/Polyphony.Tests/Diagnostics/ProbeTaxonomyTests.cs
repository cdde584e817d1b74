using System.Reflection;
using Polyphony.Diagnostics;

namespace Polyphony.Tests.Diagnostics;

public sealed class ProbeTaxonomyTests
{
    [Fact]
    public void Every_class_that_the_code_names_is_in_the_taxonomy_and_the_other_way_round()
    {
        // What this catches: a class that is declared and never written, or written and never described.
        var named = Constants(typeof(ProbeClasses));
        ProbeTaxonomy.Classes.Select(c => c.Name).ShouldBe(named.Order(StringComparer.Ordinal));
        ProbeTaxonomy.Seams.Select(s => s.Name).ShouldBe(Constants(typeof(ProbeSeams)), ignoreOrder: true);
    }

    [Fact]
    public void Every_class_and_field_has_a_text_and_a_name_in_the_form_of_the_manual()
    {
        foreach (var info in ProbeTaxonomy.Classes)
        {
            info.Summary.ShouldEndWith(".");
            info.Name.ShouldMatch("^[a-z]+(\\.[a-z_]+)*$");
            foreach (var field in info.Fields)
            {
                field.Name.ShouldMatch("^[a-z][a-z_]*$");
                field.Summary.ShouldNotBeEmpty();
                field.Type.ShouldBeOneOf("integer", "number", "boolean", "string");
            }
        }
    }

    [Fact]
    public void Content_is_only_what_people_and_models_wrote()
    {
        ProbeTaxonomy.Classes.SelectMany(c => c.Fields.Where(f => f.IsContent).Select(f => $"{c.Name} {f.Name}")).ShouldBe(
        [
            "cognition.analyze.cache_hit cache_key",
            "cognition.analyze.error error",
            "cognition.analyze.inference raw_text",
            "cognition.analyze.parse summary",
            "cognition.analyze.parse angles",
            "persona.response.analyze.result matched_angle",
            "persona.response.enter message_text",
            "persona.response.exit.silent raw_text",
            "persona.response.exit.spoke visible_text",
            "persona.response.render.prompt system_message",
            "persona.response.render.prompt messages",
            "persona.response.render.raw raw_text",
            "persona.turn.error error",
            "persona.turn.silent model_reason",
        ]);
    }

    [Fact]
    public void A_probe_that_holds_content_is_logged_at_trace_and_its_plain_twin_never_is()
    {
        // What this catches: content in the log of an operator who turned nothing on.
        foreach (var (method, log) in ProbeTaxonomy.Methods)
        {
            (log.Level == Microsoft.Extensions.Logging.LogLevel.Trace).ShouldBe(method.Name.EndsWith("Sensitive", StringComparison.Ordinal), method.Name);
        }
    }

    [Fact]
    public void Seams_nest_within_seams_that_exist()
    {
        var names = ProbeTaxonomy.Seams.Select(s => s.Name).ToHashSet();
        ProbeTaxonomy.Seams.ShouldAllBe(s => s.Parent == null || names.Contains(s.Parent));
    }

    [Theory]
    [InlineData("", "persona.turn.spoke", true)]
    [InlineData("*", "timing", true)]
    [InlineData("persona", "persona.turn.spoke", true)]
    [InlineData("persona.turn", "persona.turn.spoke", true)]
    [InlineData("persona.turn.spoke", "persona.turn.spoke", true)]
    [InlineData("persona.turn", "persona.response.enter", false)]
    [InlineData("persona", "personality.x", false)]
    [InlineData("timing, room", "room.append", true)]
    public void A_filter_takes_classes_and_namespaces(string filter, string name, bool takes) => ProbeFilter.Parse(filter).Matches(name).ShouldBe(takes);

    [Fact]
    public void An_unknown_filter_is_refused_with_what_comes_near() =>
        Should.Throw<ArgumentException>(() => ProbeFilter.Parse("persona.trun")).Message.ShouldContain("persona.turn");

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!);
}
