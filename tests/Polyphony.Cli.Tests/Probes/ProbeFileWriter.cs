using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Polyphony.Cli.Tests.Probes;

/// <summary>Writes probe files as the format says, the same bytes each time: the clock moves only when it is told to.</summary>
internal sealed class ProbeFileWriter
{
    private static readonly DateTimeOffset Opened = new(2026, 11, 24, 10, 0, 0, TimeSpan.Zero);

    private readonly StringBuilder _text = new();
    private double _mono;
    private int _spans;

    /// <summary>What everything is about that is written from here on.</summary>
    public (string? Persona, string? Room, string? Turn, long? Seq) About { get; set; } = (null, "lobby", null, null);

    public string Trace { get; set; } = "trace-1";

    public ProbeFileWriter Begin(bool content = false, int version = 1)
    {
        _mono = 0;
        var about = About;
        About = default;
        Event("probe.file", "a probe file begins", ("version", version), ("product", "0.1.0"), ("content", content), ("classes", "*"));
        About = about;
        return this;
    }

    public ProbeFileWriter Wait(double us)
    {
        _mono += us;
        return this;
    }

    public ProbeFileWriter Event(string name, string message, params (string Name, JsonNode? Value)[] fields) => Write(name, message, null, null, null, fields);

    /// <returns>The span's id, which a part of it names as its parent.</returns>
    public string Timing(string seam, double us, string? span = null, string? parent = null)
    {
        span ??= $"s{++_spans}";
        Write("timing", $"{seam} took its time", us, span, parent, [("seam", seam)]);
        return span;
    }

    public ProbeFileWriter Line(string line)
    {
        _text.Append(line).Append('\n');
        return this;
    }

    public ProbeFileWriter WithoutEnd(string rest)
    {
        _text.Append(rest);
        return this;
    }

    /// <summary>
    /// A whole turn of one persona: 10 µs of waiting, the model for as long as is said, 20 µs of saying, 30 µs of assembling; it speaks where no outcome is given.
    /// </summary>
    public ProbeFileWriter Turn(string persona, int turn, long seq, double modelUs, string? outcome = null, string? reason = null)
    {
        About = (persona, About.Room, $"t{turn}", seq);
        Trace = $"{About.Room}-{persona}-{turn}-{_spans}";
        Event("floor.grant", $"the floor goes to {persona}", ("attempt", 1), ("first", seq), ("last", seq), ("ground", "silent longest"));
        Wait(10);
        Event("persona.turn.start", $"{persona} takes a turn", ("attempt", 1), ("text_len", 20), ("wait_us", 10.0));
        var (root, respond, render) = ($"r{++_spans}", $"p{_spans}", $"m{_spans}");
        Timing("persona.turn.wait", 10, parent: root);
        Wait(30);
        Timing("persona.prompt.assemble", 30, parent: respond);
        Wait(modelUs);
        Timing("inference.generate", modelUs, parent: render);
        Event("inference.generate.exit", "the model answered", ("model", "m-1"), ("tokens_out", 10), ("tokens_estimated", true), ("text_len", 42), ("duration_ms", modelUs / 1e3), ("tok_per_sec", 10 / (modelUs / 1e6)), ("first_token_ms", 1.5));
        Timing("persona.respond.run_render", modelUs, render, respond);
        Timing("persona.respond", modelUs + 30, respond, root);
        Wait(20);
        Timing("persona.say", 20, parent: root);
        Timing("persona.turn", modelUs + 60, root);
        return outcome switch
        {
            null => Event("persona.turn.spoke", $"{persona} spoke, 42 characters", ("response_len", 42), ("turn_duration_ms", (modelUs + 60) / 1e3), ("recall_ms", 0.001), ("respond_ms", modelUs / 1e3), ("say_ms", 0.02)),
            "failed" => Event("persona.turn.error", $"{persona} failed", ("stage", "respond"), ("error_type", reason), ("turn_duration_ms", (modelUs + 60) / 1e3)),
            _ => Event("persona.turn.silent", $"{persona} was silent", ("outcome", outcome), ("reason", reason), ("turn_duration_ms", (modelUs + 60) / 1e3)),
        };
    }

    public override string ToString() => _text.ToString();

    private ProbeFileWriter Write(string name, string message, double? us, string? span, string? parent, (string Name, JsonNode? Value)[] fields)
    {
        var record = new JsonObject
        {
            ["at"] = Opened.AddMicroseconds(_mono).ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
            ["mono_us"] = _mono,
            ["class"] = name,
            ["message"] = message,
        };
        Add("trace_id", About.Turn is null ? null : Trace);
        Add("span_id", span);
        Add("parent_id", parent);
        Add("turn", About.Turn);
        Add("room", About.Room);
        Add("persona", About.Persona);
        Add("seq", About.Seq);
        record["fields"] = new JsonObject(fields.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        Add("duration_us", us);
        return Line(record.ToJsonString());

        void Add(string key, JsonNode? value)
        {
            if (value is not null)
            {
                record[key] = value;
            }
        }
    }
}
