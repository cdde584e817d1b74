using Microsoft.Extensions.Logging;
using Polyphony.Rooms;

namespace Polyphony.Turns;

/// <summary>What a <see cref="TurnPipeline"/> works with, beside the offer and the persona. What is absent is left out of the turn.</summary>
public sealed record TurnPipelineParts
{
    /// <summary>The room, as its probes name it.</summary>
    public RoomId Room { get; init; }

    /// <summary>Receives the probes of the turns.</summary>
    public ILogger? Logger { get; init; }
}
