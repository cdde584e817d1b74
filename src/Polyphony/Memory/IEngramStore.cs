using Polyphony.Rooms;

namespace Polyphony.Memory;

/// <summary>Where memories are kept beyond the process. A projection of the room's log, and beside it what the log does not know: what was forgotten, pinned and concluded.</summary>
/// <remarks>Safe for many rooms at once; a room has one caller, which waits for a call before the next.</remarks>
public interface IEngramStore : IAsyncDisposable
{
    /// <summary>Reads what a room's personas remember.</summary>
    /// <param name="room">Whose.</param>
    /// <param name="embeddingModel">The model whose vectors are wanted; those of others are left; null for none.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="EngramStoreException">The store cannot be read; the message says what to do.</exception>
    ValueTask<StoredMemory> LoadAsync(RoomId room, string? embeddingModel, CancellationToken cancellationToken);

    /// <summary>Writes changes as one whole: after a crash all of them are there, or none.</summary>
    /// <exception cref="EngramStoreException">They are not written; the caller keeps them and may try again.</exception>
    ValueTask SaveAsync(RoomId room, EngramChanges changes);

    /// <summary>The index over what was said in a room, by the messages' sequence numbers.</summary>
    IEngramIndex IndexOf(RoomId room);
}

/// <summary>A store cannot be read or written. The message names it and says what to do; it holds nothing that anybody said.</summary>
public sealed class EngramStoreException : Exception
{
    /// <summary>An exception without a message; prefer one that says what to do.</summary>
    public EngramStoreException()
    {
    }

    /// <param name="message">What is wrong, where, and what to do.</param>
    public EngramStoreException(string message)
        : base(message)
    {
    }

    /// <param name="message">What is wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public EngramStoreException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>What a store has of a room.</summary>
/// <param name="Personas">Each persona's memory.</param>
/// <param name="Vectors">The vectors of what was said.</param>
/// <param name="HasIndex">Whether the store's index holds what the engrams were made of already.</param>
public sealed record StoredMemory(IReadOnlyList<StoredPersona> Personas, IReadOnlyList<StoredVector> Vectors, bool HasIndex)
{
    /// <summary>Nothing.</summary>
    public static StoredMemory Empty { get; } = new([], [], false);
}

/// <summary>What a store has of one persona's memory of a room.</summary>
/// <param name="Progress">How far it has come.</param>
/// <param name="Engrams">What it remembers, in the order of the ids.</param>
/// <param name="Forgotten">The messages that it was made to forget.</param>
public sealed record StoredPersona(PersonaProgress Progress, IReadOnlyList<Remembrance> Engrams, IReadOnlyList<MessageId> Forgotten);

/// <summary>How far a memory has come.</summary>
/// <param name="Owner">Whose.</param>
/// <param name="AdmittedThrough">The last message that it has dealt with.</param>
/// <param name="LastId">The last id it has given, so that none is given twice.</param>
/// <param name="SinceReflection">The engrams that came since it last reflected.</param>
public readonly record struct PersonaProgress(ParticipantId Owner, long AdmittedThrough, long LastId, int SinceReflection);

/// <summary>Something said, as an embedding model sees it.</summary>
/// <param name="Seq">The message.</param>
/// <param name="Model">The model.</param>
/// <param name="Vector">Of length 1.</param>
public sealed record StoredVector(long Seq, string Model, float[] Vector);

/// <summary>An engram that is no more.</summary>
/// <param name="Owner">Whose it was.</param>
/// <param name="Id">Which.</param>
/// <param name="Message">Of which message; null where of none.</param>
/// <param name="IsForgotten">Whether it was forgotten on purpose, so that the message is not admitted again.</param>
public readonly record struct GoneEngram(ParticipantId Owner, EngramId Id, MessageId? Message, bool IsForgotten);

/// <summary>What has changed in a room's memories since the last time it was saved.</summary>
/// <remarks>The remembrances are the living ones: they do not change while a store writes them.</remarks>
public sealed class EngramChanges
{
    /// <summary>The new ones.</summary>
    public IReadOnlyList<Remembrance> Added { get; init; } = [];

    /// <summary>Those that were stored before and have changed.</summary>
    public IReadOnlyList<Remembrance> Changed { get; init; } = [];

    /// <summary>Those that are no more. What nobody remembers any more is deleted, its index entries and vectors included.</summary>
    public IReadOnlyList<GoneEngram> Gone { get; init; } = [];

    /// <summary>How far the memories have come.</summary>
    public IReadOnlyList<PersonaProgress> Progress { get; init; } = [];

    /// <summary>New vectors.</summary>
    public IReadOnlyList<StoredVector> Vectors { get; init; } = [];
}

/// <summary>Keeps nothing beyond the process; its index is in memory.</summary>
public sealed class InMemoryEngramStore : IEngramStore
{
    /// <inheritdoc/>
    public ValueTask<StoredMemory> LoadAsync(RoomId room, string? embeddingModel, CancellationToken cancellationToken) => ValueTask.FromResult(StoredMemory.Empty);

    /// <inheritdoc/>
    public ValueTask SaveAsync(RoomId room, EngramChanges changes) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public IEngramIndex IndexOf(RoomId room) => new InMemoryEngramIndex();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
