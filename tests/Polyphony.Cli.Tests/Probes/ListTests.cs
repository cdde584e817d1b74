using System.Text.Json;
using Polyphony.Cli.Tests.Commands;
using Polyphony.Diagnostics;

namespace Polyphony.Cli.Tests.Probes;

public sealed class ListTests
{
    [Fact]
    public async Task The_list_is_the_taxonomy()
    {
        var run = await ProgramProcess.RunAsync("probes", "list", "--json");

        run.ExitCode.ShouldBe(0, run.Error);
        var json = JsonDocument.Parse(run.Output).RootElement;
        json.GetProperty("classes").EnumerateArray().Select(c => c.GetProperty("class").GetString()).ShouldBe(ProbeTaxonomy.Classes.Select(c => c.Name));
        json.GetProperty("classes").EnumerateArray().Select(c => c.GetProperty("fields").GetArrayLength()).ShouldBe(ProbeTaxonomy.Classes.Select(c => c.Fields.Count));
        json.GetProperty("seams").EnumerateArray().Select(s => s.GetProperty("seam").GetString()).ShouldBe(ProbeTaxonomy.Seams.Select(s => s.Name));
    }

    [Fact]
    public async Task A_person_reads_every_class_and_every_field()
    {
        var run = await ProgramProcess.RunAsync("probes", "list");

        run.ExitCode.ShouldBe(0, run.Error);
        foreach (var name in ProbeTaxonomy.Classes.Select(c => c.Name).Concat(ProbeTaxonomy.Classes.SelectMany(c => c.Fields).Select(f => f.Name)).Concat(ProbeTaxonomy.Seams.Select(s => s.Name)))
        {
            run.Output.ShouldContain(name);
        }
    }
}
