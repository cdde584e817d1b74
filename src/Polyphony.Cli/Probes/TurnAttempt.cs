namespace Polyphony.Cli.Probes;

/// <summary>One timed stretch of a turn.</summary>
/// <param name="Seam">What was timed.</param>
/// <param name="Depth">How deep it is nested.</param>
/// <param name="OffsetUs">When it began, from the beginning of the turn.</param>
/// <param name="DurationUs">How long it took.</param>
/// <param name="SpanId">Its span, and <paramref name="ParentId"/> the one it is a part of.</param>
/// <param name="ParentId">Null where it is a part of none.</param>
internal sealed record TurnSpan(string Seam, int Depth, double OffsetUs, double DurationUs, string? SpanId, string? ParentId);

/// <summary>One attempt at a turn: all the records of one trace, and what the floor said about it.</summary>
internal sealed class TurnAttempt
{
    private static readonly string[] Stages = ["recall", "admit", "compose", "assemble", "respond", "check", "say"];

    private readonly List<ProbeRecord> _records = [];

    /// <summary>Counted from 1; null where no record says so.</summary>
    public int? Number => (int?)Start?.NumberField("attempt");

    /// <summary>Why the floor gave it the turn.</summary>
    public ProbeRecord? Grant { get; set; }

    public ProbeRecord? Start => Last("persona.turn.start");

    /// <summary>The record of its outcome; null where the file has none.</summary>
    public ProbeRecord? End => _records.LastOrDefault(r => r.Class is "persona.turn.spoke" or "persona.turn.silent" or "persona.turn.error");

    public ProbeRecord First => _records[0];

    public string? Persona => _records.Select(r => r.Persona).FirstOrDefault(name => name is not null);

    public long? Seq => _records.Select(r => r.Seq).FirstOrDefault(seq => seq is not null);

    public IEnumerable<ProbeRecord> ModelCalls => _records.Where(r => r.Class == "inference.generate.exit");

    /// <summary>What was said to it; null without content.</summary>
    public string? Heard => Last("persona.response.enter")?.Field("message_text");

    /// <summary>What it said, or wrote and did not say; null without content.</summary>
    public string? Said => Last("persona.response.exit.spoke")?.Field("visible_text") ?? Last("persona.response.exit.silent")?.Field("raw_text");

    /// <summary>The outcome by its name; null where the file has none.</summary>
    public string? Outcome => End?.Class switch
    {
        "persona.turn.spoke" => "spoke",
        "persona.turn.error" => "failed",
        "persona.turn.silent" => End.Field("outcome"),
        _ => null,
    };

    /// <summary>Why it came to this; null where it spoke.</summary>
    public string? Reason => End is { } end ? SilenceText.ReasonOf(end) : null;

    /// <summary>How long each stage took that the turn came to, in milliseconds.</summary>
    public IEnumerable<(string Stage, double Ms)> StageTimes => Stages
        .Select(stage => (stage, End?.NumberField($"{stage}_ms")))
        .Where(stage => stage.Item2 is not null)
        .Select(stage => (stage.stage, stage.Item2!.Value));

    /// <summary>The timings in the order in which they began, to the microsecond; a part after the whole.</summary>
    public IReadOnlyList<TurnSpan> Spans
    {
        get
        {
            var timings = _records.Where(r => r.DurationUs is not null).ToArray();
            if (timings is [])
            {
                return [];
            }

            var begin = timings.Min(BeginOf);
            return [.. timings
                .Select(r => new TurnSpan(r.Field("seam") ?? "", DepthOf(r, timings), BeginOf(r) - begin, r.DurationUs!.Value, r.SpanId, r.ParentId))
                .OrderBy(span => Math.Round(span.OffsetUs))
                .ThenBy(span => span.Depth)];
        }
    }

    public void Add(ProbeRecord record) => _records.Add(record);

    private static double BeginOf(ProbeRecord timing) => timing.MonoUs - timing.DurationUs!.Value;

    private static int DepthOf(ProbeRecord timing, ProbeRecord[] timings)
    {
        // Not deeper than there are timings, whatever somebody wrote into the file.
        var depth = 0;
        for (var at = timing; depth < timings.Length && at.ParentId is { } parent && Array.Find(timings, t => t.SpanId == parent) is { } above; at = above)
        {
            depth++;
        }

        return depth;
    }

    private ProbeRecord? Last(string name) => _records.LastOrDefault(r => r.Class == name);
}
