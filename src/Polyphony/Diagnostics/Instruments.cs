using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Polyphony.Memory;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Diagnostics;

/// <summary>The platform's own instruments, one of each for the process. Nobody listening costs a check.</summary>
/// <remarks>Public names: the source and the meter are called <see cref="Name"/>; listen to them with whatever listens to .NET.</remarks>
public static class Instruments
{
    /// <summary>The name of the activity source, of the meter, and of the log category: <c>Polyphony</c>.</summary>
    public const string Name = "Polyphony";

    internal const string RoomTag = "polyphony.room";
    internal const string TurnTag = "polyphony.turn";
    internal const string PersonaTag = "polyphony.persona";
    internal const string SeqTag = "polyphony.seq";
    internal const string ProviderTag = "gen_ai.provider.name";
    internal const string ErrorTag = "error.type";

    private const string SwitchName = "Polyphony.Diagnostics.IsSupported";

    internal static readonly ActivitySource Source = new(Name);

    // A stage takes microseconds and a model's turn minutes. What a collector would choose by itself puts all of it into its first bucket.
    private static readonly InstrumentAdvice<double> FromMicroseconds = new()
    {
        HistogramBucketBoundaries = [1e-6, 1e-5, 1e-4, 1e-3, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
    };

    // As the gen_ai conventions have them.
    private static readonly InstrumentAdvice<double> OfCalls = new()
    {
        HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    };

    private static readonly InstrumentAdvice<long> OfTokens = new()
    {
        HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864],
    };

    private static readonly Meter Numbers = new(Name);
    private static readonly Counter<long> Turns = Numbers.CreateCounter<long>("polyphony.turns", "{turn}", "Turns that ended, by outcome.");
    private static readonly Histogram<double> TurnDuration = Numbers.CreateHistogram(
        "polyphony.turn.duration", "s", "From taking an offer to the room's answer.", tags: null, FromMicroseconds);
    private static readonly Histogram<double> StageDuration = Numbers.CreateHistogram(
        "polyphony.turn.stage.duration", "s", "Time in one stage of a turn.", tags: null, FromMicroseconds);
    private static readonly ConditionalWeakTable<Room, Room> Rooms = [];
    private static readonly Counter<long> ProbeFailures = Numbers.CreateCounter<long>("polyphony.probes.failed", "{probe}", "Probes whose logger threw; the turn went on.");
    private static readonly Counter<long> MemoryFaults = Numbers.CreateCounter<long>("polyphony.memory.faults", "{fault}", "What failed about memories, by kind; turns went on.");
    private static readonly Counter<long> CaptureFailures = Numbers.CreateCounter<long>("polyphony.captures.failed", "{turn}", "Turns whose capture threw; the turn went on.");
    private static readonly Counter<long> AnalysisFailures = Numbers.CreateCounter<long>(
        "polyphony.analyses.failed", "{analysis}", "Messages that have no shared analysis because it failed; the turns went on.");
    private static readonly Histogram<long> Tokens = Numbers.CreateHistogram(
        "gen_ai.client.token.usage", "{token}", "Tokens of a model call, by type.", tags: null, OfTokens);
    private static readonly Histogram<double> Calls = Numbers.CreateHistogram(
        "gen_ai.client.operation.duration", "s", "Time of a model call.", tags: null, OfCalls);
    private static readonly Histogram<double> Speed = Numbers.CreateHistogram<double>("polyphony.inference.speed", "{token}/s", "Tokens a second of a model call.");

    static Instruments()
    {
        Numbers.CreateObservableGauge("polyphony.room.posts.waiting", static () => OfRooms(static room => room.PostsUnderWay), "{post}", "Posts that wait for a room's answer.");
        Numbers.CreateObservableGauge("polyphony.room.turns.open", static () => OfRooms(static room => room.OpenTurns), "{turn}", "Turns that were offered and have no outcome yet.");
    }

    /// <summary>
    /// Whether probes exist at all. The switch <c>Polyphony.Diagnostics.IsSupported</c>, set to false in a project that is published trimmed, removes their code.
    /// </summary>
    [FeatureSwitchDefinition(SwitchName)]
    public static bool IsSupported { get; } = !AppContext.TryGetSwitch(SwitchName, out var on) || on;

    /// <summary>Whether a measured model call would be heard.</summary>
    internal static bool HearsCalls => IsSupported && (Tokens.Enabled || Calls.Enabled || Speed.Enabled);

    internal static void AnalysisFailed(string kind)
    {
        if (IsSupported)
        {
            AnalysisFailures.Add(1, new KeyValuePair<string, object?>(ErrorTag, kind));
        }
    }

    internal static void CaptureFailed()
    {
        if (IsSupported)
        {
            CaptureFailures.Add(1);
        }
    }

    internal static void ProbeFailed() => ProbeFailures.Add(1);

    internal static void MemoryFailed(MemoryFaultKind kind) => MemoryFaults.Add(1, new KeyValuePair<string, object?>("kind", kind.ToString()));

    /// <summary>Shows how much waits in a room for as long as it lives.</summary>
    internal static void Show(Room room)
    {
        if (IsSupported)
        {
            Rooms.AddOrUpdate(room, room);
        }
    }

    internal static void TurnEnded(TurnOutcome outcome, StageClock clock)
    {
        if (!IsSupported || !(Turns.Enabled || TurnDuration.Enabled || StageDuration.Enabled))
        {
            return;
        }

        var tag = new KeyValuePair<string, object?>("outcome", NameOf(outcome));
        Turns.Add(1, tag);
        TurnDuration.Record(Seconds(clock.TakenAt, clock.EndOf(TurnStage.Say)), tag);
        var began = clock.TakenAt;
        for (var stage = TurnStage.Recall; stage <= TurnStage.Say && clock.EndOf(stage) is > 0 and var ended; stage++)
        {
            StageDuration.Record(Seconds(began, ended), new KeyValuePair<string, object?>("stage", TurnPipeline.StageName(stage)));
            began = ended;
        }
    }

    internal static void CallEnded(in ModelCall call)
    {
        if (!HearsCalls)
        {
            return;
        }

        var tags = new TagList { { "gen_ai.operation.name", "chat" }, { "gen_ai.request.model", call.Model } };
        AddKnown(ref tags, ProviderTag, call.Provider);
        AddKnown(ref tags, ErrorTag, call.ErrorType);
        Calls.Record(call.Elapsed.TotalSeconds, tags);
        if (call.TokensPerSecond is { } speed)
        {
            Speed.Record(speed, tags);
        }

        Count(call.InputTokens, "input", tags);
        Count(call.OutputTokens, "output", tags);
    }

    /// <summary>The outcome's key, as every report spells it.</summary>
    internal static string NameOf(TurnOutcome outcome) => outcome switch
    {
        TurnOutcome.Spoke => "spoke",
        TurnOutcome.Passed => "passed",
        TurnOutcome.Refused => "refused",
        TurnOutcome.Superseded => "superseded",
        TurnOutcome.Duplicate => "duplicate",
        TurnOutcome.TimedOut => "timedOut",
        TurnOutcome.Cancelled => "cancelled",
        _ => "failed",
    };

    internal static double Seconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalSeconds;

    private static IEnumerable<Measurement<int>> OfRooms(Func<Room, int> depth)
    {
        foreach (var (room, _) in Rooms)
        {
            yield return new(depth(room), new KeyValuePair<string, object?>(RoomTag, room.Id.Value));
        }
    }

    private static void AddKnown(ref TagList tags, string name, string? value)
    {
        if (value is not null)
        {
            tags.Add(name, value);
        }
    }

    private static void Count(long? tokens, string type, TagList tags)
    {
        if (tokens is { } count)
        {
            tags.Add("gen_ai.token.type", type);
            Tokens.Record(count, tags);
        }
    }
}
