using Polyphony.Rooms;

namespace Polyphony.Memory;

/// <summary>What kind of thing is remembered.</summary>
public enum EngramKind
{
    /// <summary>Something that happened: somebody said it.</summary>
    Episodic,

    /// <summary>Something that is so.</summary>
    Semantic,

    /// <summary>How something is done.</summary>
    Procedural,

    /// <summary>What the persona made of other engrams.</summary>
    SelfReflection,
}

/// <summary>How far what is remembered may be relied on, as it stood when it was admitted.</summary>
public enum EngramTrust
{
    /// <summary>The persona said or concluded it.</summary>
    Own,

    /// <summary>A person said it.</summary>
    Person,

    /// <summary>Another persona, an agent or a system said it.</summary>
    Peer,
}

/// <summary>Where an engram comes from. A closed set.</summary>
public abstract record EngramOrigin
{
    private EngramOrigin()
    {
    }

    /// <summary>Somebody said it in the room.</summary>
    /// <param name="Message">The message; the same one is never admitted twice.</param>
    /// <param name="Author">Who said it. The name is resolved when the memory is shown.</param>
    /// <param name="Seq">Its place in the transcript.</param>
    public sealed record Said(MessageId Message, ParticipantId Author, long Seq) : EngramOrigin;

    /// <summary>The persona concluded it from other engrams.</summary>
    /// <param name="From">Which.</param>
    public sealed record Reflected(IReadOnlyList<EngramId> From) : EngramOrigin;
}

/// <summary>Identifies an engram within one persona's memory of one room.</summary>
/// <param name="Value">Counted from 1.</param>
public readonly record struct EngramId(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"e{Value}";
}

/// <summary>One remembered thing. Immutable: how well it is remembered is kept beside it.</summary>
public sealed record Engram
{
    /// <summary>Its id in its owner's memory of the room.</summary>
    public required EngramId Id { get; init; }

    /// <summary>Whose it is; an engram has one owner, and nobody else ever reads it.</summary>
    public required ParticipantId Owner { get; init; }

    /// <summary>What kind of thing it is.</summary>
    public required EngramKind Kind { get; init; }

    /// <summary>Where it comes from.</summary>
    public required EngramOrigin Origin { get; init; }

    /// <summary>What is remembered, as it was said: data, neutralised where it enters a prompt.</summary>
    public required string Content { get; init; }

    /// <summary>How far it may be relied on.</summary>
    public required EngramTrust Trust { get; init; }

    /// <summary>When the room took what it comes from.</summary>
    public required DateTimeOffset At { get; init; }
}
