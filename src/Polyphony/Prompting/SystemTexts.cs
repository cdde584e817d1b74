using System.Globalization;
using Polyphony.Inference;
using Polyphony.Personas;
using Polyphony.Rooms;

namespace Polyphony.Prompting;

/// <summary>What a persona, or all personas of a room, are told before the transcript.</summary>
internal static class SystemTexts
{
    /// <summary>The most participants that a prompt names to tell who the persona is not; the others are counted.</summary>
    public const int NamedParticipants = 32;

    private const int ExampleLines = 6;
    private const string InThisRoom = "In this room:\n";

    // Of what the window leaves beside the reply, what is said before the transcript may take this part.
    private const int SystemPart = 2;

    /// <summary>Everything that one persona is told, for the layouts that are a persona's own.</summary>
    public static PreparedText ForPersona(PersonaCard card, string shownName, InferenceProfile profile, Roster roster, string doctrine, bool voice)
    {
        var name = ContentNeutralizer.NeutralizeName(shownName);
        PromptPiece[] pieces =
        [
            new("identity", PromptScope.Persona, [$"You are {name}. {ContentNeutralizer.Neutralize(card.Description)}".TrimEnd() + "\n"], 90)
            {
                IsRequired = true, Called = $"the description on the card of {name}",
            },
            Specialities(card),
            Facts(card),
            Examples(card),
            new("anchor", PromptScope.Persona, [PromptTexts.Anchor(name)], 95) { IsRequired = true },
            new(
                "rules", PromptScope.Substrate,
                [profile.Layout == PromptLayout.ProperChatMlSingleParty ? PromptTexts.RulesWithoutNames : PromptTexts.Rules], 95) { IsRequired = true },
            Others(card, profile, roster),
            Doctrine(doctrine),
            Voice(voice),
            new("contract", PromptScope.Substrate, [profile.Protocol.Contract], 95) { IsRequired = true },
        ];
        return PreparedText.Of(pieces, profile.Tokens, SystemMost(profile), profile.ContextTokens);
    }

    /// <summary>What all personas of a room are told in the same words; the participants in the order of <see cref="InOrder"/>.</summary>
    public static PreparedText Shared(
        InferenceProfile profile, IReadOnlyList<Participant> participants, IReadOnlyDictionary<ParticipantId, PersonaCard> cards, string doctrine, bool voice)
    {
        PromptPiece[] pieces =
        [
            new("rules", PromptScope.Substrate, [PromptTexts.SharedRules], 95) { IsRequired = true },
            new("contract", PromptScope.Substrate, [profile.Protocol.Contract + "\n"], 95) { IsRequired = true },
            Doctrine(doctrine),
            Voice(voice),
            Cards(participants, cards, profile),
        ];
        return PreparedText.Of(pieces, profile.Tokens, SystemMost(profile), profile.ContextTokens);
    }

    /// <summary>What is one persona's own beside the shared text, and does not change from turn to turn.</summary>
    public static PreparedText Private(PersonaCard card, string shownName, InferenceProfile profile, int headroom)
    {
        PromptPiece[] pieces =
        [
            new("identity", PromptScope.Persona, [$"You are {ContentNeutralizer.NeutralizeName(shownName)}.\n"], 95) { IsRequired = true },
            Facts(card),
            Examples(card),
        ];
        return PreparedText.Of(pieces, profile.Tokens, headroom, profile.ContextTokens);
    }

    /// <summary>Personas before the others, then by name: the same for everybody.</summary>
    public static IReadOnlyList<Participant> InOrder(Roster roster) =>
        [.. roster.Participants.OrderBy(static p => p.Kind == AuthorKind.Persona ? 0 : 1).ThenBy(static p => p.Name, StringComparer.Ordinal)];

    private static int SystemMost(InferenceProfile profile) => (profile.ContextTokens - profile.ReplyTokens) / SystemPart;

    private static PromptPiece Others(PersonaCard card, InferenceProfile profile, Roster roster)
    {
        string[] named =
        [
            .. InOrder(roster).Where(p => p.Id != card.Id).Take(NamedParticipants)
                .Select(static (p, i) => (i == 0 ? "" : ", not ") + ContentNeutralizer.NeutralizeName(p.Name) + (p.Kind == AuthorKind.Persona ? " (a persona)" : "")),
        ];
        var unnamed = roster.Count - named.Length - (roster.TryGet(card.Id, out _) ? 1 : 0);
        return new("roster", PromptScope.Room, named, 40)
        {
            Lead = "Also here, real and distinct from you; you are not ",
            End = unnamed > 0 ? More(unnamed) : ".\n",
            EndWithout = left => More(left + unnamed),
            Most = Math.Max(64, profile.ContextTokens / 64),
        };
    }

    private static string More(int left) => string.Create(CultureInfo.InvariantCulture, $", nor any of {left} more.\n");

    // Everybody by name and each persona with its card; where that is too much, the last cards give way to their names first.
    private static PromptPiece Cards(IReadOnlyList<Participant> participants, IReadOnlyDictionary<ParticipantId, PersonaCard> cards, InferenceProfile profile)
    {
        var most = Math.Max(64, profile.ContextTokens / 8);
        var names = participants.Select(static (p, i) => string.Create(CultureInfo.InvariantCulture, $"{i + 1}. {ContentNeutralizer.NeutralizeName(p.Name)}")).ToArray();
        var left = most - profile.Tokens.Count(InThisRoom) - names.Sum(n => profile.Tokens.Count(n) + 1);
        var items = new List<string>(names.Length);
        for (var i = 0; i < names.Length; i++)
        {
            var about = cards.TryGetValue(participants[i].Id, out var card) ? PromptTexts.PublicCard(card)
                : participants[i].Kind == AuthorKind.Persona ? " (a persona)" : "";
            var cost = about.Length == 0 ? 0 : profile.Tokens.Count(about);
            items.Add(cost <= left ? $"{names[i]}{about}\n" : $"{names[i]}\n");
            left -= cost <= left ? cost : 0;
        }

        return new("cards", PromptScope.Room, items, 60)
        {
            Lead = InThisRoom,
            EndWithout = static left => string.Create(CultureInfo.InvariantCulture, $"and {left} more.\n"),
            Most = most,
        };
    }

    private static PromptPiece Doctrine(string doctrine) => new("doctrine", PromptScope.Room, doctrine.Length == 0 ? [] : [PromptTexts.Doctrine(doctrine)], 80)
    {
        IsRequired = true, Called = "the room's doctrine",
    };

    private static PromptPiece Voice(bool voice) => new("voice", PromptScope.Room, voice ? [PromptTexts.Voice] : [], 85) { IsRequired = true };

    private static PromptPiece Specialities(PersonaCard card) => new(
        "specialities", PromptScope.Persona, [.. card.Specialities.Select(static (s, i) => i == 0 ? ContentNeutralizer.Neutralize(s) : ", " + ContentNeutralizer.Neutralize(s))], 50)
    {
        Lead = "You know more than others about: ", End = ".\n", EndWithout = static _ => ".\n",
    };

    private static PromptPiece Facts(PersonaCard card) => new(
        "facts", PromptScope.Persona, [.. card.Facts.Select(static (f, i) => i == 0 ? ContentNeutralizer.Neutralize(f) : " " + ContentNeutralizer.Neutralize(f))], 30)
    {
        Lead = "True of you: ", End = "\n", EndWithout = static _ => "\n",
    };

    private static PromptPiece Examples(PersonaCard card) => new(
        "examples", PromptScope.Persona,
        [.. card.ExampleLines.Take(ExampleLines).Select(static (e, i) => i == 0 ? ContentNeutralizer.Neutralize(e) : " / " + ContentNeutralizer.Neutralize(e))], 20)
    {
        Lead = "This is how you talk: ", End = "\n", EndWithout = static _ => "\n",
    };
}
