using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Polyphony.Inference;
using Polyphony.Rooms;

namespace Polyphony.Testing.Stress;

/// <summary>How the personas of a trial are put together.</summary>
public enum StressTopology
{
    /// <summary>All in one room.</summary>
    Room,

    /// <summary>Each in a room of its own.</summary>
    Solo,

    /// <summary>Each with a scripted conversation and no room: the seed system's own arrangement.</summary>
    Scripted,
}

/// <summary>What kind of load a trial is.</summary>
public enum StressKind
{
    /// <summary>The model takes exactly its time; the next message arrives when all have answered the last.</summary>
    Timed,

    /// <summary>One turn in flight at a time, and a model that is completed at once: what the substrate costs by itself.</summary>
    Unloaded,

    /// <summary>Everything queued at once, and a model that answers at once: throughput.</summary>
    Saturated,

    /// <summary>A real model of this process; the next message arrives when all have answered the last.</summary>
    Model,
}

/// <summary>How much of the mind of a turn a trial runs.</summary>
public enum StressMind
{
    /// <summary>No memory and no shared analysis: what the seed system's baseline runs.</summary>
    Thin,

    /// <summary>Everything: memory, shared analysis, and the layout that shares its prompts' start.</summary>
    Full,
}

/// <summary>A real model for the trials, in place of one of known cost.</summary>
/// <param name="Descriptor">What is known of it.</param>
/// <param name="Client">Asks it; shared by all personas, and not owned.</param>
public sealed record StressModel(ModelDescriptor Descriptor, IChatClient Client);

/// <summary>The stress baseline's settings.</summary>
public sealed record StressOptions
{
    /// <summary>The sizes: personas, and messages that each of them answers in one repetition. Each from 1.</summary>
    public IReadOnlyList<(int Personas, int Messages)> Sizes { get; init; } = [(2, 10), (4, 10), (8, 5), (12, 5)];

    /// <summary>How long the model of a timed trial takes; zero leaves the timed trials out.</summary>
    public TimeSpan ModelDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The topology of the timed trials. The others run solo, unless this is scripted: then all do.</summary>
    public StressTopology Topology { get; init; } = StressTopology.Room;

    /// <summary>Makes the log of one trial; told whom to tell how long each append waited, in <see cref="System.Diagnostics.Stopwatch"/> ticks. The trial disposes it.</summary>
    public Func<Action<long>, ValueTask<IRoomLog>> OpenLog { get; init; } = static _ => ValueTask.FromResult<IRoomLog>(new InMemoryRoomLog(keepEvents: false));

    /// <summary>Whether <see cref="OpenLog"/> makes a log that an append waits for.</summary>
    public bool LogIsDurable { get; init; }

    /// <summary>The least turns of a timed trial; its repetitions go on until then. Default 1,000.</summary>
    public int TimedTurns { get; init; } = 1_000;

    /// <summary>The least turns of an unloaded trial. Default 20,000.</summary>
    public int UnloadedTurns { get; init; } = 20_000;

    /// <summary>The least turns of a saturated trial. Default 200,000.</summary>
    public int SaturatedTurns { get; init; } = 200_000;

    /// <summary>How many messages of the transcript a prompt shows. Default 10, the seed system's.</summary>
    public int HistoryMessages { get; init; } = 10;

    /// <summary>How much of the mind of a turn runs. Default thin. A scripted arrangement, which has no room, is always thin.</summary>
    public StressMind Mind { get; init; }

    /// <summary>The model, where it is a real one: then each size has one trial, of kind <see cref="StressKind.Model"/>.</summary>
    public StressModel? Model { get; init; }

    /// <summary>Receives the probes of the trials, their warm-up included; none where absent.</summary>
    public ILogger? Logger { get; init; }
}
