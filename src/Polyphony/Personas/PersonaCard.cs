using System.Text;
using Polyphony.Rooms;

namespace Polyphony.Personas;

/// <summary>Who a persona is: everything its author wrote down. All but the name may be empty. Immutable.</summary>
public sealed record PersonaCard
{
    /// <summary>The most characters a name may have.</summary>
    public const int MaxNameLength = 64;

    /// <param name="name">The name to show; its slug is the id until another is set.</param>
    /// <exception cref="ArgumentException">It cannot be a name; the message says why.</exception>
    public PersonaCard(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (NameFault(name) is { } fault)
        {
            throw new ArgumentException($"the name {fault}", nameof(name));
        }

        Name = name.Trim();
        Id = IdOf(SlugOf(Name));
    }

    /// <summary>The persona's id, <c>persona:</c> and a slug: in a space of its own, so that nobody else can act as it.</summary>
    public ParticipantId Id { get; init; }

    /// <summary>The name to show, by which others address it.</summary>
    public string Name { get; }

    /// <summary>Who it is, how it talks, what it cares about.</summary>
    public string Description { get; init; } = "";

    /// <summary>The topics it is good at, as short noun phrases.</summary>
    public IReadOnlyList<string> Specialities { get; init; } = [];

    /// <summary>First-person sentences that are true of it.</summary>
    public IReadOnlyList<string> Facts { get; init; } = [];

    /// <summary>Lines in its voice; each can stand alone as a reply.</summary>
    public IReadOnlyList<string> ExampleLines { get; init; } = [];

    /// <summary>What it says when somebody says hello.</summary>
    public string Greeting { get; init; } = "";

    /// <summary>What it is working on now; empty where it holds no task.</summary>
    public string Task { get; init; } = "";

    /// <summary>The id of the persona with that slug.</summary>
    public static ParticipantId IdOf(string slug) => new($"persona:{slug}");

    /// <summary>A name in lower case, with a single hyphen for whatever is neither letter nor digit.</summary>
    public static string SlugOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var slug = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes())
        {
            if (NameText.IsWord(rune) && rune.Value != '_')
            {
                slug.Append(Rune.ToLowerInvariant(rune));
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        return slug.ToString().TrimEnd('-');
    }

    /// <summary>Why <paramref name="name"/> cannot be a persona's name, or null when it can.</summary>
    internal static string? NameFault(string name)
    {
        name = name.Trim();
        if (name.Length == 0)
        {
            return "is empty; write the name to show in the room";
        }

        if (name.Length > MaxNameLength)
        {
            return $"has {name.Length} characters; use at most {MaxNameLength}";
        }

        if (!NameText.IsOneVisibleLine(name))
        {
            return "holds a line break or an invisible character; write it as one line of plain text";
        }

        return SlugOf(name).Length == 0 ? "has no letter or digit; write one that people can say" : null;
    }
}
