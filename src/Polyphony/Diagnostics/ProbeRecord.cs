using System.Diagnostics;
using System.Globalization;

namespace Polyphony.Diagnostics;

/// <summary>A probe as it is read: the same keys as a line of a probe file.</summary>
public sealed record ProbeRecord
{
    /// <summary>Wall clock; of a timing, its end.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Microseconds since the file or stream began, never going back.</summary>
    public required long MonoUs { get; init; }

    /// <summary>One of <see cref="ProbeClasses"/>.</summary>
    public required string Class { get; init; }

    /// <summary>For a person.</summary>
    public required string Message { get; init; }

    /// <summary>The trace: one for each turn.</summary>
    public string? TraceId { get; init; }

    /// <summary>The span of a timing, or the one in which an event happened.</summary>
    public string? SpanId { get; init; }

    /// <summary>The span around that one.</summary>
    public string? ParentId { get; init; }

    /// <summary>The turn, such as <c>t12</c>; numbered within its room.</summary>
    public string? Turn { get; init; }

    /// <summary>The room.</summary>
    public string? Room { get; init; }

    /// <summary>The persona's name.</summary>
    public string? Persona { get; init; }

    /// <summary>The number of the message that the turn answers, or that it is about.</summary>
    public long? Seq { get; init; }

    /// <summary>What the class tells, in the order of its taxonomy. Values are <see cref="long"/>, <see cref="int"/>, <see cref="double"/>, <see cref="bool"/> or <see cref="string"/>.</summary>
    public required IReadOnlyList<KeyValuePair<string, object>> Fields { get; init; }

    /// <summary>How long it took, in microseconds; timings only.</summary>
    public double? DurationUs { get; init; }

    internal static ProbeRecord Dropped(long count, string reason, ProbeTime time)
    {
        var now = Stopwatch.GetTimestamp();
        return new()
        {
            At = time.At(now),
            MonoUs = time.MonoUs(now),
            Class = ProbeClasses.ProbeDropped,
            Message = $"{count} records were lost: {reason}",
            Fields = [new("count", count), new("reason", reason)],
        };
    }

    internal static ProbeRecord Of(CapturedProbe probe, ProbeTime time)
    {
        var keys = (probe.Span is { } within ? within.Keys : default).With(probe.Values);
        var fields = new List<KeyValuePair<string, object>>(probe.Values.Length);
        if (probe.IsTiming)
        {
            fields.Add(new("seam", probe.Span!.Seam));
            foreach (var (tag, value) in probe.Span.Tags)
            {
                fields.Add(new(ProbeKeys.TagField(tag), value!));
            }
        }

        foreach (var (parameter, value) in probe.Values)
        {
            if (value is not null && probe.Shape.FieldOf(parameter) is { IsRecordKey: false } field)
            {
                fields.Add(new(field.Name, value));
            }
        }

        return new()
        {
            At = time.At(probe.Timestamp),
            MonoUs = time.MonoUs(probe.Timestamp),
            Class = probe.Shape.Name,
            Message = MessageOf(probe),
            TraceId = probe.Span?.TraceId.ToString("x32", CultureInfo.InvariantCulture),
            SpanId = probe.Span?.Id.ToString("x16", CultureInfo.InvariantCulture),
            ParentId = probe.Span is { ParentId: not 0 and var parent } ? parent.ToString("x16", CultureInfo.InvariantCulture) : null,
            Turn = keys.Turn,
            Room = keys.Room,
            Persona = keys.Persona,
            Seq = keys.Seq,
            Fields = fields,
            DurationUs = probe.IsTiming ? probe.Span!.Duration.TotalMicroseconds : null,
        };
    }

    private static string MessageOf(CapturedProbe probe)
    {
        var text = new ProbeText();
        probe.Write(text);
        return text.ToString();
    }
}

/// <summary>Turns timestamps into the two clocks of a record. Both begin together, so that neither needs the system at a probe.</summary>
internal readonly record struct ProbeTime(DateTimeOffset Wall, long Start)
{
    public static ProbeTime Now(TimeProvider time) => new(time.GetUtcNow(), Stopwatch.GetTimestamp());

    public DateTimeOffset At(long timestamp) => Wall + Stopwatch.GetElapsedTime(Start, timestamp);

    public long MonoUs(long timestamp) => Stopwatch.GetElapsedTime(Start, timestamp).Ticks / TimeSpan.TicksPerMicrosecond;
}
