namespace Polyphony.Rooms;

/// <summary>What a room says to somebody who handed something in. A closed set; it is given when the thing is durable.</summary>
public abstract record Receipt
{
    private Receipt()
    {
    }

    /// <summary>The room took it.</summary>
    /// <param name="Message">The message that came of it; none for a turn that ended in silence.</param>
    public sealed record Accepted(Message? Message) : Receipt
    {
        /// <summary>Accepted, and nothing was said.</summary>
        public static Accepted Silence { get; } = new((Message?)null);
    }

    /// <summary>A message with this id is in the room already; nothing was posted again.</summary>
    /// <param name="Id">The id.</param>
    public sealed record AlreadyPosted(MessageId Id) : Receipt;

    /// <summary>The room did not take it.</summary>
    /// <param name="Rule">The rule's name: <c>overloaded</c>, <c>too-long</c>, <c>not-yourself</c>, <c>reserved-id</c>, <c>stale</c>.</param>
    /// <param name="Reason">What about it, and what to do.</param>
    public sealed record Refused(string Rule, string Reason) : Receipt;
}
