using Polyphony.Rooms;

namespace Polyphony.Testing;

/// <summary>One thing that happens in a <see cref="ScriptedConversation"/>. A closed set.</summary>
public abstract record ScriptedEvent
{
    private ScriptedEvent()
    {
    }

    /// <summary>Somebody says something. The persona is offered it, unless it is its own or history.</summary>
    /// <param name="Text">What.</param>
    public sealed record Message(string Text) : ScriptedEvent
    {
        /// <summary>Who says it; <see cref="ScriptedConversation.Visitor"/> where absent. The persona itself makes it an own message.</summary>
        public Participant? From { get; init; }

        /// <summary>Its place in the transcript; the next one where absent. One that was there before is a second delivery of that message.</summary>
        public long? Seq { get; init; }

        /// <summary>Its id; one from the conversation's source where absent. One that was there before is a second delivery of that message.</summary>
        public MessageId? Id { get; init; }
    }

    /// <summary>The persona's own words come back to it. They are never offered.</summary>
    /// <param name="Text">What.</param>
    public sealed record OwnMessage(string Text) : ScriptedEvent
    {
        /// <summary>Its place in the transcript; the next one where absent.</summary>
        public long? Seq { get; init; }
    }

    /// <summary>The conversation gives a fault in place of an offer.</summary>
    /// <param name="Reason">What went wrong.</param>
    public sealed record Fault(string Reason) : ScriptedEvent;

    /// <summary>The conversation breaks its contract and throws.</summary>
    /// <param name="Error">What it throws.</param>
    public sealed record Breakage(Exception Error) : ScriptedEvent;

    /// <summary>The conversation ends. Nothing follows.</summary>
    public sealed record Ending : ScriptedEvent;
}
