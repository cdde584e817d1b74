using Polyphony.Cli.Commands;
using Polyphony.Cli.Models;
using Polyphony.Inference;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Cli.Prompts;

/// <summary>What <c>polyphony prompt</c> does.</summary>
internal static class PromptBody
{
    public static async Task<int> RunAsync(PromptOptions options, CommandConsole console, CancellationToken cancel)
    {
        await using var stored = await StoredRoom.ReadAsync(options, cancel);
        var (state, cards) = (stored.State, stored.Cards);
        var card = CardOf(options, cards, state);
        using var mind = Mind.Of(options.Room, cards);
        if (mind.PlansFor([card])[0].Profile is not ProfileResult.Built { Profile: var profile })
        {
            throw new InvalidOperationException("the program's own model has no profile");
        }

        // As chat and replay open it: the personas of the cards come, then somebody speaks.
        var post = options.Message is { } text ? Post.ByHuman(options.PersonName, text) : null;
        if (PromptXRay.Imagine(state, stored.Room, RulesOf(options, state), cards, post, TimeProvider.System.GetUtcNow()) is Receipt.Refused refused)
        {
            throw new UsageException("--message", $"the room would not take it ({refused.Rule}): {refused.Reason}");
        }

        if (PromptXRay.OfferFor(state, card.Id, out var ground) is not { } offer)
        {
            throw new UsageException("--message", "nobody has said anything to answer in that room; give what somebody would say");
        }

        var report = new PromptReport(await PromptXRay.LookAsync(card, profile, offer, new() { Room = stored.Room, PublicCards = cards, Memory = stored.Memory }), profile, ground);
        await console.Output.WriteLineAsync(options.Json ? JsonReport.Text(report.ToJson()) : report.ToText());
        return report.Sight.Refused is null ? ExitCodes.Held : ExitCodes.DidNotHold;
    }

    /// <summary>The room's own, with what the command line says about them.</summary>
    private static RoomRules RulesOf(PromptOptions options, RoomState state) =>
        state.Rules with { Doctrine = options.Room.Doctrine ?? state.Rules.Doctrine, Voice = options.Room.Voice || state.Rules.Voice };

    private static PersonaCard CardOf(PromptOptions options, IReadOnlyList<PersonaCard> cards, RoomState state)
    {
        var card = cards.FirstOrDefault(c => string.Equals(c.Name, options.Persona, StringComparison.OrdinalIgnoreCase) || c.Id.Value == options.Persona);
        if (card is not null)
        {
            return card;
        }

        var isInRoom = state.Roster.Participants.Any(p => p.Kind == AuthorKind.Persona && string.Equals(p.Name, options.Persona, StringComparison.OrdinalIgnoreCase));
        throw new UsageException(
            "--persona",
            isInRoom
                ? $"{Quoted.Of(options.Persona)} was in that room, and none of the cards is its; add its card with --cards"
                : $"there is no persona {Quoted.Of(options.Persona)}; there are: {Quoted.Few([.. cards.Select(c => c.Name).Order(StringComparer.Ordinal)])}");
    }
}
