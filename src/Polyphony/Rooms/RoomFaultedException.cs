namespace Polyphony.Rooms;

/// <summary>A room stopped because its log failed or its own code broke. Open it again to go on from what is durable.</summary>
public sealed class RoomFaultedException : Exception
{
    /// <summary>An exception without a message; prefer one that says what broke.</summary>
    public RoomFaultedException()
    {
    }

    /// <param name="message">What broke.</param>
    public RoomFaultedException(string message)
        : base(message)
    {
    }

    /// <param name="message">What broke.</param>
    /// <param name="innerException">The cause.</param>
    public RoomFaultedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
