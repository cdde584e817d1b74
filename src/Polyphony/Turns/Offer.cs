using Polyphony.Rooms;

namespace Polyphony.Turns;

/// <summary>What a conversation gives a persona next: an <see cref="Offer"/>, the <see cref="ConversationEnded">end</see>, or a <see cref="ConversationFault">fault</see>.</summary>
public abstract class ConversationStep
{
    private protected ConversationStep()
    {
    }
}

/// <summary>The conversation is over: no offer follows.</summary>
public sealed class ConversationEnded : ConversationStep
{
    /// <summary>The only value.</summary>
    public static ConversationEnded Instance { get; } = new();
}

/// <summary>Something went wrong between the persona and the conversation; the next step may be an offer again.</summary>
/// <param name="reason">What went wrong.</param>
public sealed class ConversationFault(string reason) : ConversationStep
{
    /// <summary>What went wrong.</summary>
    public string Reason { get; } = reason;
}

/// <summary>
/// A room's invitation to one turn. Offering and taking are one step: a persona is offered a turn only when it has none, so the burst is
/// fixed from here on.
/// </summary>
public sealed class Offer : ConversationStep
{
    private TurnOutcome? _withdrawnAs;

    /// <summary>The room that asks. The answer belongs there and nowhere else.</summary>
    public required RoomId Room { get; init; }

    /// <summary>The turn.</summary>
    public required TurnId Turn { get; init; }

    /// <summary>Counted from 1; a superseded turn is offered again with the next number.</summary>
    public required int Attempt { get; init; }

    /// <summary>Who is asked.</summary>
    public required ParticipantId Persona { get; init; }

    /// <summary>The first message of the burst.</summary>
    public required long First { get; init; }

    /// <summary>The last message of the burst: what the turn answers first of all.</summary>
    public required long Last { get; init; }

    /// <summary>What was said until now, the burst included. It may hold messages past the burst, which are for later turns.</summary>
    public required TranscriptView Transcript { get; init; }

    /// <summary>Everybody's names, as of now.</summary>
    public required Roster Roster { get; init; }

    /// <summary>What holds in the room, as its host wrote it; empty where nobody did.</summary>
    public string Doctrine { get; init; } = "";

    /// <summary>Whether it is a live voice conversation.</summary>
    public bool Voice { get; init; }

    /// <summary>How long the turn may take.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>When what is answered arrived, as a <see cref="TimeProvider.GetTimestamp"/> of the room's clock; 0 where nobody measured it.</summary>
    public long ArrivedTimestamp { get; init; }

    /// <summary>Signals that the room has withdrawn the offer: the turn is closed, and its result would be refused.</summary>
    public CancellationToken Withdrawn { get; init; }

    /// <summary>Under what outcome, and for what reason, the room closed the turn when it withdrew the offer; null until then, and where a conversation does not say.</summary>
    public TurnOutcome? WithdrawnAs { get => Volatile.Read(ref _withdrawnAs); internal set => Volatile.Write(ref _withdrawnAs, value); }

    /// <summary>The newest message of the burst.</summary>
    public Message Newest => Transcript[Last];

    /// <summary>Whether a message of this transcript belongs to the burst.</summary>
    public bool InBurst(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.Seq >= First && message.Seq <= Last && message.Author != Persona;
    }
}
