using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Polyphony.Personas;

namespace Polyphony.Rooms;

/// <summary>Somebody a room knows.</summary>
/// <param name="Id">Who.</param>
/// <param name="Kind">What kind of participant.</param>
/// <param name="Name">The name to show; unique in the room, because a taken one gets a number.</param>
public sealed record Participant(ParticipantId Id, AuthorKind Kind, string Name)
{
    /// <summary>The most characters a name may have (UTF-16 units): 256. Who comes with a longer one is refused.</summary>
    public const int MaxNameLength = 256;

    /// <summary>The most characters the id of a participant or of a message may have (UTF-16 units): 512.</summary>
    public const int MaxIdLength = 512;
}

/// <summary>Everybody a room knows, by id. Names are resolved here when they are shown, never stored with what was said.</summary>
/// <remarks>Immutable: a reader on another thread keeps the roster of its moment.</remarks>
public sealed class Roster
{
    internal static readonly Roster Empty = new(
        ImmutableDictionary<ParticipantId, Participant>.Empty, ImmutableHashSet.Create<string>(StringComparer.OrdinalIgnoreCase), new());

    private readonly ImmutableDictionary<ParticipantId, Participant> _byId;

    // As they look in a prompt, without what is left out there: two that a reader cannot tell apart are the same name.
    private readonly ImmutableHashSet<string> _names;
    private MentionIndex? _mentions;
    private HashSet<string>? _firstNames;

    private Roster(ImmutableDictionary<ParticipantId, Participant> byId, ImmutableHashSet<string> names, object cast)
    {
        Cast = cast;
        _byId = byId;
        _names = names;
    }

    /// <summary>Everybody, in no order.</summary>
    public IEnumerable<Participant> Participants => _byId.Values;

    /// <summary>How many there are.</summary>
    public int Count => _byId.Count;

    /// <summary>Stands for the personas among them: the same object in every roster that came of this one without a further persona.</summary>
    internal object Cast { get; }

    /// <summary>Finds the personas that a text addresses.</summary>
    internal MentionIndex Mentions => _mentions ??= new(_byId.Values.Where(p => p.Kind == AuthorKind.Persona));

    /// <summary>Makes a roster that no room holds, such as a scripted conversation's. As in a room, a taken name gets a number.</summary>
    /// <exception cref="InvalidOperationException">An id stands for two kinds of participant.</exception>
    public static Roster Of(params IEnumerable<Participant> participants)
    {
        ArgumentNullException.ThrowIfNull(participants);
        return participants.Aggregate(Empty, static (roster, p) => roster.With(p.Id, p.Kind, p.Name));
    }

    /// <summary>Looks somebody up.</summary>
    public bool TryGet(ParticipantId id, [NotNullWhen(true)] out Participant? participant) => _byId.TryGetValue(id, out participant);

    /// <summary>The name to show for <paramref name="id"/>: the id itself for somebody unknown, never an invented name.</summary>
    public string NameOf(ParticipantId id) => _byId.TryGetValue(id, out var participant) ? participant.Name : id.Value;

    /// <summary>Whether somebody here is shown by that name, or by one that looks like it, in any case.</summary>
    public bool HasName(string name) => _names.Contains(AsShown(name));

    /// <summary>Whether a name of several words begins with this one, in the same case.</summary>
    internal bool HasFirstName(ReadOnlySpan<char> word) =>
        (_firstNames ??= [.. _byId.Values.Where(p => p.Name.Contains(' ')).Select(p => p.Name[..p.Name.IndexOf(' ')])]).GetAlternateLookup<ReadOnlySpan<char>>().Contains(word);

    /// <summary>The personas that a text addresses by name, in the order in which they first appear; no one twice.</summary>
    public IReadOnlyList<ParticipantId> FindMentions(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Mentions.Find(text);
    }

    internal Roster With(ParticipantId id, AuthorKind kind, string name)
    {
        if (_byId.TryGetValue(id, out var known))
        {
            return known.Kind == kind ? this : throw new InvalidOperationException($"{id} is a {known.Kind} already and cannot be a {kind}");
        }

        var shown = name;
        for (var number = 2; HasName(shown); number++)
        {
            shown = $"{name} ({number})";
        }

        return new(_byId.Add(id, new(id, kind, shown)), _names.Add(AsShown(shown)), kind == AuthorKind.Persona ? new() : Cast);
    }

    private static string AsShown(string name) => NameText.AsSeen(name);
}
