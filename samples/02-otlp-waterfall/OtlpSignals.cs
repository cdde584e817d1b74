namespace Polyphony.Samples.OtlpWaterfall;

/// <summary>A span as it came.</summary>
internal sealed record OtlpSpan
{
    public required string TraceId { get; init; }

    public required string SpanId { get; init; }

    /// <summary>The span that it lies within; null for the root of a trace.</summary>
    public required string? ParentId { get; init; }

    public required string Name { get; init; }

    /// <summary>In nanoseconds since 1970.</summary>
    public required ulong Start { get; init; }

    /// <summary>In nanoseconds since 1970.</summary>
    public required ulong End { get; init; }

    public required bool IsError { get; init; }

    public required IReadOnlyDictionary<string, object?> Attributes { get; init; }

    /// <summary>What sent it: <c>service.name</c> and the like.</summary>
    public required IReadOnlyDictionary<string, object?> Resource { get; init; }
}

/// <summary>A metric as it came.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Points">A sum or a distribution for each set of attributes.</param>
internal sealed record OtlpMetric(string Name, string Unit, IReadOnlyList<OtlpPoint> Points);

/// <summary>One point of a metric.</summary>
/// <param name="Count">The sum of a counter, or how often a distribution was measured.</param>
/// <param name="Attributes">What it is about.</param>
internal sealed record OtlpPoint(long Count, IReadOnlyDictionary<string, object?> Attributes);
