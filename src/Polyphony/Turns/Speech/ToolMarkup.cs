using System.Buffers;

namespace Polyphony.Turns.Speech;

/// <summary>
/// The raw form of a call or a decision in the place of words, and code fences with nothing in them or without an end. Looked for at the beginning of the text and of its lines: whoever talks about
/// such a form within a sentence is heard.
/// </summary>
internal static class ToolMarkup
{
    public const string Name = "tool-markup";

    private const string Fault = "it is the raw form of a tool call or a decision, not words";
    private const string Fence = "```";
    private const int LongestVerb = 80;

    private static readonly SearchValues<char> Openers = SearchValues.Create("<[{`");

    private static readonly string[] Tags =
    [
        "<tool_call", "</tool_call", "<function_call", "</function_call", "<function=", "</function>", "<invoke", "</invoke", "<tool_use", "<tool_response", "<tool_result", "<tools>",
        "[TOOL_CALLS]", "[TOOL_RESULTS]", "[tool_call", "[/tool_call", "<|tool", "<|python_tag|>", "<parameter=", "<|channel|>commentary",
    ];

    private static readonly string[] Keys =
    [
        "will_respond", "response", "name", "tool", "tool_name", "tool_calls", "tool_call", "function", "function_call", "arguments", "parameters", "action", "action_input", "decision",
        "speak", "pass", "type",
    ];

    private static readonly string[] WrittenCalls =
    [
        "speak(text=", "speak(\"", "speak('", "speak({", "pass(reason=", "pass(\"", "pass('", "pass({", "functions.speak", "functions.pass", "default_api.", "print(default_api.", "```tool_code", "```tool_call",
    ];

    // What people write in brackets with a stroke, and is no verb.
    private static readonly string[] Choices = ["and/or", "he/she", "she/he", "his/her", "her/his", "him/her", "they/them", "she/her", "he/him", "yes/no", "y/n", "n/a", "w/o", "on/off"];

    public static string? Find(in Utterance utterance)
    {
        var text = utterance.Text.AsSpan();
        if (IsWrittenCall(text))
        {
            return Fault;
        }

        var hasCall = text.Contains("Action Input:", StringComparison.Ordinal);
        if (!hasCall && !text.ContainsAny(Openers))
        {
            return null;
        }

        var isFirst = true;
        foreach (var line in text.EnumerateLines())
        {
            var trimmed = line.TrimStart();
            if (IsCall(trimmed) || (isFirst && BeginsEnvelope(text)) || (hasCall && trimmed.StartsWith("Action Input:", StringComparison.Ordinal)))
            {
                return Fault;
            }

            isFirst = false;
        }

        return FenceFault(text);
    }

    // As a line of a program, or as a thought with an action: the whole text is one.
    private static bool IsWrittenCall(ReadOnlySpan<char> text)
    {
        foreach (var start in WrittenCalls)
        {
            if (text.StartsWith(start, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return text.StartsWith("Thought:", StringComparison.Ordinal) && text.Contains("\nAction:", StringComparison.Ordinal);
    }

    private static bool IsCall(ReadOnlySpan<char> line)
    {
        if (line.IsEmpty || line[0] is not ('<' or '[' or '{'))
        {
            return false;
        }

        foreach (var tag in Tags)
        {
            if (line.StartsWith(tag, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return line[0] == '[' ? IsVerb(line) : line[0] == '{' && BeginsKey(line[1..].TrimStart(), "will_respond");
    }

    // [code/read] and [chat/send text=…]
    private static bool IsVerb(ReadOnlySpan<char> line)
    {
        var close = line.IndexOf(']');
        if (close < 4 || close > LongestVerb)
        {
            return false;
        }

        var verb = line[1..close];
        var end = verb.IndexOfAnyExcept(VerbCharacters);
        var word = end < 0 ? verb : verb[..end];
        var stroke = word.IndexOf('/');
        return stroke > 0 && stroke < word.Length - 1 && (end < 0 || verb[end] is ' ' or ':') && !IsChoice(word);
    }

    private static readonly SearchValues<char> VerbCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-/");

    private static bool IsChoice(ReadOnlySpan<char> word)
    {
        foreach (var choice in Choices)
        {
            if (word.SequenceEqual(choice))
            {
                return true;
            }
        }

        return char.IsAsciiDigit(word[0]);
    }

    /// <summary>Whether the whole text begins as a call's or a decision's JSON does, also within a fence.</summary>
    private static bool BeginsEnvelope(ReadOnlySpan<char> text)
    {
        if (text.StartsWith(Fence, StringComparison.Ordinal))
        {
            var line = text.IndexOf('\n');
            text = line < 0 ? text : text[(line + 1)..].TrimStart();
        }

        if (text.StartsWith('['))
        {
            text = text[1..].TrimStart();
        }

        if (!text.StartsWith('{'))
        {
            return false;
        }

        text = text[1..].TrimStart();
        foreach (var key in Keys)
        {
            if (BeginsKey(text, key))
            {
                return true;
            }
        }

        return false;
    }

    private static bool BeginsKey(ReadOnlySpan<char> text, string key) =>
        text.Length > key.Length + 2 && text[0] is '"' or '\'' && text[1..].StartsWith(key, StringComparison.OrdinalIgnoreCase) && text[key.Length + 1] == text[0]
        && text[(key.Length + 2)..].TrimStart().StartsWith(':');

    private static string? FenceFault(ReadOnlySpan<char> text)
    {
        if (!text.Contains(Fence, StringComparison.Ordinal))
        {
            return null;
        }

        var (open, holdsWords) = (0, false);
        foreach (var line in text.EnumerateLines())
        {
            var trimmed = line.Trim();
            var ticks = trimmed.IndexOfAnyExcept('`') is var end && end < 0 ? trimmed.Length : end;
            if (open == 0 && ticks >= Fence.Length && !trimmed[ticks..].Contains('`'))
            {
                (open, holdsWords) = (ticks, false);
            }
            else if (open > 0 && ticks >= open && ticks == trimmed.Length)
            {
                if (!holdsWords)
                {
                    return "it holds a code fence with nothing in it";
                }

                open = 0;
            }
            else
            {
                holdsWords |= !trimmed.IsEmpty;
            }
        }

        return open > 0 ? "it opens a code fence and does not close it" : null;
    }
}
