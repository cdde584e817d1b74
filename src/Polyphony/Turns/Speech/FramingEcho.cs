using System.Buffers;
using Microsoft.Extensions.AI;
using Polyphony.Personas;

namespace Polyphony.Turns.Speech;

/// <summary>
/// The prompt's own framing given back as speech. Looked for at the beginning of the text only: a persona can talk about a prompt, a header or a bug, and is heard. What its card says in the same words
/// is its own, and what somebody has said in the room may be said again.
/// </summary>
internal static class FramingEcho
{
    public const string Name = "framing-echo";

    // So much of the prompt in the same words is no chance.
    private const int EchoLength = 40;
    private const int ShortestEcho = 24;
    private const int LongestHeader = 80;
    private const int RememberedMessages = 200;

    private static readonly string[] HeaderWords =
    [
        "Memory", "Memories", "Awareness", "Silence Option", "Voice Mode", "Doctrine", "doctrine", "Analysis", "Your Angle", "Present in", "Transcript", "Instructions", "System Prompt", "Conversation History",
        "Recent Conversation", "Identity", "Roster", "Grounding", "Time Passed", "minutes passed",
    ];

    // As a heading or in bold these are lines of their own, and nobody's words.
    private static readonly string[] WholeHeaders =
    [
        "Recent Memory", "Recent Memories", "Social Awareness", "Silence Option", "Voice Mode", "Present in this room", "Room operating doctrine", "Shared Analysis", "Shared Analysis — Your Angle", "System Prompt",
    ];

    private static readonly string[] FlattenedHeaders = ["Recent conversation:", "New message:\n", "New messages:\n", "New message from ", "Earlier, somebody said to you:", "Respond now as "];

    private static readonly string[] Boilerplate =
    [
        "As an AI language model", "As a large language model", "As an AI assistant", "As an AI, ", "As a language model", "As an AI developed by", "As an artificial intelligence", "I am an AI language model",
        "I'm an AI language model", "I’m an AI language model", "I am a large language model", "I'm a large language model",
    ];

    private static readonly string[] Apologies = ["I'm sorry, but ", "I’m sorry, but ", "I am sorry, but ", "Sorry, but ", "I apologize, but ", "Unfortunately, "];

    private static readonly string[] Brands = ["ChatGPT", "Claude", "GPT-", "Gemini", "Llama", "Qwen", "DeepSeek", "Mistral", "Copilot", "Bard", "Phi-", "Gemma"];

    private static readonly SearchValues<string> AsksWhatItIs = SearchValues.Create(
        [" ai", "a.i.", "bot", "human", "machine", "language model", "llm", "chatgpt", "claude", "gpt", "gemini", "who are you", "what are you", "real person", "which model", "what model"],
        StringComparison.OrdinalIgnoreCase);

    public static string? Find(in Utterance utterance)
    {
        var text = utterance.Text;
        if (IsHeader(text))
        {
            return "it begins with a header of the prompt";
        }

        if (IsRolePreamble(text, utterance.Card.Name) || (text.Length >= ShortestEcho && IsInFraming(utterance)))
        {
            return "it begins with the prompt's own words";
        }

        return IsBoilerplate(text, utterance.Card.Name) && !utterance.Offer.Newest.Text.AsSpan().ContainsAny(AsksWhatItIs)
            ? "it begins with an assistant's standard words, or another's identity, and nobody asked what it is"
            : null;
    }

    private static bool IsHeader(string text)
    {
        if (text[0] is '=' or '[' or '#' or '*')
        {
            var line = text.AsSpan(0, Math.Min(text.Length, LongestHeader));
            var end = line.IndexOfAny('\n', '\r');
            line = end < 0 ? line : line[..end];
            return IsRule(line) || IsWhole(line.Trim("#*[]: \t")) || IsNamed(line.Trim("#* \t"), isWholeLine: end >= 0 || text.Length <= LongestHeader);
        }

        return StartsWithAny(text, FlattenedHeaders, StringComparison.Ordinal);
    }

    // === SECTION ===
    private static bool IsRule(ReadOnlySpan<char> line)
    {
        var inner = line.Trim().TrimStart('=');
        var signs = line.Trim().Length - inner.Length;
        var close = inner.IndexOf("==");
        return signs >= 2 && close > 0 && inner[..close].ContainsAnyInRange('A', 'Z') && inner[..close].IndexOfAnyInRange('a', 'z') is var lower && (lower < 0 || signs >= 3);
    }

    private static bool IsWhole(ReadOnlySpan<char> line)
    {
        foreach (var header in WholeHeaders)
        {
            if (line.Equals(header, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    // [Recent Memory], alone or in front of what belongs to it.
    private static bool IsNamed(ReadOnlySpan<char> line, bool isWholeLine)
    {
        var close = line.StartsWith('[') ? line.IndexOf(']') : -1;
        if (close < 0 || (!isWholeLine && close == line.Length - 1) || (close + 1 < line.Length && line[close + 1] == '('))
        {
            return false;
        }

        var header = line[1..close];
        foreach (var word in HeaderWords)
        {
            if (header.Contains(word, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsRolePreamble(string text, string ownName)
    {
        const string YouAre = "You are ";
        const string SystemRole = "System";
        var start = text.AsSpan().TrimStart("*_\"“>[ ");
        if (start.StartsWith(SystemRole, StringComparison.OrdinalIgnoreCase) && start.Length > SystemRole.Length && start[SystemRole.Length] is ':' or ']')
        {
            start = start[SystemRole.Length..].TrimStart(":]*_ \r\n");
        }

        if (!start.StartsWith(YouAre, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var name = start[YouAre.Length..].TrimStart("*_\"");
        return name.StartsWith(ownName, StringComparison.OrdinalIgnoreCase) && (name.Length == ownName.Length || !GoesOn(name[ownName.Length..]));
    }

    private static bool IsInFraming(in Utterance utterance)
    {
        var text = utterance.Text.AsSpan().TrimStart("\"*_#>- ");
        var end = text.IndexOfAny('\n', '\r');
        text = end < 0 ? text : text[..end].TrimEnd();
        text = text[..Math.Min(text.Length, EchoLength)];
        return text.Length >= ShortestEcho && IsInFraming(utterance.Prompt, text) && !IsOnCard(utterance.Card, text) && !WasSaid(utterance.Offer, text);
    }

    // The framing is what no participant said: the system's messages, and the last one, which holds the closing words where the conversation is one message.
    private static bool IsInFraming(IReadOnlyList<ChatMessage> prompt, ReadOnlySpan<char> text)
    {
        for (var i = 0; i < prompt.Count; i++)
        {
            if ((i == prompt.Count - 1 || prompt[i].Role == ChatRole.System) && prompt[i].Text.AsSpan().Contains(text, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsOnCard(PersonaCard card, ReadOnlySpan<char> text)
    {
        if (Shares(card.Description, text) || Shares(card.Greeting, text))
        {
            return true;
        }

        foreach (var line in card.Facts.Concat(card.ExampleLines).Concat(card.Specialities))
        {
            if (Shares(line, text))
            {
                return true;
            }
        }

        return false;
    }

    // The card's line may be longer than what is looked for, or end within it.
    private static bool Shares(string line, ReadOnlySpan<char> text) =>
        line.AsSpan().Contains(text, StringComparison.Ordinal) || (line.Length >= 4 && text.StartsWith(line, StringComparison.Ordinal));

    private static bool WasSaid(Offer offer, ReadOnlySpan<char> text)
    {
        var transcript = offer.Transcript;
        for (var seq = transcript.LastSeq; seq >= transcript.FirstSeq && seq > transcript.LastSeq - RememberedMessages; seq--)
        {
            if (transcript[seq].Text.AsSpan().Contains(text, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsBoilerplate(string text, string ownName)
    {
        foreach (var apology in Apologies)
        {
            if (text.StartsWith(apology, StringComparison.OrdinalIgnoreCase))
            {
                text = text[apology.Length..];
                break;
            }
        }

        if (StartsWithAny(text, Boilerplate, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        var claim = text.StartsWith("I am ", StringComparison.OrdinalIgnoreCase) ? text[5..]
            : text.StartsWith("I'm ", StringComparison.OrdinalIgnoreCase) || text.StartsWith("I’m ", StringComparison.OrdinalIgnoreCase) ? text[4..]
            : "";
        return claim.Length > 0 && !claim.StartsWith(ownName, StringComparison.OrdinalIgnoreCase) && IsBrand(claim);
    }

    private static bool IsBrand(string claim)
    {
        foreach (var brand in Brands)
        {
            if (claim.StartsWith(brand, StringComparison.OrdinalIgnoreCase) && (claim.Length == brand.Length || brand[^1] == '-' || !IsGenitive(claim.AsSpan(brand.Length))))
            {
                return true;
            }
        }

        return false;
    }

    private static bool GoesOn(ReadOnlySpan<char> rest) => char.IsLetterOrDigit(rest[0]) || IsGenitive(rest);

    // "You are Mira's best friend": somebody else is meant.
    private static bool IsGenitive(ReadOnlySpan<char> rest) => rest.Length > 1 && rest[0] is '\'' or '’' && rest[1] is 's';

    private static bool StartsWithAny(string text, string[] starts, StringComparison comparison)
    {
        foreach (var start in starts)
        {
            if (text.StartsWith(start, comparison))
            {
                return true;
            }
        }

        return false;
    }
}
