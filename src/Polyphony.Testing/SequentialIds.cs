using System.Globalization;
using Polyphony.Rooms;

namespace Polyphony.Testing;

/// <summary>A source of message ids that gives the same ids in the same order in every run: <c>test-1</c>, <c>test-2</c>, and so on. Thread-safe.</summary>
public sealed class SequentialIds
{
    private readonly string _prefix;
    private long _given;

    /// <param name="prefix">Stands before the number and a hyphen. Not empty, and without the <see cref="MessageId.RoomGiven"/> in front that only a room's own ids have.</param>
    public SequentialIds(string prefix = "test")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(prefix);
        if (prefix[0] == MessageId.RoomGiven)
        {
            throw new ArgumentException($"'{prefix}' begins like an id that a room gives; choose a prefix without '{MessageId.RoomGiven}' in front", nameof(prefix));
        }

        _prefix = prefix;
    }

    /// <summary>How many ids were given.</summary>
    public long Given => Volatile.Read(ref _given);

    /// <summary>The next id.</summary>
    public MessageId Next() => new(string.Create(CultureInfo.InvariantCulture, $"{_prefix}-{Interlocked.Increment(ref _given)}"));
}
