namespace Polyphony.Analysis;

/// <summary>How a room's <see cref="SharedAnalysis"/> works.</summary>
public sealed record SharedAnalysisOptions
{
    /// <summary>
    /// How long an analysis, or the failure of one, is good for the same words said again. Range 1 second to 1 day; default 5 minutes. Longer saves calls, and gives
    /// angles from a talk that has moved on.
    /// </summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The most analyses that are kept; the oldest make way. Range 1 to 10,000; default 200.</summary>
    public int Capacity { get; init; } = 200;

    /// <summary>
    /// The part of a turn's time that its analysis may take. Range 0.01 to 0.9; default 0.25, which is 30 seconds of the usual two minutes. When it has passed, the turn
    /// goes on without an angle.
    /// </summary>
    public double TimeoutShare { get; init; } = 0.25;

    /// <summary>Checks every range.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it and the range.</exception>
    public void Validate()
    {
        if (TimeToLive < TimeSpan.FromSeconds(1) || TimeToLive > TimeSpan.FromDays(1))
        {
            throw new ArgumentException($"{nameof(TimeToLive)} is {TimeToLive}; set it from 1 s to 1 day", nameof(TimeToLive));
        }

        if (Capacity is < 1 or > 10_000)
        {
            throw new ArgumentException($"{nameof(Capacity)} is {Capacity}; set it from 1 to 10000", nameof(Capacity));
        }

        if (!(TimeoutShare is >= 0.01 and <= 0.9))
        {
            throw new ArgumentException(FormattableString.Invariant($"{nameof(TimeoutShare)} is {TimeoutShare}; set it from 0.01 to 0.9"), nameof(TimeoutShare));
        }
    }
}
