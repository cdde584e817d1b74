using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Testing.Stress;

/// <summary>A latency, in microseconds.</summary>
/// <param name="MeanUs">The mean.</param>
/// <param name="P50Us">The median.</param>
/// <param name="P99Us">The 99th percentile.</param>
/// <param name="MaxUs">The largest.</param>
public sealed record StressLatency(double MeanUs, double P50Us, double P99Us, double MaxUs)
{
    /// <summary>The figures of a histogram; zeros where it is empty.</summary>
    public static StressLatency Of(LatencyHistogram histogram)
    {
        ArgumentNullException.ThrowIfNull(histogram);
        return new(histogram.MeanUs ?? 0, histogram.PercentileUs(50) ?? 0, histogram.PercentileUs(99) ?? 0, histogram.MaxUs ?? 0);
    }
}

/// <summary>The same rounds over bare channels, in the same run: what no runtime can go below.</summary>
/// <param name="ServeMs">The wall time of one repetition.</param>
/// <param name="SinceArrival">From the arrival of a message to its answer, without the model's own time.</param>
public sealed record StressFloor(double ServeMs, StressLatency SinceArrival);

/// <summary>What one trial measured.</summary>
public sealed record StressTrial
{
    /// <summary>The kind of load.</summary>
    public required StressKind Kind { get; init; }

    /// <summary>How the personas were put together.</summary>
    public required StressTopology Topology { get; init; }

    /// <summary>How many personas.</summary>
    public required int Personas { get; init; }

    /// <summary>How many messages each answered in one repetition.</summary>
    public required int Messages { get; init; }

    /// <summary>How long the model took, in milliseconds; 0 where it had no timer.</summary>
    public required double DelayMs { get; init; }

    /// <summary>Turns measured.</summary>
    public required long Turns { get; init; }

    /// <summary>Materialising and priming all personas, in milliseconds.</summary>
    public required double MaterializeMs { get; init; }

    /// <summary>Serving: one repetition of a timed trial, the whole of another, in milliseconds.</summary>
    public required double ServeMs { get; init; }

    /// <summary>The floor of a timed trial.</summary>
    public StressFloor? Floor { get; init; }

    /// <summary>Whole turns, from the offer's taking to the accepted reply.</summary>
    public required StressLatency Turn { get; init; }

    /// <summary>The same without the time inside the model call.</summary>
    public required StressLatency Overhead { get; init; }

    /// <summary>From the arrival of the message to the accepted reply, without the time inside the model call.</summary>
    public required StressLatency SinceArrival { get; init; }

    /// <summary>How long appends waited until they were durable; null for a log that is durable at once.</summary>
    public StressLatency? AppendWait { get; init; }

    /// <summary>Bytes allocated for a turn, the post and the harness's model included.</summary>
    public required double AllocatedBytesPerTurn { get; init; }

    /// <summary>Bytes of heap that one more primed, idle persona takes, without its card.</summary>
    public required double IdleBytesPerPersona { get; init; }

    /// <summary>Turns a second.</summary>
    public required double TurnsPerSecond { get; init; }

    /// <summary>Offers and what became of them.</summary>
    public required OutcomeCounts Outcomes { get; init; }

    /// <summary>What was not offered.</summary>
    public required (long Own, long History, long Floor) NotOffered { get; init; }

    /// <summary>Whether every persona answered every message once, and the books of the rooms add up.</summary>
    public required bool Conserved { get; init; }

    /// <summary>Each persona's turns: how many, and the mean, smallest and largest in milliseconds.</summary>
    public required IReadOnlyList<(long Turns, double MeanMs, double MinMs, double MaxMs)> ByPersona { get; init; }
}

/// <summary>What a run of the stress baseline measured.</summary>
/// <param name="Trials">The trials, in the order in which they ran.</param>
public sealed record StressReport(IReadOnlyList<StressTrial> Trials)
{
    /// <summary>Whether the books of every trial add up.</summary>
    public bool Conserved => Trials.All(t => t.Conserved);
}
