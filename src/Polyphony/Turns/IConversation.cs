using Polyphony.Rooms;

namespace Polyphony.Turns;

/// <summary>
/// All that a persona loop knows of the world: one persona's seat in one conversation. A live room's seat and the scripted
/// conversation of the tests are its implementations.
/// </summary>
/// <remarks>
/// One loop calls it, one call at a time; <see cref="Draft"/> may come from the thread on which the model's words arrive. Prime it once before
/// the first offer is asked for.
/// </remarks>
public interface IConversation
{
    /// <summary>Who sits here.</summary>
    ParticipantId Persona { get; }

    /// <summary>Takes the seat. What was said until now is history and is never offered as new.</summary>
    /// <returns>The high-water mark: the sequence number of the last message of that history, 0 when there is none.</returns>
    ValueTask<long> PrimeAsync(CancellationToken cancellationToken);

    /// <summary>Waits for the next step. Every call makes progress: a fault uses up what caused it.</summary>
    ValueTask<ConversationStep> NextAsync(CancellationToken cancellationToken);

    /// <summary>Whether anybody would see a draft. Ask before making one.</summary>
    bool ShowsDrafts { get; }

    /// <summary>Shows the words of a running turn so far. They are a draft: not part of the transcript until the result is accepted.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="wordsSoFar">Everything the persona has said in it so far.</param>
    void Draft(TurnId turn, string wordsSoFar);

    /// <summary>Hands in what became of an offer, and waits until it is durable.</summary>
    /// <returns>Accepted, with the message's id where something was said; or refused, with the rule.</returns>
    ValueTask<Receipt> CompleteAsync(TurnResult result, CancellationToken cancellationToken);
}
