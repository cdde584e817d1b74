using Microsoft.Extensions.AI;
using Polyphony.Personas;

namespace Polyphony.Turns.Speech;

/// <summary>What a persona is about to say, with what a rule may look at.</summary>
internal readonly ref struct Utterance
{
    /// <summary>The words, trimmed, without the persona's own label; not empty.</summary>
    public required string Text { get; init; }

    /// <summary>Who.</summary>
    public required PersonaCard Card { get; init; }

    /// <summary>What is answered.</summary>
    public required Offer Offer { get; init; }

    /// <summary>What the model was shown; empty where nobody says.</summary>
    public required IReadOnlyList<ChatMessage> Prompt { get; init; }

    /// <summary>The persona's own newest lines; null where nobody keeps them.</summary>
    public required OwnLines? Own { get; init; }

    /// <summary>The text's words.</summary>
    public required ReadOnlySpan<SpokenWord> Words { get; init; }

    /// <summary>What else there is in the text.</summary>
    public required TextTally Tally { get; init; }
}

/// <summary>What a rule finds wrong, for a person and without anybody's words; null where it finds nothing.</summary>
internal delegate string? FindFault(in Utterance utterance);

/// <summary>One rule of the check.</summary>
/// <param name="Name">Its name in outcomes and reports: stable, scripts depend on it.</param>
/// <param name="Find">The rule.</param>
internal sealed record SpeechRule(string Name, FindFault Find);
