namespace Polyphony.Rooms;

/// <summary>Where rooms keep their events: append-only, one sequence a room.</summary>
/// <remarks>
/// Safe for many rooms at once; a room has one writer, which appends in order without waiting for the append before. Appends of a room become
/// durable in that order. After an append has failed, the log takes nothing more for that room.
/// </remarks>
public interface IRoomLog : IAsyncDisposable
{
    /// <summary>Reads a room's events from its beginning, in the groups in which they were appended.</summary>
    /// <exception cref="RoomLogException">The log cannot be read; the message says what to do.</exception>
    IAsyncEnumerable<IReadOnlyList<RoomEvent>> ReadAsync(RoomId room, CancellationToken cancellationToken);

    /// <summary>Appends events as one whole: after a crash all of them are there, or none.</summary>
    /// <param name="room">Whose.</param>
    /// <param name="events">What happened; not kept after the call returns.</param>
    /// <returns>Completes when they are durable; fails with <see cref="RoomLogException"/> when they are not. It is awaited once.</returns>
    ValueTask AppendAsync(RoomId room, IReadOnlyList<RoomEvent> events);
}

/// <summary>A room's log cannot be read or written. The message names the log and says what to do; it holds nothing that anybody said.</summary>
public sealed class RoomLogException : Exception
{
    /// <summary>An exception without a message; prefer one that says what to do.</summary>
    public RoomLogException()
    {
    }

    /// <param name="message">What is wrong, where, and what to do.</param>
    public RoomLogException(string message)
        : base(message)
    {
    }

    /// <param name="message">What is wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public RoomLogException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
