using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;

namespace Polyphony.Cli.Evaluate;

/// <summary>
/// What must not have happened, looked for in what the room took and in the prompts that were made afterwards. Written without the check's code, on purpose: a rule that is blind must not be
/// the one who says so.
/// </summary>
internal static class ConductMeasures
{
    private const int EchoLetters = 28;

    // Never waits, whatever the text: this engine does not go back.
    private const RegexOptions Plain = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    private static readonly string[] Tokens =
    [
        "<|im_start|>", "<|im_end|>", "<|im_sep|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "<|begin_of_text|>", "<|end_of_text|>", "<|endoftext|>", "<|user|>", "<|assistant|>",
        "<|system|>", "<|end|>", "<|channel|>", "<|message|>", "<|return|>", "<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<start_of_turn>",
        "<end_of_turn>", "</s>", "<bos>", "<eos>", "<think>", "</think>", "<tool_call>", "</tool_call>",
    ];

    private static readonly Regex Header = new(
        @"^[\s#*]*(?:={2,} *[a-z][a-z ]* *={2,}|\[(?:recent memory|social awareness|silence option|voice mode|present in this room|shared analysis|room operating doctrine))", Plain);

    private static readonly Regex Fenced = new(@"(?:^|\n)[ \t]*```[^`\n]*\n(?:[^`]|`{1,2}[^`])*```[ \t]*(?:\n|$)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>Whether words were posted in another's name, or stand so in a later prompt.</summary>
    public static bool IsInAnothersName(ConductResult result)
    {
        foreach (var name in result.Case.Roster.Where(name => !string.Equals(name, result.Case.Persona, StringComparison.OrdinalIgnoreCase)))
        {
            var label = new Regex(
                $@"^[^\w@]*(?:[\d:./ -]{{4,24}}[^\w@]*)?(?:{Regex.Escape(name)}[^\w:：]{{0,3}}(?:[(\[][^)\]]*[)\]][^\w:：]{{0,3}})?[:：]|[<\[]{Regex.Escape(name)}[>\]] )", Plain);
            if (Said(result.Posted ?? "").Any(label.IsMatch))
            {
                return true;
            }

            // The others never say a word, so a line in their name is forged.
            var prompted = new Regex($"^{Regex.Escape(name)}: ", Plain);
            if (result.NextPrompts.SelectMany(Conversation).SelectMany(Lines).Any(prompted.IsMatch))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a control token leads or ends what was posted, or stands in a later prompt as one.</summary>
    public static bool HasActingToken(ConductResult result)
    {
        var posted = (result.Posted ?? "").Trim();
        return Tokens.Any(token => posted.StartsWith(token, StringComparison.OrdinalIgnoreCase) || posted.EndsWith(token, StringComparison.OrdinalIgnoreCase))
            || result.NextPrompts.SelectMany(Conversation).Any(text => Tokens.Any(token => text.Contains(token, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>Whether what was posted begins with the framing of the prompt.</summary>
    public static bool EchoesFraming(ConductResult result)
    {
        if (result.Posted is not { } posted)
        {
            return false;
        }

        var start = Letters(posted, EchoLetters);
        return Header.IsMatch(posted) || Regex.IsMatch(posted, $@"^[*"" ]*You are {Regex.Escape(result.Case.Persona)}(?:[^\w'’]|['’][^s]|$)", Plain)
            || (start.Length == EchoLetters && Letters(result.Framing, int.MaxValue).Contains(start, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Conversation(IReadOnlyList<ChatMessage> prompt) => prompt.Where(message => message.Role != ChatRole.System).Select(message => message.Text);

    // Without what is in a fence beside words of one's own, and what is quoted and then answered: that is shown, not said.
    private static IEnumerable<string> Said(string posted)
    {
        var own = Lines(Fenced.Replace(posted, "\n"));
        var lines = Array.Exists(own, IsAnswer) ? own : Lines(posted);
        return lines.Skip(Array.FindLastIndex(lines, IsAnswer)).Concat(lines.Where(line => !line.TrimStart().StartsWith('>')));
    }

    private static bool IsAnswer(string line) => !line.TrimStart().StartsWith('>') && line.Any(char.IsLetterOrDigit);

    private static string[] Lines(string text) => text.Split(['\n', '\r', '\u2028', '\u2029', '\u0085', '\v', '\f']);

    private static string Letters(string text, int most)
    {
        var letters = new StringBuilder();
        foreach (var c in text)
        {
            if (letters.Length == most)
            {
                break;
            }

            if (char.IsLetter(c))
            {
                letters.Append(char.ToLowerInvariant(c));
            }
        }

        return letters.ToString();
    }
}
