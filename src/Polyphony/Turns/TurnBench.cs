using Polyphony.Capture;
using Polyphony.Diagnostics;
using Polyphony.Memory;
using Polyphony.Prompting;
using Polyphony.Turns.Speech;

namespace Polyphony.Turns;

/// <summary>What a persona keeps at hand from turn to turn. Made with its first offer, so that an idle persona has none. Used by one loop.</summary>
internal sealed class TurnBench
{
    private ModelWait _wait = new();

    public StageClock Clock { get; } = new();

    /// <summary>The probes of the running turn; null while nobody listens.</summary>
    public TurnProbe? Probe { get; set; }

    /// <summary>What the persona remembers of the room; null while memory is off.</summary>
    public PersonaMemory? Memory { get; set; }

    /// <summary>What is captured of the running turn; null where turns are not captured.</summary>
    public TurnTape? Tape { get; set; }

    /// <summary>What the persona keeps of its prompts.</summary>
    public PersonaPrompt Prompt { get; } = new();

    /// <summary>The answer of the model call that is under way, or was last.</summary>
    public AnswerReader Answer { get; } = new();

    /// <summary>The persona's own newest lines.</summary>
    public OwnLines Own { get; } = new();

    /// <summary>What comes to mind. Where a prompt is only looked at, that is no use of it, and nothing is admitted.</summary>
    public RecallSnapshot Recall() => (IsLook ? Memory?.Prepared : Memory?.Take()) ?? RecallSnapshot.Empty;

    /// <summary>Hands what was said until now to the memory.</summary>
    /// <returns>How many messages of it the memory has not dealt with yet.</returns>
    public int Admit(Offer offer) => IsLook ? 0 : Memory?.Admit(offer) ?? 0;

    /// <summary>The budgets are dealt out, and it is known how much the prompt shows.</summary>
    public void Planned(PromptPlan plan)
    {
        Tape?.Planned(plan);
        if (!IsLook)
        {
            Memory?.Showed(plan.Messages);
        }
    }

    private bool IsLook => Tape is { EndsAtPrompt: true };

    /// <summary>The wait for the next model call; a new one where the last is spent.</summary>
    public ModelWait Wait() => _wait = _wait.IsSpent ? new() : _wait;
}
