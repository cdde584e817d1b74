namespace Polyphony.Diagnostics;

/// <summary>A probe file, and how large it and those before it may get.</summary>
public sealed record ProbeFileOptions
{
    /// <summary>The file. It is appended to where it exists; its directory must exist.</summary>
    public required string Path { get; init; }

    /// <summary>Which classes to write. Default: all.</summary>
    public ProbeFilter Filter { get; init; } = ProbeFilter.All;

    /// <summary>How large the file may get before it is rolled. Bytes, at least 64 KiB; default 256 MiB.</summary>
    public long MaxBytes { get; init; } = 256L << 20;

    /// <summary>How old the file may get before it is rolled. At least a second; default one day.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How many rolled files are kept, named <c>….1</c> (the newest) and so on. 0 to 1,000; default 7.</summary>
    public int Keep { get; init; } = 7;

    /// <summary>
    /// How many probes may wait for the writer; more are dropped and counted. 16 to 16,777,216; default 262,144, half a second at 500,000 a second. It takes 32 bytes each from the
    /// start, 8 MiB by default, and some 400 for each that ever waited at once, 100 MB by default where it has been full.
    /// </summary>
    public int QueueCapacity { get; init; } = 1 << 18;

    /// <summary>Told once, in a line for a person, when writing fails: the turns go on, and what is lost is counted. Called on the writer's thread.</summary>
    public Action<string>? WriteFailed { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Path);
        ArgumentNullException.ThrowIfNull(Filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBytes, 64 << 10);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAge, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfNegative(Keep);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Keep, 1_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueCapacity, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(QueueCapacity, 1 << 24);
    }
}
