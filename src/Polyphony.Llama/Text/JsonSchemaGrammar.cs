using System.Text;
using System.Text.Json;

namespace Polyphony.Llama.Text;

/// <summary>Grammars, in llama.cpp's notation, of JSON as <see cref="LlamaGrammar.OfSchema"/> tells.</summary>
internal static class JsonSchemaGrammar
{
    /// <summary>The grammar of any JSON value.</summary>
    public static string Any { get; } = Text("value", []);

    /// <summary>The grammar of a schema.</summary>
    /// <exception cref="LlamaException"><see cref="LlamaFault.SchemaUnsupported"/>; the message names the keyword and its place.</exception>
    public static string Of(JsonElement schema)
    {
        var rules = new SchemaRules(schema);
        return Text(rules.Root(), rules.Rules);
    }

    private static string Text(string root, IEnumerable<KeyValuePair<string, string>> rules)
    {
        var text = new StringBuilder();
        foreach (var (name, rule) in rules.Concat(GbnfText.Json).Prepend(new("root", root)))
        {
            text.Append(name).Append(" ::= ").Append(rule).Append('\n');
        }

        return text.ToString();
    }
}
