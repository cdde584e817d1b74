namespace Polyphony.Prompting;

/// <summary>Composes a prompt for the layouts in which everything is one persona's own.</summary>
internal static class OwnComposition
{
    public static PromptPlan? Compose(PromptSources sources, PersonaPrompt own, ProfileRoom room, out string? shortage)
    {
        var (profile, offer) = (sources.Profile, sources.Offer);
        var system = own.SystemFor(sources);
        var closing = profile.Layout == PromptLayout.SingleUserTurnFlattenedHistory ? own.ClosingFor(sources) : null;
        var frame = closing is null ? 0 : closing.Tokens + PromptAssembly.FrameTokens(profile.Tokens);
        var headroom = profile.ContextTokens - profile.ReplyTokens - system.Tokens - frame - RenderedTranscript.TokensPerMessage;
        var oldest = Oldest(sources);
        var turn = new TurnBudget(sources, own, room);

        Span<PromptNeed> needs = stackalloc PromptNeed[TurnBudget.Sources];
        Span<PromptGrant> grants = stackalloc PromptGrant[TurnBudget.Sources];
        turn.Ask(needs);
        var newest = PromptAssembly.CostOf(sources, room.Rendered, offer.Last);
        needs[TurnBudget.Newest] = new(newest, newest, 100, Required: true);
        var (start, all, floor) = Back(sources, room.Rendered, oldest, int.MaxValue);
        needs[TurnBudget.History] = new(floor, all, 40);
        var isEnough = PromptBudget.Allocate(needs, headroom, grants);
        shortage = system.Shortage ?? (isEnough ? null : TooLong(sources, system.Tokens + frame + newest + RenderedTranscript.TokensPerMessage + profile.ReplyTokens));
        if (shortage is not null)
        {
            return null;
        }

        var report = new PromptAllocation[TurnBudget.Sources];
        var granted = grants[TurnBudget.History].Tokens;
        var (first, used) = granted >= all ? (start, all) : Within(sources, room.Rendered, oldest, granted);
        var (note, noteTokens, memories) = turn.Take(grants, first, report);
        report[TurnBudget.Newest] = new(TurnBudget.NameOf(TurnBudget.Newest), newest, grants[TurnBudget.Newest].State);
        report[TurnBudget.History] = History(grants[TurnBudget.History].State, used, sources, first);
        return new(sources, system, room.Rendered, first)
        {
            Note = note,
            Closing = closing,
            Memories = memories,
            MemoryLeadTokens = room.MemoryLeadTokens,
            HasAngle = report[TurnBudget.Angle].Tokens > 0,
            HasSignals = report[TurnBudget.Signals].Tokens > 0,
            TranscriptTokens = newest + used,
            CueTokens = closing?.Tokens ?? 0,
            DepthTokens = noteTokens,
            EstimatedTokens = system.Tokens + frame + newest + used + noteTokens,
            TurnAllocations = report,
        };
    }

    /// <summary>Why the newest message does not fit, and what to do.</summary>
    public static string TooLong(PromptSources sources, int needed) =>
        $"the newest message needs about {needed} tokens with what must go with it and its reply, and '{sources.Profile.Model}' has a window of {sources.Profile.ContextTokens}; use a model with a larger one";

    /// <summary>What became of the messages before the newest one, of which the prompt shows those from <paramref name="first"/> on.</summary>
    public static PromptAllocation History(AllocationState state, int used, PromptSources sources, long first)
    {
        var why = first > Oldest(sources) ? "the window is full: older messages give way" : first > sources.Offer.Transcript.FirstSeq ? "the profile lets no more messages into a prompt" : "";
        return new(TurnBudget.NameOf(TurnBudget.History), used, state, (int)(first - sources.Offer.Transcript.FirstSeq), why);
    }

    /// <summary>The oldest message that a prompt may show.</summary>
    public static long Oldest(PromptSources sources) => Math.Max(sources.Offer.Transcript.FirstSeq, sources.Offer.Last - sources.Profile.HistoryMessages + 1);

    private static (long First, int Used) Within(PromptSources sources, RenderedTranscript rendered, long oldest, int budget)
    {
        var (first, used, _) = Back(sources, rendered, oldest, budget);
        return (first, used);
    }

    // Newest first, as far as whole messages fit; one that does not ends it, so that the window has no holes.
    private static (long First, int Used, int Floor) Back(PromptSources sources, RenderedTranscript rendered, long oldest, int budget)
    {
        var (first, used, floor) = (sources.Offer.Last, 0, 0);
        while (first > oldest && PromptAssembly.CostOf(sources, rendered, first - 1) is var cost && cost <= budget - used)
        {
            first--;
            used += cost;
            floor = first == sources.Offer.Last - 1 ? cost : floor;
        }

        return (first, used, floor);
    }
}
