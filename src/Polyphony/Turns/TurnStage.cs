using System.Diagnostics;

namespace Polyphony.Turns;

/// <summary>The stages of a turn, in their order.</summary>
public enum TurnStage
{
    /// <summary>What the persona knew going in.</summary>
    Recall,

    /// <summary>The new messages enter its memory.</summary>
    Admit,

    /// <summary>The budgets: what goes into the prompt. The wait for a shared analysis is its beginning.</summary>
    Compose,

    /// <summary>The prompt becomes chat messages.</summary>
    Assemble,

    /// <summary>The model decides and speaks.</summary>
    Respond,

    /// <summary>What it said is checked.</summary>
    Check,

    /// <summary>The room takes it, durably.</summary>
    Say,
}

/// <summary>When each stage of one turn ended. Reused from turn to turn by its loop.</summary>
internal sealed class StageClock
{
    public const int Stages = (int)TurnStage.Say + 1;

    private readonly long[] _ended = new long[Stages];

    public long TakenAt { get; private set; }

    /// <summary>How long the turn waited for the shared analysis; a model's time, within the stage compose.</summary>
    public long Analyzing { get; set; }

    /// <summary>The stage that is running.</summary>
    public TurnStage Current { get; private set; }

    public void Start()
    {
        Array.Clear(_ended);
        Current = TurnStage.Recall;
        Analyzing = 0;
        TakenAt = Stopwatch.GetTimestamp();
    }

    /// <summary>Ends the running stage and begins the next.</summary>
    public void End(TurnStage stage)
    {
        _ended[(int)stage] = Stopwatch.GetTimestamp();
        Current = stage + 1;
    }

    /// <summary>When <paramref name="stage"/> ended; 0 when the turn did not come that far.</summary>
    public long EndOf(TurnStage stage) => _ended[(int)stage];
}
