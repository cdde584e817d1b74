using Microsoft.Extensions.Logging;
using Polyphony.Personas;
using Polyphony.Memory;
using Polyphony.Rooms;

namespace Polyphony.Turns;

/// <summary>What a <see cref="TurnPipeline"/> works with, beside the offer and the persona. What is absent is left out of the turn.</summary>
public sealed record TurnPipelineParts
{
    /// <summary>The room, as its probes name it.</summary>
    public RoomId Room { get; init; }

    /// <summary>The cards of the room's personas, as far as everybody there may read them: they stand in a shared prompt.</summary>
    public IReadOnlyList<PersonaCard>? PublicCards { get; init; }

    /// <summary>Receives the probes of the turns.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>What the personas of the room remember; without it nothing is recalled and nothing admitted.</summary>
    public RoomMemory? Memory { get; init; }
}
