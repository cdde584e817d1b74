using System.Buffers;
using System.Globalization;
using System.Text;

namespace Polyphony.Prompting;

/// <summary>
/// Makes what somebody said safe to stand in a prompt, at this one place. Words stay as they are; what a model or a reader of the prompt could take for
/// structure does not: chat-template control tokens, control and direction characters, and lines that could pass for another speaker's.
/// </summary>
public static class ContentNeutralizer
{
    /// <summary>Stands before every line but the first, so that no line of a message can begin like a speaker's label or a section.</summary>
    public const string ContinuationMark = "\n| ";

    private static readonly SearchValues<char> Suspicious = SearchValues.Create(SuspiciousCharacters());

    private static readonly SearchValues<char> TokenOpeners = SearchValues.Create("<|[｜");

    // The brackets of the template families in use: ChatML and Llama 3 (<|…|>), Llama 2 ([INST], <<SYS>>, <s>), Gemma (<start_of_turn>),
    // Mistral ([TOOL_CALLS]), DeepSeek (<｜…｜>), reasoning blocks (<think>). Each begins with one of these characters.
    private static readonly string[] Tokens =
    [
        "<|", "|>", "<｜", "｜>", "<<SYS>>", "<</SYS>>", "[INST]", "[/INST]", "[TOOL_CALLS]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]",
        "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>", "<s>", "</s>",
        "<think>", "</think>", "<tool_call>", "</tool_call>",
    ];

    /// <summary>Neutralises <paramref name="text"/>; returns the same string where there is nothing to do.</summary>
    public static string Neutralize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var at = text.AsSpan().IndexOfAny(Suspicious);
        if (at < 0)
        {
            return text;
        }

        // Tokens come second: what is left out between two characters must not make one of them.
        var clean = new StringBuilder(text.Length + 16);
        clean.Append(text, 0, at);
        for (var i = at; i < text.Length; i++)
        {
            i = Append(clean, text, i);
        }

        return WithoutTokens(clean.ToString());
    }

    private static string WithoutTokens(string text)
    {
        var at = text.AsSpan().IndexOfAny(TokenOpeners);
        if (at < 0)
        {
            return text;
        }

        var safe = new StringBuilder(text.Length);
        safe.Append(text, 0, at);
        for (var i = at; i < text.Length; i++)
        {
            if (TokenOpeners.Contains(text[i]) && TokenAt(text, i) is { } token)
            {
                AppendToken(safe, token);
                i += token.Length - 1;
            }
            else
            {
                safe.Append(text[i]);
            }
        }

        return safe.ToString();
    }

    /// <summary>Appends what stands at <paramref name="i"/>, and returns the last index it dealt with.</summary>
    private static int Append(StringBuilder safe, string text, int i)
    {
        var c = text[i];
        switch (c)
        {
            case '\r' when i + 1 < text.Length && text[i + 1] == '\n':
                safe.Append(ContinuationMark);
                return i + 1;
            case '\n' or '\r' or '\v' or '\f' or '\u0085' or '\u2028' or '\u2029':
                safe.Append(ContinuationMark);
                return i;
            case '\t':
                safe.Append(' ');
                return i;
            case < ' ':
                safe.Append((char)(0x2400 + c));
                return i;
            case '\u007f' or (>= '\u0080' and <= '\u009f'):
                safe.Append('\ufffd');
                return i;
            case '\u00ad' or '\u061c' or '\u180e' or (>= '\ufff9' and <= '\ufffb'):
                return i;
            case '\udb40' when i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]):
                // Tags and variation selectors: invisible, and a way to hide a whole alphabet.
                return i + 1;
            case (>= '\u200b' and <= '\u200f') or (>= '\u202a' and <= '\u202e') or (>= '\u2060' and <= '\u2069') or '\ufeff' when !JoinsEmoji(text, i) && !JoinsLetters(text, i):
                return i;
            case >= '\ud800' and <= '\udbff' when i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]):
                safe.Append(c).Append(text[i + 1]);
                return i + 1;
            case >= '\ud800' and <= '\udfff':
                safe.Append('\ufffd');
                return i;
            default:
                safe.Append(c);
                return i;
        }
    }

    private static string? TokenAt(string text, int i)
    {
        foreach (var token in Tokens)
        {
            if (string.Compare(text, i, token, 0, token.Length, StringComparison.OrdinalIgnoreCase) == 0)
            {
                return token;
            }
        }

        return null;
    }

    // The look of the token stays for a reader; to a tokenizer it is ordinary text.
    private static void AppendToken(StringBuilder safe, string token)
    {
        foreach (var c in token)
        {
            safe.Append(c switch { '<' => '‹', '>' => '›', '[' => '⟦', ']' => '⟧', '|' or '｜' => '¦', _ => c });
        }
    }

    private static bool JoinsEmoji(string text, int i) =>
        text[i] == '\u200d' && i > 0 && i + 1 < text.Length && (char.IsSurrogate(text[i - 1]) || text[i - 1] == '\ufe0f');

    // Persian and the scripts of India spell with them. Their letters are in this range, and nothing that a template is made of is.
    private static bool JoinsLetters(string text, int i) =>
        text[i] is '\u200c' or '\u200d' && i > 0 && i + 1 < text.Length && IsJoined(text[i - 1]) && IsJoined(text[i + 1]);

    private static bool IsJoined(char c) => c is >= '\u0600' and <= '\u0dff' && (char.IsLetter(c) || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark);

    private static string SuspiciousCharacters()
    {
        var all = new StringBuilder("<|[｜\u007f\u00ad\u061c\u180e\u2028\u2029\ufeff\ufff9\ufffa\ufffb");
        AppendRange(all, '\0', '\u001f');
        AppendRange(all, '\u0080', '\u009f');
        AppendRange(all, '\u200b', '\u200f');
        AppendRange(all, '\u202a', '\u202e');
        AppendRange(all, '\u2060', '\u2069');
        AppendRange(all, '\ud800', '\udfff');
        return all.ToString();
    }

    private static void AppendRange(StringBuilder all, char first, char last)
    {
        for (int c = first; c <= last; c++)
        {
            all.Append((char)c);
        }
    }
}
