using Polyphony.Personas;
using Polyphony.Rooms;

namespace Polyphony.Prompting;

/// <summary>Composes a prompt whose text and transcript all personas of a room share, and whose tail is one persona's own.</summary>
internal static class SharedComposition
{
    public static PromptPlan? Compose(
        PromptSources sources, PersonaPrompt own, ProfileRoom room, IReadOnlyDictionary<ParticipantId, PersonaCard> cards, out string? shortage)
    {
        var (profile, offer) = (sources.Profile, sources.Offer);
        var shared = room.SharedFor(sources, cards);
        var newest = PromptAssembly.CostOf(sources, room.Rendered, offer.Last);
        var reserve = PromptBudget.SystemReserve(profile.ContextTokens);
        shortage = Short(shared);
        if (shortage is not null)
        {
            return null;
        }

        var first = StartOf(shared);
        if (room.Renewed(shared, first, sources, cards) is { } renewed && Short(renewed) is null)
        {
            (shared, first) = (renewed, StartOf(renewed));
            shared.HasMovedTo(first);
        }

        var turn = new TurnBudget(sources, own, room);
        var cue = own.CueFor(sources, shared.PlaceOf(offer.Persona), Math.Min(offer.Last - offer.First, offer.Last - first) + 1, turn.IsDirected);

        Span<PromptNeed> needs = stackalloc PromptNeed[TurnBudget.Sources];
        Span<PromptGrant> grants = stackalloc PromptGrant[TurnBudget.Sources];
        turn.Ask(needs);
        // By the longer presence, so that the text stays when the kind of turn changes.
        var beside = reserve - CueMost - own.PresenceMost(sources) - RenderedTranscript.TokensPerMessage;
        var card = own.PrivateFor(sources, Math.Max(MostOf(profile.Tokens, sources.Name), Math.Min(reserve / 2, beside)));
        shortage = card.Shortage;
        PromptBudget.Allocate(needs, reserve - cue.Tokens - card.Tokens - RenderedTranscript.TokensPerMessage, grants);
        var report = new PromptAllocation[TurnBudget.Sources];
        var (note, noteTokens, memories) = turn.Take(grants, first, report);
        var transcript = PromptAssembly.TranscriptTokens(sources, room.Rendered, first);
        var estimated = shared.Text.Tokens + transcript + cue.Tokens + card.Tokens + noteTokens;
        if (shortage is not null || estimated > profile.ContextTokens - profile.ReplyTokens)
        {
            shortage ??= OwnComposition.TooLong(sources, estimated + profile.ReplyTokens);
            return null;
        }

        var history = first > OwnComposition.Oldest(sources) ? AllocationState.FloorOnly : AllocationState.Satisfied;
        report[TurnBudget.Newest] = new(TurnBudget.NameOf(TurnBudget.Newest), newest, AllocationState.Satisfied);
        report[TurnBudget.History] = OwnComposition.History(history, transcript - newest, sources, first);
        return new(sources, shared.Text, room.Rendered, first)
        {
            Private = card,
            Note = note,
            Cue = cue,
            Memories = memories,
            MemoryLeadTokens = room.MemoryLeadTokens,
            HasAngle = report[TurnBudget.Angle].Tokens > 0,
            HasSignals = report[TurnBudget.Signals].Tokens > 0,
            TranscriptTokens = transcript,
            CueTokens = cue.Tokens - RenderedTranscript.TokensPerMessage,
            DepthTokens = card.Tokens + noteTokens,
            EstimatedTokens = estimated,
            TurnAllocations = report,
        };

        string? Short(SharedText text) => text.Text.Shortage
            ?? (newest > text.TranscriptBudget ? OwnComposition.TooLong(sources, text.Text.Tokens + reserve + newest + profile.ReplyTokens) : null);

        long StartOf(SharedText text) => text.Window.StartFor(
            offer.Transcript, offer.Last, (sources, room.Rendered), static (from, seq) => PromptAssembly.CostOf(from.sources, from.Rendered, seq));
    }

    private const int CueMost = PromptRoom.CueTokens + RenderedTranscript.TokensPerMessage;

    // Its name is what a persona is told at the least, however small the window.
    private static int MostOf(ITokenCounter tokens, string name) => tokens.Count(ContentNeutralizer.NeutralizeName(name)) + 2 * RenderedTranscript.TokensPerMessage + 2;
}
