using System.Text;
using System.Text.Json.Nodes;
using Polyphony.Cli.Commands;
using Polyphony.Diagnostics;

namespace Polyphony.Cli.Probes;

/// <summary>What <c>polyphony probes list</c> does.</summary>
internal static class ListBody
{
    public static Task<int> RunAsync(ProbesListOptions options, CommandConsole console, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        BatchedOutput.WriteAll(console.Output, options switch { { Json: true } => JsonReport.Text(Json()), { Markdown: true } => Markdown(), _ => Text() });
        return Task.FromResult(ExitCodes.Held);
    }

    private static JsonObject Json() => new()
    {
        ["classes"] = new JsonArray([.. ProbeTaxonomy.Classes.Select(c => (JsonNode)new JsonObject
        {
            ["class"] = c.Name,
            ["summary"] = c.Summary,
            ["fields"] = new JsonArray([.. c.Fields.Select(f => (JsonNode)new JsonObject
            {
                ["name"] = f.Name,
                ["type"] = f.Type,
                ["content"] = f.IsContent,
                ["summary"] = f.Summary,
            })]),
        })]),
        ["seams"] = new JsonArray([.. ProbeTaxonomy.Seams.Select(s => (JsonNode)new JsonObject
        {
            ["seam"] = s.Name,
            ["parent"] = s.Parent,
            ["summary"] = s.Summary,
        })]),
    };

    private static string Text()
    {
        var text = new StringBuilder("Classes (a field marked * is written only with --probe-content)\n");
        foreach (var (name, summary, fields) in ProbeTaxonomy.Classes)
        {
            text.Append($"\n{name}\n  {summary}\n");
            foreach (var field in fields)
            {
                text.Append($"    {field.Name + (field.IsContent ? "*" : ""),-18} {field.Type,-8} {field.Summary}\n");
            }
        }

        text.Append("\nSeams (fields.seam of the class timing)\n\n");
        foreach (var seam in ProbeTaxonomy.Seams)
        {
            text.Append($"{new string(' ', 2 * DepthOf(seam)) + seam.Name,-30} {seam.Summary}\n");
        }

        return text.ToString().TrimEnd('\n').ReplaceLineEndings();
    }

    /// <summary>The part of the manual that is generated: <c>docs/probes.md</c> holds exactly this.</summary>
    private static string Markdown()
    {
        var text = new StringBuilder();
        foreach (var (name, summary, fields) in ProbeTaxonomy.Classes)
        {
            text.Append($"### `{name}`\n\n{summary}\n\n");
            if (fields.Count > 0)
            {
                text.Append("| field | type | |\n| --- | --- | --- |\n");
                foreach (var field in fields)
                {
                    text.Append($"| `{field.Name}` | {field.Type} | {field.Summary}{(field.IsContent ? " **(content)**" : "")} |\n");
                }

                text.Append('\n');
            }
        }

        text.Append("### Seams of `timing`\n\n");
        foreach (var seam in ProbeTaxonomy.Seams)
        {
            text.Append($"{new string(' ', 2 * DepthOf(seam))}- `{seam.Name}`: {seam.Summary}\n");
        }

        return text.ToString().TrimEnd('\n');
    }

    private static int DepthOf(ProbeSeamInfo seam) =>
        seam.Parent is null ? 0 : 1 + DepthOf(ProbeTaxonomy.Seams.First(s => s.Name == seam.Parent));
}
