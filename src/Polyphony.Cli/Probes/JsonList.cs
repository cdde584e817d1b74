using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Polyphony.Cli.Probes;

/// <summary>One JSON document with one long list in it, written as it comes: the list is never in memory.</summary>
/// <param name="output">Where it is written.</param>
/// <param name="head">What stands before the list.</param>
/// <param name="name">The list's key.</param>
internal sealed class JsonList(BatchedOutput output, JsonObject head, string name)
{
    private static readonly JsonSerializerOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private bool _hasItems;

    public void Add(JsonObject item)
    {
        Begin();
        output.Write((_hasItems ? ",\n    " : "\n    ") + item.ToJsonString(Written));
        _hasItems = true;
    }

    /// <summary>Ends the list and the document.</summary>
    /// <param name="tail">What stands after the list.</param>
    public void End(JsonObject tail)
    {
        Begin();
        var closing = _hasItems ? "\n  ]" : "]";
        output.WriteLine(closing + string.Concat(tail.Select(pair => $",\n  {Pair(pair)}")) + "\n}");
        output.Flush();
    }

    private void Begin()
    {
        if (!output.HasBegun)
        {
            output.Write("{\n" + string.Concat(head.Select(pair => $"  {Pair(pair)},\n")) + $"  \"{name}\": [");
        }
    }

    private static string Pair(KeyValuePair<string, JsonNode?> pair) => $"\"{pair.Key}\": {pair.Value?.ToJsonString(Written) ?? "null"}";
}
