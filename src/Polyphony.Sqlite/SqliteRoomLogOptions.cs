namespace Polyphony.Sqlite;

/// <summary>Where a <see cref="SqliteRoomLog"/> lies and what it promises.</summary>
public sealed record SqliteRoomLogOptions
{
    /// <summary>The database file, for any number of rooms. It and its folder are created where they are missing.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// Whether an append survives a power failure too. Default false: it survives the end of the process, however that comes. True waits for the
    /// disk at every group of appends, which takes a millisecond or so instead of some tens of microseconds.
    /// </summary>
    public bool PowerFailureSafe { get; init; }

    /// <summary>
    /// How many appends may be under way at once. Range 1 to 1,000,000; default 4,096. A further one holds its caller until there is space.
    /// Higher costs the memory of the encoded events.
    /// </summary>
    public int QueueLimit { get; init; } = 4096;

    /// <summary>
    /// How large the file may become, in bytes. Range 1 MiB to 1 PiB; default 64 GiB. An append that does not fit fails, and the log stops. A file
    /// that is larger already can be read but takes nothing more.
    /// </summary>
    public long MaxBytes { get; init; } = 64L << 30;

    /// <summary>
    /// Is told of each append how long it took from the call to being durable, in ticks of <see cref="System.Diagnostics.Stopwatch"/>. Called on the
    /// log's one writer thread, before the caller continues: note the number and return. If it throws, the log stops.
    /// </summary>
    public Action<long>? AppendWaited { get; init; }

    /// <summary>Checks every range.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it and the range.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Path) || Path.Contains('\0'))
        {
            throw new ArgumentException($"{nameof(Path)} is not a path; give the log a file", nameof(Path));
        }

        Check(QueueLimit, 1, 1_000_000, nameof(QueueLimit));
        Check(MaxBytes, 1L << 20, 1L << 50, nameof(MaxBytes));
    }

    private static void Check(long value, long least, long most, string key)
    {
        if (value < least || value > most)
        {
            throw new ArgumentException($"{key} is {value}; set it from {least} to {most}", key);
        }
    }
}
