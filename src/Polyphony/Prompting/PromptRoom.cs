using System.Collections.Concurrent;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Personas;
using Polyphony.Rooms;

namespace Polyphony.Prompting;

/// <summary>
/// Composes the prompts of a room: keeps what its personas share (the rendered transcript, the shared text, where the window begins) once for each kind of profile. Thread-safe; a <see cref="PersonaPrompt"/>
/// belongs to one persona. What is composed follows from the sources and from what was composed before, never from a clock.
/// </summary>
public sealed class PromptRoom
{
    /// <summary>The most tokens of a cue: 25.</summary>
    public const int CueTokens = 25;

    private readonly Dictionary<ParticipantId, PersonaCard> _cards;
    private readonly ConcurrentDictionary<ProfileKey, ProfileRoom> _byProfile = new();

    /// <param name="publicCards">The cards of the room's personas, as far as everybody there may read them: name, description, specialities.</param>
    public PromptRoom(IReadOnlyList<PersonaCard>? publicCards = null)
    {
        _cards = [];
        foreach (var card in publicCards ?? [])
        {
            _cards[card.Id] = card;
        }
    }

    /// <summary>Chooses what goes into a prompt: the newest message always does.</summary>
    /// <param name="sources">What there is.</param>
    /// <param name="own">What the persona keeps from turn to turn.</param>
    /// <param name="shortage">Why there is no prompt, and what to do; null where there is one.</param>
    /// <returns>The plan; null where not even the newest message fits.</returns>
    public PromptPlan? Compose(PromptSources sources, PersonaPrompt own, out string? shortage)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(own);
        var profile = sources.Profile;
        var room = own.Room is { } known && ReferenceEquals(known.Profile, profile) && ReferenceEquals(known.Owner, this)
            ? known.Room
            : (own.Room = new(this, profile, _byProfile.GetOrAdd(ProfileKey.Of(profile), static (_, p) => new(p), profile))).Room;
        return profile.Layout == PromptLayout.SharedTranscriptFirst
            ? SharedComposition.Compose(sources, own, room, _cards, out shortage)
            : OwnComposition.Compose(sources, own, room, out shortage);
    }

    internal sealed record Membership(PromptRoom Owner, InferenceProfile Profile, ProfileRoom Room);

    private readonly record struct ProfileKey(
        ITokenCounter Tokens, PromptLayout Layout, IDecisionProtocol Protocol, int ContextTokens, int ReplyTokens, int HistoryMessages)
    {
        public static ProfileKey Of(InferenceProfile profile) =>
            new(profile.Tokens, profile.Layout, profile.Protocol, profile.ContextTokens, profile.ReplyTokens, profile.HistoryMessages);
    }
}

/// <summary>What the personas of a room share whose profiles make the same prompts.</summary>
internal sealed class ProfileRoom(InferenceProfile profile)
{
    private SharedText? _shared;

    public RenderedTranscript Rendered { get; } = new(profile.Tokens, profile.HistoryMessages);

    /// <summary>What a lead of the memories costs.</summary>
    public int MemoryLeadTokens { get; } = profile.Tokens.Count(TurnNote.MemoryLead);

    /// <summary>
    /// The shared text for the room as the offer shows it. One is kept, of the newest personas; who is behind gets one of its own. Somebody who has come since and is no persona does not change it:
    /// their lines have their name, and a text that changed with everybody who speaks up would be no prefix.
    /// </summary>
    public SharedText SharedFor(PromptSources sources, IReadOnlyDictionary<ParticipantId, PersonaCard> cards)
    {
        var offer = sources.Offer;
        while (true)
        {
            var known = Volatile.Read(ref _shared);
            if (known is not null && known.IsFor(offer.Roster, offer.Doctrine, offer.Voice))
            {
                return known;
            }

            var made = new SharedText(sources, cards, 0);
            if (known is not null && known.Roster.Count > offer.Roster.Count)
            {
                return made;
            }

            if (Interlocked.CompareExchange(ref _shared, made, known) == known)
            {
                return made;
            }
        }
    }

    /// <summary>Where the window has moved, and the prefix is gone anyway, the text with those who have come since it was made; null otherwise.</summary>
    public SharedText? Renewed(SharedText shared, long first, PromptSources sources, IReadOnlyDictionary<ParticipantId, PersonaCard> cards)
    {
        if (!shared.HasMovedTo(first) || shared.Roster.Count >= sources.Offer.Roster.Count)
        {
            return null;
        }

        var made = new SharedText(sources, cards, first);
        return Interlocked.CompareExchange(ref _shared, made, shared) == shared ? made : null;
    }
}

/// <summary>The text that all personas of a room read first, and where the transcript behind it begins.</summary>
internal sealed class SharedText
{
    private readonly string _doctrine;
    private readonly bool _voice;
    private readonly Dictionary<ParticipantId, int> _places = [];
    private long _start;

    /// <param name="sources">The room as an offer shows it.</param>
    /// <param name="cards">The public cards.</param>
    /// <param name="origin">The first message from which the window's pages are counted.</param>
    public SharedText(PromptSources sources, IReadOnlyDictionary<ParticipantId, PersonaCard> cards, long origin)
    {
        var (profile, offer) = (sources.Profile, sources.Offer);
        (Roster, _doctrine, _voice, _start) = (offer.Roster, offer.Doctrine, offer.Voice, origin);
        var participants = SystemTexts.InOrder(offer.Roster);
        for (var i = 0; i < participants.Count; i++)
        {
            _places[participants[i].Id] = i + 1;
        }

        Text = SystemTexts.Shared(profile, participants, cards, offer.Doctrine, offer.Voice);
        TranscriptBudget = profile.ContextTokens - profile.ReplyTokens - Text.Tokens - PromptBudget.SystemReserve(profile.ContextTokens);
        Window = new(Math.Max(1, TranscriptBudget), profile.HistoryMessages, origin);
    }

    public Roster Roster { get; }

    public PreparedText Text { get; }

    /// <summary>What the transcript may take: a matter of the room and the window, never of who reads.</summary>
    public int TranscriptBudget { get; }

    public SharedWindow Window { get; }

    public int PlaceOf(ParticipantId persona) => _places.GetValueOrDefault(persona);

    /// <summary>Whether a window that begins there has moved, for the first to ask. A reader who is behind moves nothing.</summary>
    public bool HasMovedTo(long first)
    {
        var start = Volatile.Read(ref _start);
        return first > start && Interlocked.CompareExchange(ref _start, first, start) == start && start > 0;
    }

    public bool IsFor(Roster roster, string doctrine, bool voice) =>
        ReferenceEquals(Roster.Cast, roster.Cast) && _voice == voice && string.Equals(_doctrine, doctrine, StringComparison.Ordinal);
}
