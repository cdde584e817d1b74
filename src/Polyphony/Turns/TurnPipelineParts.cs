using Microsoft.Extensions.Logging;
using Polyphony.Analysis;
using Polyphony.Bids;
using Polyphony.Capture;
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

    /// <summary>Gives each persona its angle on what it answers; none has one where absent.</summary>
    public SharedAnalysis? Analysis { get; init; }

    /// <summary>Leaves a turn to those who are likelier to speak; everybody is asked where absent.</summary>
    public RoomBids? Bids { get; init; }

    /// <summary>Takes every turn with everything that was said in it; nobody does where absent.</summary>
    public ITurnCapture? Capture { get; init; }
}
