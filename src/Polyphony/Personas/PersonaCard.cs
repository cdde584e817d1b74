using Polyphony.Rooms;

namespace Polyphony.Personas;

/// <summary>Who a persona is. Immutable.</summary>
public sealed record PersonaCard
{
    /// <summary>The persona's id, <c>persona:</c> and a slug.</summary>
    public required ParticipantId Id { get; init; }

    /// <summary>The name by which it is shown and addressed.</summary>
    public required string Name { get; init; }

    /// <summary>Who it is, in the third person.</summary>
    public string Description { get; init; } = "";

    /// <summary>What it knows more about than others.</summary>
    public IReadOnlyList<string> Specialities { get; init; } = [];

    /// <summary>What is true of it, in the first person.</summary>
    public IReadOnlyList<string> Facts { get; init; } = [];

    /// <summary>How it talks: lines it could say.</summary>
    public IReadOnlyList<string> ExampleLines { get; init; } = [];

    /// <summary>What it says to a greeting; empty for none.</summary>
    public string Greeting { get; init; } = "";
}
