namespace Polyphony.Prompting;

/// <summary>How a conversation of many becomes chat messages: a matter of the model, declared and never guessed.</summary>
public enum PromptLayout
{
    /// <summary>Own messages are the assistant's, everybody else's a user's with the name in front. For models that take many users, and a system message also behind the first; the default.</summary>
    NamePrefixedUserTurns,

    /// <summary>One system message, then one user message that holds the whole conversation. For models that take a single question, and for chat templates that refuse a system message behind the first
    /// or two user messages in a row, such as Gemma's and Mistral's.</summary>
    SingleUserTurnFlattenedHistory,

    /// <summary>
    /// A talk of two: own messages are the assistant's, people's and agents' the user's, without names. What other personas said is left out, but for the newest message: such a persona
    /// is blind to its peers.
    /// </summary>
    ProperChatMlSingleParty,

    /// <summary>
    /// Rules, room and transcript first, to the byte the same for every persona of the room, and what is one persona's own in a short tail: one prefill serves all of them.
    /// </summary>
    SharedTranscriptFirst,
}

/// <summary>The names of the layouts.</summary>
public static class PromptLayouts
{
    /// <summary>Every layout with its short name, as the command line and the probes write it.</summary>
    public static IReadOnlyList<(string Name, PromptLayout Layout)> All { get; } =
    [
        ("name-prefixed", PromptLayout.NamePrefixedUserTurns),
        ("flattened", PromptLayout.SingleUserTurnFlattenedHistory),
        ("single-party", PromptLayout.ProperChatMlSingleParty),
        ("shared", PromptLayout.SharedTranscriptFirst),
    ];

    /// <summary>The short name of <paramref name="layout"/>.</summary>
    public static string NameOf(PromptLayout layout) => All[(int)layout].Name;
}
