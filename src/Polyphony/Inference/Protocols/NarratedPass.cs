using System.Text.RegularExpressions;

namespace Polyphony.Inference.Protocols;

/// <summary>
/// Silence told in the first person, where the word was asked for: "I'll pass my turn". The strong forms name the turn; the weak ones ("I'll pass", "I'll pass this one") could be
/// part of a real contribution, so they count at the beginning or the end of a short text only. To pass on, along or to somebody is speech.
/// </summary>
internal static partial class NarratedPass
{
    private const int LongestWeakText = 700;

    // How far from the beginning or the end of the text a weak form may stand.
    private const int WeakMargin = 80;

    private const string Clause = @"(?:^|[.!?;:,\u2013\u2014]\s|[\n\r(*_])[ \t]{0,4}";
    private const string Lead =
        @"(?:(?:so|then|and|well|okay|ok|alright|all right|no|nah|thanks|thank you|honestly|sorry|hmm|for now|this time|nothing to add|i think|i guess|i believe)[,.\u2026]{0,3}[ ]){0,3}";
    private const string Subject =
        @"(?:i(?:['\u2019]ll| will| shall|['\u2019]d rather| would rather|['\u2019]m going to| am going to|['\u2019]m gonna| choose to| have decided to|['\u2019]ve decided to| think i['\u2019]ll| prefer to| want to|['\u2019]d like to| would like to)?[ ](?:just[ ]|simply[ ]|gladly[ ]|happily[ ]|rather[ ]|have to[ ]|respectfully[ ])?pass|i(?:['\u2019]m| am)[ ]passing)";
    private const string Ending = @"(?=[ ]*(?:$|[.!,;\u2026)*_""'\u2019\u201d\n\r\u2013\u2014])|[ ](?:for now|this time|here|today|too|as well|again|thanks|thank you|because|since|and let|and leave|unless|-)\b|[ ]-[ ])";

    /// <summary>Whether the text, which is trimmed, narrates silence.</summary>
    public static bool IsIn(string text)
    {
        // A narration stands where a text begins or ends; in the middle of a long one it is a tale.
        var head = text.Length <= LongestWeakText ? text : text[..LongestWeakText];
        if (Strong().IsMatch(head) || (text.Length > LongestWeakText && Strong().IsMatch(text[^LongestWeakText..])))
        {
            return true;
        }

        if (text.Length > LongestWeakText)
        {
            return false;
        }

        for (var weak = Weak().Match(text); weak.Success; weak = weak.NextMatch())
        {
            if (weak.Index <= WeakMargin || text.Length - weak.Index - weak.Length <= WeakMargin)
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex(Clause + Lead + Subject + @"[ ](?:on[ ])?(?:my|this|the)[ ]turn\b(?![ ]to\b)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Strong();

    [GeneratedRegex(Clause + Lead + Subject + @"(?:[ ](?:on[ ])?this[ ](?:one|time|round)|[ ]for[ ]now)?" + Ending, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Weak();
}
