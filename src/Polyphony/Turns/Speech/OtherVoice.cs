using System.Buffers;
using Polyphony.Rooms;

namespace Polyphony.Turns.Speech;

/// <summary>
/// A line in another's name, as if that one had said it. In a block quote that is answered, or in a code fence beside words of its own, such a line shows what somebody said, and says nothing.
/// </summary>
internal static class OtherVoice
{
    public const string Name = "other-voice";

    private const string Fault = "a line begins with another participant's name, as if that one had said it";
    private const string IdFault = "it begins with another participant's id, as if that one had said it";
    private const string LogFault = "a line begins like a line of a log, with a time and a speaker that is not itself";

    private const int ShortestId = 8;
    private const int LongestSpeaker = 40;

    private static readonly string[] IdSpaces = ["persona:", "human:", "agent:", "system:"];

    private static readonly SearchValues<char> Labels = SearchValues.Create("<[" + SpokenLabel.Colons);
    private static readonly SearchValues<char> IdEnds = SearchValues.Create(" \t\n\r,;]>)");
    private static readonly SearchValues<char> IdCharacters = SearchValues.Create(":-0123456789");

    public static string? Find(in Utterance utterance)
    {
        var text = utterance.Text.AsSpan();
        if (BeginsWithId(text, utterance.Offer))
        {
            return IdFault;
        }

        if (!text.ContainsAny(Labels))
        {
            return null;
        }

        var lines = new SpokenLines(text);
        while (lines.MoveNext())
        {
            if (FaultOf(lines.Current.Trim(), utterance.Card.Name, utterance.Offer.Roster) is { } fault && !lines.IsShown)
            {
                return fault;
            }
        }

        return null;
    }

    private static string? FaultOf(ReadOnlySpan<char> line, string ownName, Roster roster)
    {
        for (var number = 0; SpokenLabel.TryRead(line, number, out var label); number++)
        {
            if (label.Name.IsEmpty)
            {
                continue;
            }

            if (label.Is(ownName))
            {
                return null;
            }

            if (label.IsAnyOf(roster) || label.IsFirstNameOf(roster, ownName))
            {
                return Fault;
            }

            if (label.IsTimed && number == 1 && label.Name.Length <= LongestSpeaker && char.IsLetter(label.Name[0]))
            {
                return LogFault;
            }
        }

        return null;
    }

    private static bool BeginsWithId(ReadOnlySpan<char> text, Offer offer)
    {
        var line = text.TrimStart("[<(@*`");
        var end = line.IndexOfAny(IdEnds);
        var word = (end < 0 ? line : line[..end]).TrimEnd(":*`");
        if (word.Length < ShortestId || word.Length > Participant.MaxIdLength || !word.ContainsAny(IdCharacters))
        {
            return false;
        }

        foreach (var space in IdSpaces)
        {
            if (line.StartsWith(space, StringComparison.Ordinal))
            {
                return BeginsWithKnownId(line, offer);
            }
        }

        return end >= 0
            && ((offer.Roster.TryGet(new(word.ToString()), out var known) && known.Id != offer.Persona) || (word.Length == 36 && Guid.TryParseExact(word, "D", out _)));
    }

    // A person's id is made of the name, spaces and all.
    private static bool BeginsWithKnownId(ReadOnlySpan<char> line, Offer offer)
    {
        foreach (var participant in offer.Roster.Participants)
        {
            var id = participant.Id.Value;
            if (participant.Id != offer.Persona && line.StartsWith(id, StringComparison.OrdinalIgnoreCase) && line.Length > id.Length && !char.IsLetterOrDigit(line[id.Length]))
            {
                return true;
            }
        }

        return false;
    }
}
