using System.Text.Json;

namespace Polyphony.Cli.Probes;

/// <summary>One record with all there is in it, for those few that are shown.</summary>
internal sealed class ProbeRecord
{
    private readonly JsonElement _json;

    private ProbeRecord(JsonElement json) => _json = json;

    public string At => Text("at") ?? "";

    /// <summary>Microseconds since the writer began; of a timing, at its end.</summary>
    public double MonoUs => Number(_json, "mono_us") ?? 0;

    public string Class => Text("class") ?? "";

    public string Message => Text("message") ?? "";

    public string? TraceId => Text("trace_id");

    public string? SpanId => Text("span_id");

    public string? ParentId => Text("parent_id");

    public string? Turn => Text("turn");

    public string? Room => Text("room");

    public string? Persona => Text("persona");

    public long? Seq => Whole(Number(_json, "seq"));

    /// <summary>Of a timing.</summary>
    public double? DurationUs => Number(_json, "duration_us");

    /// <summary>The fields and their values as text, in their order.</summary>
    public IEnumerable<(string Name, string Value)> Fields => _json.GetProperty("fields").EnumerateObject().Select(f => (f.Name, TextOf(f.Value)));

    /// <summary>Reads what <see cref="ProbeLine"/> took for a record.</summary>
    public static ProbeRecord Of(ProbeLine line)
    {
        var reader = new Utf8JsonReader(line.Json);
        return new(JsonElement.ParseValue(ref reader));
    }

    public string? Field(string name) => _json.GetProperty("fields").TryGetProperty(name, out var value) ? TextOf(value) : null;

    public double? NumberField(string name) => Number(_json.GetProperty("fields"), name);

    /// <summary>The number of a message under a name; null where none can have it.</summary>
    public long? SeqField(string name) => Whole(NumberField(name));

    public bool IsTrueField(string name) => _json.GetProperty("fields").TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    // Beyond that a double does not tell one number from the next, and no room comes near it.
    private static long? Whole(double? number) => number is >= 0 and <= 1L << 53 ? (long)number : null;

    private static double? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : null;

    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private string? Text(string key) => _json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? TextOf(value) : null;
}
