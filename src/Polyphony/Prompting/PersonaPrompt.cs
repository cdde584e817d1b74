using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Memory;
using Polyphony.Personas;
using Polyphony.Rooms;

namespace Polyphony.Prompting;

/// <summary>What one persona keeps of its prompts from turn to turn, so that only what changed is written anew. Used by one loop.</summary>
public sealed class PersonaPrompt
{
    private const int KeptMemories = 128;

    private readonly Dictionary<EngramId, NoteItem> _memories = [];
    private SystemKey _systemKey;
    private PreparedText? _system;
    private (PersonaCard? Card, InferenceProfile? Profile, string Name, int Headroom) _privateKey = (null, null, "", 0);
    private PreparedText? _private;
    private (PersonaCard? Card, InferenceProfile? Profile, string Name) _fixedFor = (null, null, "");
    private NoteItem? _ambient;
    private NoteItem? _directed;
    private NoteItem? _closing;
    private (SocialSignals? Of, NoteItem? Item) _signals;
    private (string Of, NoteItem? Item) _angle = ("", null);
    private (int Place, long Lines, bool Directed, RenderedLine? Line) _cue;
    private TurnNote? _note;

    /// <summary>Where it composes.</summary>
    internal PromptRoom.Membership? Room { get; set; }

    /// <summary>How often the fixed text was made: once, and again when what it is made of has changed.</summary>
    internal int Preparations { get; private set; }

    /// <summary>Everything the persona is told before the transcript, where that is its own.</summary>
    internal PreparedText SystemFor(PromptSources sources)
    {
        var offer = sources.Offer;
        var key = new SystemKey(sources.Card, sources.Profile, offer.Roster, offer.Doctrine, offer.Voice);
        if (_system is null || _systemKey != key)
        {
            (_systemKey, _system) = (key, SystemTexts.ForPersona(sources.Card, sources.Name, sources.Profile, offer.Roster, offer.Doctrine, offer.Voice));
            Preparations++;
        }

        return _system;
    }

    /// <summary>What is the persona's own beside a text that it shares, and stays.</summary>
    internal PreparedText PrivateFor(PromptSources sources, int headroom)
    {
        var key = (sources.Card, sources.Profile, sources.Name, headroom);
        if (_private is null || _privateKey != key)
        {
            (_privateKey, _private) = (key, SystemTexts.Private(sources.Card, sources.Name, sources.Profile, headroom));
            Preparations++;
        }

        return _private;
    }

    /// <summary>When to speak, in this kind of turn.</summary>
    internal NoteItem PresenceFor(PromptSources sources, bool directed)
    {
        Fix(sources);
        ref var item = ref directed ? ref _directed : ref _ambient;
        return item ??= new(
            "presence", PromptScope.Turn,
            (directed ? PromptTexts.Directed : PromptTexts.Ambient) + (sources.Card.Task.Length > 0 ? PromptTexts.Working(sources.Card.Task, directed) : ""),
            sources.Profile.Tokens);
    }

    /// <summary>The most that <see cref="PresenceFor"/> takes, in whatever kind of turn.</summary>
    internal int PresenceMost(PromptSources sources) => Math.Max(PresenceFor(sources, directed: true).Tokens, PresenceFor(sources, directed: false).Tokens);

    /// <summary>The end of a conversation that is one message.</summary>
    internal NoteItem ClosingFor(PromptSources sources)
    {
        Fix(sources);
        return _closing ??= new("cue", PromptScope.Persona, PromptTexts.ClosingCue(ContentNeutralizer.NeutralizeName(sources.Name)), sources.Profile.Tokens);
    }

    /// <summary>What decides in a shared prompt: at most <see cref="PromptRoom.CueTokens"/> tokens, the persona's place in the list standing for a name that is too long.</summary>
    internal RenderedLine CueFor(PromptSources sources, int place, long newLines, bool directed)
    {
        Fix(sources);
        if (_cue.Line is null || _cue.Lines != newLines || _cue.Directed != directed || _cue.Place != place)
        {
            var tokens = sources.Profile.Tokens;
            string[] forms =
            [
                PromptTexts.Cue(ContentNeutralizer.NeutralizeName(sources.Name), newLines, directed), PromptTexts.Cue($"number {place}", newLines, directed), $"You are number {place}.",
            ];
            var text = forms.FirstOrDefault(form => tokens.Count(form) <= PromptRoom.CueTokens) ?? forms[^1];
            _cue = (place, newLines, directed, new(new(ChatRole.System, text), tokens.Count(text) + RenderedTranscript.TokensPerMessage));
        }

        return _cue.Line!;
    }

    /// <summary>What the room is like; null where nothing is to be said of it.</summary>
    internal NoteItem? SignalsFor(PromptSources sources, in SocialSignals rounded)
    {
        if (_signals.Of != rounded)
        {
            var text = PromptTexts.Signals(rounded);
            _signals = (rounded, text.Length == 0 ? null : new("signals", PromptScope.Turn, text, sources.Profile.Tokens));
        }

        return _signals.Item;
    }

    /// <summary>What the persona in particular could add; null where nobody says.</summary>
    internal NoteItem? AngleFor(PromptSources sources)
    {
        if (!string.Equals(_angle.Of, sources.Angle, StringComparison.Ordinal))
        {
            _angle = (sources.Angle, new("angle", PromptScope.Turn, PromptTexts.Angle(sources.Angle), sources.Profile.Tokens));
        }

        return sources.Angle.Length == 0 ? null : _angle.Item;
    }

    /// <summary>One memory as it is shown.</summary>
    internal NoteItem MemoryFor(PromptSources sources, Engram engram)
    {
        if (_memories.TryGetValue(engram.Id, out var known) && ReferenceEquals(known.Engram, engram))
        {
            return known;
        }

        if (_memories.Count >= KeptMemories)
        {
            _memories.Clear();
        }

        var who = engram.Origin is EngramOrigin.Said said ? ContentNeutralizer.NeutralizeName(sources.Offer.Roster.NameOf(said.Author)) : "(your own thought)";
        return _memories[engram.Id] = new(engram, who, ContentNeutralizer.Neutralize(engram.Content), sources.Profile.Tokens);
    }

    /// <summary>The note of the last turn where it is the same again, or a new one.</summary>
    internal TurnNote NoteOf(ReadOnlySpan<NoteItem> items) => _note is { } note && note.IsOf(items) ? note : _note = TurnNote.Of(items);

    private void Fix(PromptSources sources)
    {
        if (_fixedFor == (sources.Card, sources.Profile, sources.Name))
        {
            return;
        }

        if (_fixedFor.Profile != sources.Profile)
        {
            // Counted by another counter, perhaps.
            (_signals, _angle) = (default, ("", null));
            _memories.Clear();
        }

        (_fixedFor, _ambient, _directed, _closing, _cue) = ((sources.Card, sources.Profile, sources.Name), null, null, null, default);
    }

    // The roster is compared by reference: it is immutable, and a new one is made when somebody comes.
    private readonly record struct SystemKey(PersonaCard Card, InferenceProfile Profile, Roster Roster, string Doctrine, bool Voice);
}
