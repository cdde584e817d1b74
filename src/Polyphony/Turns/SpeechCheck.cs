using System.Buffers;
using Microsoft.Extensions.AI;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Turns.Speech;

namespace Polyphony.Turns;

/// <summary>
/// Looks at what a persona is about to say. It trims the persona's own label and refuses what breaks a rule; it never rewrites. The rules are in <c>Turns/Speech</c>, one a file.
/// </summary>
internal static class SpeechCheck
{
    /// <summary>The rule for what is nothing but the persona's own label, or cannot be seen.</summary>
    public const string Empty = "empty";

    /// <summary>The rules, in their order: the first that finds something names the outcome.</summary>
    public static IReadOnlyList<SpeechRule> Rules => Table;

    private const int WordsOnStack = 512;

    private static readonly SpeechRule[] Table =
    [
        new(ToolMarkup.Name, ToolMarkup.Find),
        new(TemplateTokens.Name, TemplateTokens.Find),
        new(FramingEcho.Name, FramingEcho.Find),
        new(OtherVoice.Name, OtherVoice.Find),
        new(Garbage.Name, Garbage.Find),
        new(NearDuplicate.Name, NearDuplicate.Find),
    ];

    /// <param name="offer">What is answered.</param>
    /// <param name="card">Who is about to speak.</param>
    /// <param name="text">The words.</param>
    /// <param name="prompt">What the model was shown; none where absent.</param>
    /// <param name="own">The persona's own newest lines; null where nobody keeps them.</param>
    public static TurnResult Check(Offer offer, PersonaCard card, string text, IReadOnlyList<ChatMessage>? prompt = null, OwnLines? own = null)
    {
        var bare = SpokenLabel.TrimOwn(text, card.Name);
        var said = bare.Length == text.Length ? text : bare.ToString();
        if (said.Length == 0)
        {
            return TurnResult.Of(offer, new TurnOutcome.Refused(Empty, "nothing is left but its own name"));
        }

        var rented = said.Length > WordsOnStack ? ArrayPool<SpokenWord>.Shared.Rent(said.Length) : null;
        var words = rented ?? stackalloc SpokenWord[said.Length];
        try
        {
            var count = SpokenWord.Split(said, words, out var tally);
            if (count == 0 && !tally.HasVisible && tally.Controls == 0)
            {
                return TurnResult.Of(offer, new TurnOutcome.Refused(Empty, "nothing of it can be seen"));
            }

            return Apply(new() { Text = said, Card = card, Offer = offer, Prompt = prompt ?? [], Own = own, Words = words[..count], Tally = tally });
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<SpokenWord>.Shared.Return(rented);
            }
        }
    }

    private static TurnResult Apply(in Utterance utterance)
    {
        foreach (var rule in Table)
        {
            if (rule.Find(utterance) is { } fault)
            {
                return TurnResult.Of(utterance.Offer, new TurnOutcome.Refused(rule.Name, fault));
            }
        }

        return TurnResult.Of(utterance.Offer, TurnOutcome.Spoke.Instance, utterance.Text);
    }
}
