namespace Polyphony.Cli.Replay;

/// <summary>When something was said, as far as the record tells: IRC logs often have no date.</summary>
/// <param name="Date">The day, where the record has it.</param>
/// <param name="Time">The time of day.</param>
internal readonly record struct RecordedTime(DateOnly? Date, TimeOnly Time)
{
    /// <summary>The time that an instant is in UTC.</summary>
    public static RecordedTime Of(DateTimeOffset instant) =>
        new(DateOnly.FromDateTime(instant.UtcDateTime), TimeOnly.FromDateTime(instant.UtcDateTime));
}
