namespace Polyphony.Prompting;

/// <summary>Deals the tokens of one turn out among what changes from turn to turn. Used once.</summary>
internal ref struct TurnBudget
{
    // The places of the sources, in the order in which a report lists them.
    public const int Newest = 0, Presence = 1, Signals = 2, Angle = 3, Memory = 4, History = 5, Sources = 6;

    private const int MostMemories = 32;

    private static readonly string[] Names = ["newest", "presence", "signals", "angle", "memory", "history"];

    private readonly PromptSources _sources;
    private readonly PersonaPrompt _own;
    private readonly ProfileRoom _room;
    private readonly NoteItem _presence;
    private readonly NoteItem? _signals;
    private readonly NoteItem? _angle;

    public TurnBudget(PromptSources sources, PersonaPrompt own, ProfileRoom room)
    {
        (_sources, _own, _room) = (sources, own, room);
        var signals = PromptTexts.Rounded(SocialSignals.Of(sources.Offer, sources.Profile.HistoryMessages));
        IsDirected = signals.IsDirected;
        _presence = own.PresenceFor(sources, signals.IsDirected);
        _signals = own.SignalsFor(sources, signals);
        _angle = own.AngleFor(sources);
    }

    /// <summary>Whether the burst addresses the persona by name.</summary>
    public bool IsDirected { get; }

    /// <summary>What the sources of the note ask for. The places of the messages are left alone.</summary>
    public readonly void Ask(Span<PromptNeed> needs)
    {
        needs[Presence] = Whole(_presence, 90);
        needs[Signals] = Whole(_signals, 30);
        needs[Angle] = Whole(_angle, 50);
        var memories = _sources.Memories;
        var (first, all) = (0, 0);
        for (var i = 0; i < Math.Min(memories.Count, MostMemories); i++)
        {
            var tokens = _own.MemoryFor(_sources, memories[i]).Tokens;
            first = i == 0 ? tokens : first;
            all += tokens;
        }

        needs[Memory] = all == 0 ? new(0, 0, 20) : new(first + _room.MemoryLeadTokens, all + _room.MemoryLeadTokens, 20);
    }

    /// <summary>The note, of what fits whole into the grants.</summary>
    /// <param name="grants">What each source got.</param>
    /// <param name="firstSeq">The first message that is shown: what is said from there on is no memory.</param>
    /// <param name="report">Receives what the sources of the note used.</param>
    public readonly (TurnNote? Note, int Tokens, int Memories) Take(ReadOnlySpan<PromptGrant> grants, long firstSeq, Span<PromptAllocation> report)
    {
        var memories = _sources.Memories;
        var items = new NoteItems();
        var (left, used, leftOut) = (grants[Memory].Tokens - _room.MemoryLeadTokens, 0, 0);
        for (var i = 0; i < memories.Count; i++)
        {
            if (memories[i].Origin is Polyphony.Memory.EngramOrigin.Said said && said.Seq >= firstSeq)
            {
                continue;
            }

            var item = i < MostMemories ? _own.MemoryFor(_sources, memories[i]) : null;
            if (item is null || item.Tokens > left)
            {
                leftOut++;
                continue;
            }

            items[items.Count++] = item;
            (left, used) = (left - item.Tokens, used + item.Tokens);
        }

        var shown = items.Count;
        used += shown > 0 ? _room.MemoryLeadTokens : 0;
        report[Memory] = new(Names[Memory], used, grants[Memory].State, leftOut, leftOut > 0 ? "whole memories only: no room for them" : "");
        used += Add(ref items, _angle, grants, Angle, report);
        used += Add(ref items, _signals, grants, Signals, report);
        used += Add(ref items, _presence, grants, Presence, report);
        return items.Count == 0 ? (null, 0, 0) : (_own.NoteOf(items.Span), used + RenderedTranscript.TokensPerMessage, shown);
    }

    public static string NameOf(int source) => Names[source];

    private static PromptNeed Whole(NoteItem? item, int priority) => item is null ? new(0, 0, priority) : new(item.Tokens, item.Tokens, priority);

    private static int Add(ref NoteItems items, NoteItem? item, ReadOnlySpan<PromptGrant> grants, int source, Span<PromptAllocation> report)
    {
        var fits = item is not null && grants[source].Tokens >= item.Tokens;
        if (fits)
        {
            items[items.Count++] = item!;
        }

        var isLeftOut = item is not null && !fits;
        report[source] = new(Names[source], fits ? item!.Tokens : 0, grants[source].State, isLeftOut ? 1 : 0, isLeftOut ? "no room for it" : "");
        return fits ? item!.Tokens : 0;
    }

    private ref struct NoteItems
    {
        private Buffer _buffer;

        public int Count;

        public NoteItem this[int at]
        {
            set => _buffer[at] = value;
        }

        [System.Diagnostics.CodeAnalysis.UnscopedRef]
        public ReadOnlySpan<NoteItem> Span => ((ReadOnlySpan<NoteItem>)_buffer)[..Count];
    }

    [System.Runtime.CompilerServices.InlineArray(MostMemories + 3)]
    private struct Buffer
    {
        private NoteItem _first;
    }
}
