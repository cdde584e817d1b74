using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Polyphony.Turns;

namespace Polyphony.Inference.Protocols;

/// <summary>
/// Plain text, and the reserved word PASS for silence: alone, or in front of a reason ("PASS: nothing new"). A model that wraps its decision in the JSON
/// of <see cref="JsonDecisionProtocol"/> though asked for words is understood too.
/// </summary>
public sealed class PassWordProtocol : IDecisionProtocol
{
    private const string Word = "PASS";

    // What models like to put around the word.
    private static readonly char[] Marks = ['"', '\'', '*', '_', '`', '(', ')', '[', ']'];
    private static readonly char[] MarksAndStops = [.. Marks, '.', '!'];

    /// <summary>The only value.</summary>
    public static PassWordProtocol Instance { get; } = new();

    /// <inheritdoc/>
    public string Name => "pass";

    /// <inheritdoc/>
    public string Contract =>
        "Reply with your own words only: no name in front, no quotation marks, no stage directions. "
        + "If somebody asks you something, answer it. If you have nothing to add, reply with the single word PASS; silence is a good answer.";

    /// <inheritdoc/>
    public ChatResponseFormat? ResponseFormat => null;

    /// <inheritdoc/>
    public bool TryRead(string answer, [NotNullWhen(true)] out Decision? decision, [NotNullWhen(false)] out string? whyNot)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var text = answer.Trim();
        whyNot = null;
        if (text.Length == 0)
        {
            decision = null;
            whyNot = "the reply is empty: write what you want to say, or the single word PASS";
            return false;
        }

        if (IsPass(text, out var reason))
        {
            decision = new Decision.Pass(reason.Length == 0 ? "chose silence" : reason);
            return true;
        }

        if (text[0] == '{' && JsonDecisionProtocol.Instance.TryRead(text, out decision, out _))
        {
            return true;
        }

        decision = new Decision.Speak(text);
        return true;
    }

    /// <inheritdoc/>
    public string DraftOf(string answerSoFar)
    {
        ArgumentNullException.ThrowIfNull(answerSoFar);
        var text = answerSoFar.TrimStart();
        var begun = text.TrimStart(Marks);
        var mayBecomePass = begun.Length <= Word.Length && Word.StartsWith(begun, StringComparison.OrdinalIgnoreCase);
        return mayBecomePass || IsPass(text.TrimEnd(), out _) || text.StartsWith('{') ? "" : text;
    }

    private static bool IsPass(string text, out string reason)
    {
        reason = "";
        if (text.AsSpan().TrimStart(Marks).TrimEnd(MarksAndStops).Equals(Word, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        // In front of a reason the word must be written as it was given: "Pass me the salt" is speech.
        var word = text.TrimStart('*');
        if (!word.StartsWith(Word, StringComparison.Ordinal) || text.Contains("```", StringComparison.Ordinal))
        {
            return false;
        }

        var rest = word[Word.Length..];
        if (char.IsLetterOrDigit(rest[0]) || rest[0] is '_' or '/' or '\'' or '\u2019' || (rest[0] == '-' && rest.Length > 1 && char.IsLetterOrDigit(rest[1])))
        {
            // It is the beginning of a longer word: PASSAGE, PASS-through, PASS/FAIL.
            return false;
        }

        reason = rest.TrimStart('*', ':', ',', '.', '-', '\u2013', '\u2014', ' ', '\n', '\r', '\t').Trim();
        return true;
    }
}
