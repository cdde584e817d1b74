using System.Buffers;

namespace Polyphony.Turns.Speech;

/// <summary>
/// Control tokens of a chat template where the model's turn leaked out of its frame: at the beginning, at the end, at a line's beginning, glued to words or to each other; and a role's
/// turn that it opened. A token within a sentence is data: the prompt's neutraliser guards against it.
/// </summary>
internal static class TemplateTokens
{
    public const string Name = "template-tokens";

    private const int LongestToken = 48;

    // Also the marks of words that are struck out, with something behind them.
    private const string StruckOut = "<s>";
    private const string Strike = "</s>";

    private static readonly SearchValues<char> Openers = SearchValues.Create("<[");

    private static readonly string[] Fixed =
    [
        "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", StruckOut, Strike, "<bos>", "<eos>", "<pad>", "<unk>", "<start_of_turn>", "<end_of_turn>", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]",
        "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "<think>", "</think>", "<thinking>", "</thinking>", "[gMASK]", "[sMASK]", "<sop>", "<eop>", "[e~[",
        "<BOS_TOKEN>", "<EOS_TOKEN>", "<PAD_TOKEN>", "<EOP_TOKEN>", "<start_of_image>", "<end_of_image>",
    ];

    private static readonly string[] Roles = ["system", "user", "assistant", "model", "tool", "human"];

    private static readonly string[] RoleLines =
    [
        "User:", "USER:", "Assistant:", "ASSISTANT:", "Human:", "HUMAN:",
    ];

    // Alone on their line, or with a colon: "### Instructions for the oven" is a heading like any other.
    private static readonly string[] RoleHeadings = ["### Instruction", "### Response", "### Assistant", "### Human", "### User", "### System", "### Input"];

    public static string? Find(in Utterance utterance)
    {
        var text = utterance.Text.AsSpan();
        for (var at = text.IndexOfAny(Openers); at >= 0;)
        {
            var length = TokenLength(text[at..]);
            if (length > 0 && Acts(text, at, at + length) && !IsShown(text, at))
            {
                return "a control token of a chat template stands in it as if it could act";
            }

            var from = at + Math.Max(1, length);
            var next = text[from..].IndexOfAny(Openers);
            at = next < 0 ? -1 : from + next;
        }

        return OpensRole(text) ? "it opens a turn for a role of a chat template" : null;
    }

    private static bool Acts(ReadOnlySpan<char> text, int start, int end)
    {
        if (text[start..end].SequenceEqual(StruckOut) && text[end..].IndexOf(Strike) is > 0 and var close && !text[(end + close + Strike.Length)..].IsWhiteSpace())
        {
            return false;
        }

        if (start == 0 || end == text.Length)
        {
            return true;
        }

        var before = text[..start].TrimEnd(" \t");
        var after = text[end..].TrimStart(" \t");
        return before.IsEmpty || before[^1] is '\n' or '\r'
            || (IsGlued(text[start - 1]) && !text[start..end].Equals(Strike, StringComparison.Ordinal))
            || TokenLength(after.TrimStart()) > 0 || NamesRole(after);
    }

    private static bool IsGlued(char before) => char.IsLetterOrDigit(before) || before is '.' or '!' or '?' or ',' or '>' or '。';

    private static bool NamesRole(ReadOnlySpan<char> after)
    {
        foreach (var role in Roles)
        {
            if (after.StartsWith(role, StringComparison.OrdinalIgnoreCase) && after.Length > role.Length
                && (after[role.Length] is '\n' or '\r' or '<'))
            {
                return true;
            }
        }

        return false;
    }

    private static int TokenLength(ReadOnlySpan<char> text)
    {
        if (text.StartsWith("[|"))
        {
            var end = text[2..Math.Min(text.Length, LongestToken)].IndexOf("|]");
            return end > 0 && char.IsAsciiLetter(text[2]) && !text.Slice(2, end).ContainsAny("\n []") ? end + 4 : 0;
        }

        if (text.Length > 2 && text[0] == '<' && text[1] is '|' or '｜')
        {
            var close = text[2..Math.Min(text.Length, LongestToken)].IndexOf(text[1] == '|' ? "|>" : "｜>");
            return close > 0 && !text.Slice(2, close).ContainsAny('\n', '<', '>') ? close + 4 : 0;
        }

        foreach (var token in Fixed)
        {
            if (text.StartsWith(token, StringComparison.OrdinalIgnoreCase))
            {
                return token.Length;
            }
        }

        return 0;
    }

    private static bool OpensRole(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAny(':', '#'))
        {
            return false;
        }

        var lines = new SpokenLines(text);
        while (lines.MoveNext())
        {
            if (IsRole(lines.Current.TrimStart(" \t*")) && !lines.IsShown)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsRole(ReadOnlySpan<char> line)
    {
        foreach (var role in RoleLines)
        {
            if (line.StartsWith(role, StringComparison.Ordinal))
            {
                return true;
            }
        }

        foreach (var heading in RoleHeadings)
        {
            if (line.StartsWith(heading, StringComparison.Ordinal) && line[heading.Length..].TrimStart() is var rest && (rest.IsEmpty || rest[0] == ':'))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether it stands in a code fence beside words of the persona's own: that shows a template.</summary>
    private static bool IsShown(ReadOnlySpan<char> text, int at)
    {
        if (!text[..at].Contains("```", StringComparison.Ordinal))
        {
            return false;
        }

        var lines = new SpokenLines(text);
        while (lines.MoveNext())
        {
            if (lines.Current.Overlaps(text[at..], out var offset) && offset >= 0)
            {
                return lines.IsShown;
            }
        }

        return false;
    }
}
