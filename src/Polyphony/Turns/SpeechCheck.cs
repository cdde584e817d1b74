using Polyphony.Rooms;

namespace Polyphony.Turns;

/// <summary>Looks at what a persona is about to say. It trims the persona's own label and refuses what breaks a rule; it never rewrites.</summary>
internal static class SpeechCheck
{
    private const int LongestLabel = 72;

    // The second is the full-width one of Chinese and Japanese.
    private const string Colons = ":：";

    public static TurnResult Check(Offer offer, string ownName, string text)
    {
        var said = WithoutOwnLabel(text, ownName);
        if (said.Length == 0)
        {
            return TurnResult.Of(offer, new TurnOutcome.Refused("empty", "nothing is left but its own name"));
        }

        return SpeaksForAnother(said, ownName, offer.Roster)
            ? TurnResult.Of(offer, new TurnOutcome.Refused("other-voice", "a line begins with another participant's name, as if that one had said it"))
            : TurnResult.Of(offer, TurnOutcome.Spoke.Instance, said);
    }

    private static string WithoutOwnLabel(string text, string ownName)
    {
        var said = text.AsSpan().Trim();
        while (LabelOf(said, out var rest) is { Length: > 0 } label && label.Equals(ownName, StringComparison.OrdinalIgnoreCase))
        {
            said = rest.Trim();
        }

        return said.Length == text.Length ? text : said.ToString();
    }

    private static bool SpeaksForAnother(string said, string ownName, Roster roster)
    {
        if (said.AsSpan().IndexOfAny(Colons) < 0)
        {
            return false;
        }

        foreach (var line in said.AsSpan().EnumerateLines())
        {
            var label = LabelOf(line.Trim(), out _);
            if (label.Length > 0 && !label.Equals(ownName, StringComparison.OrdinalIgnoreCase) && roster.HasName(label.ToString()))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What stands before the first colon, without the marks that models like to put around a name.</summary>
    private static ReadOnlySpan<char> LabelOf(ReadOnlySpan<char> line, out ReadOnlySpan<char> rest)
    {
        var colon = line[..Math.Min(line.Length, LongestLabel)].IndexOfAny(Colons);
        rest = colon < 0 ? line : line[(colon + 1)..].TrimStart("*_ ");
        return colon <= 0 ? [] : line[..colon].Trim("*_<>[]()#-•> ");
    }
}
