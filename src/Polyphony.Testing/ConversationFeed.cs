namespace Polyphony.Testing;

/// <summary>
/// A test's hand in a <see cref="ScriptedConversation"/> that is under way: it lets something arrive at an exact point. While it is open, a call that finds
/// nothing to give waits; when it is closed, the conversation ends where its script does. Thread-safe.
/// </summary>
/// <remarks>What arrives comes before what is left of the script, in the order of arrival.</remarks>
public sealed class ConversationFeed
{
    private readonly ScriptedConversation _conversation;

    internal ConversationFeed(ScriptedConversation conversation) => _conversation = conversation;

    /// <summary>Lets something arrive now: the next call for a step gives it. Called from inside a model, it arrives while that turn runs.</summary>
    /// <exception cref="InvalidOperationException">The feed was closed, or the conversation has ended.</exception>
    public void Arrive(ScriptedEvent arrival)
    {
        ArgumentNullException.ThrowIfNull(arrival);
        _conversation.Arrive(arrival);
    }

    /// <summary>Lets a message of the <see cref="ScriptedConversation.Visitor"/> arrive now.</summary>
    public void Arrive(string text) => Arrive(new ScriptedEvent.Message(text));

    /// <summary>Lets something arrive at the moment at which the conversation gives its <paramref name="count"/>th offer: while that turn runs, and before the call after it.</summary>
    /// <param name="count">Counted from the first offer ever; one that is still to come.</param>
    /// <param name="arrival">What arrives.</param>
    /// <exception cref="InvalidOperationException">That offer was given already, the feed was closed, or the conversation has ended.</exception>
    public void AfterOffer(int count, ScriptedEvent arrival)
    {
        ArgumentNullException.ThrowIfNull(arrival);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _conversation.ArriveAfterOffer(count, arrival);
    }

    /// <summary>Closes the feed. What has arrived, and what is set for an offer that still comes, is given first.</summary>
    public void Close() => _conversation.CloseFeed();
}
