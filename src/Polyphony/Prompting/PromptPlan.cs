using Polyphony.Turns;

namespace Polyphony.Prompting;

/// <summary>What goes into a prompt, after the budgets: whole items only. <see cref="PromptAssembly"/> makes the chat messages of it.</summary>
public sealed class PromptPlan
{
    private IReadOnlyList<PromptBlock>? _blocks;

    internal PromptPlan(PromptSources sources, PreparedText system, RenderedTranscript rendered, long firstSeq)
    {
        Sources = sources;
        System = system;
        Rendered = rendered;
        FirstSeq = firstSeq;
    }

    /// <summary>What it was made from.</summary>
    public PromptSources Sources { get; }

    /// <summary>The oldest message to show.</summary>
    public long FirstSeq { get; }

    /// <summary>How many messages lie in the window, the newest included.</summary>
    public int Messages => (int)(Sources.Offer.Last - FirstSeq + 1);

    /// <summary>How many memories are shown.</summary>
    public int Memories { get; internal init; }

    /// <summary>Whether the angle is shown.</summary>
    public bool HasAngle { get; internal init; }

    /// <summary>Whether anything is said of what the room is like.</summary>
    public bool HasSignals { get; internal init; }

    /// <summary>What the prompt comes to, by <see cref="TokenCounter"/>.</summary>
    public int EstimatedTokens { get; internal init; }

    /// <summary>Who counted.</summary>
    public string TokenCounter => Sources.Profile.Tokens.Name;

    /// <summary>What the part costs that decides; 0 where the layout has none.</summary>
    public int CueTokens { get; internal init; }

    /// <summary>What the part costs that is this persona's or this turn's alone, beside the cue.</summary>
    public int DepthTokens { get; internal init; }

    /// <summary>The length of the first message.</summary>
    public int SystemLength => System.Message.Text.Length;

    /// <summary>What each source got: those of the fixed text, then those of the turn.</summary>
    public IReadOnlyList<PromptAllocation> Allocations => [.. System.Allocations, .. Private?.Allocations ?? [], .. TurnAllocations];

    /// <summary>The pieces, in the order in which they stand. Made when it is first asked for.</summary>
    public IReadOnlyList<PromptBlock> Blocks => _blocks ??= PromptAssembly.BlocksOf(this);

    internal PreparedText System { get; }

    internal PreparedText? Private { get; init; }

    internal RenderedTranscript Rendered { get; }

    internal int TranscriptTokens { get; init; }

    internal RenderedLine? Cue { get; init; }

    internal NoteItem? Closing { get; init; }

    internal TurnNote? Note { get; init; }

    internal int MemoryLeadTokens { get; init; }

    internal PromptAllocation[] TurnAllocations { get; init; } = [];

    internal Offer Offer => Sources.Offer;
}
