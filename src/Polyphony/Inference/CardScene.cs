using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Inference;

/// <summary>How the room stands around one message, as far as the card mind asks.</summary>
/// <param name="offer">The turn.</param>
/// <param name="focus">The message of its burst that the turn is about.</param>
internal readonly struct CardScene(Offer offer, Message focus)
{
    // Only so much of the transcript is looked at, but for what was said before.
    private const int LookBack = 512;
    private const int LongestName = 200;

    /// <summary>Whether the message addresses this persona by name.</summary>
    public bool IsForMe => focus.Addresses(offer.Persona);

    /// <summary>What this persona said in its last turns; not to be said again.</summary>
    public HashSet<string> Said()
    {
        var said = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var transcript = offer.Transcript;
        var turns = 0;
        for (var seq = transcript.LastSeq; seq >= transcript.FirstSeq && turns < CardMind.OwnTurns; seq--)
        {
            if (IsMine(transcript[seq]))
            {
                said.Add(transcript[seq].Text.Trim());
                turns++;
            }
        }

        return said;
    }

    /// <summary>How often this persona spoke since a person did.</summary>
    public int OwnTurnsSinceHuman()
    {
        var turns = 0;
        var transcript = offer.Transcript;
        for (var seq = transcript.LastSeq; seq >= Math.Max(transcript.FirstSeq, transcript.LastSeq - LookBack); seq--)
        {
            if (transcript[seq].Kind == AuthorKind.Human)
            {
                break;
            }

            turns += IsMine(transcript[seq]) ? 1 : 0;
        }

        return turns;
    }

    /// <summary>How many other personas spoke after the message. Past the burst nothing is looked at: it is for a later turn.</summary>
    public int AnswersBefore()
    {
        var answers = 0;
        for (var seq = focus.Seq + 1; seq <= Math.Min(offer.Last, focus.Seq + LookBack); seq++)
        {
            answers += offer.Transcript[seq] is { Kind: AuthorKind.Persona } message && !IsMine(message) ? 1 : 0;
        }

        return answers;
    }

    /// <summary>What this persona said just before, when it answered the same person; so that "why?" goes on.</summary>
    public Message? WasAnswered()
    {
        var transcript = offer.Transcript;
        if (focus.Seq <= transcript.FirstSeq || transcript[focus.Seq - 1] is not { ReplyTo: { } answered } mine || !IsMine(mine))
        {
            return null;
        }

        for (var seq = mine.Seq - 1; seq >= Math.Max(transcript.FirstSeq, mine.Seq - LookBack); seq--)
        {
            if (transcript[seq].Id == answered)
            {
                return transcript[seq].Author == focus.Author ? mine : null;
            }
        }

        return null;
    }

    /// <summary>Whether the message names whom it is for, and this persona is not among them.</summary>
    public bool IsForSomebodyElse(SmallTalk talk)
    {
        if (focus.Mentions.Count > 0)
        {
            return true;
        }

        // The way of chat rooms: "name: text", "name, text", "hi name".
        var text = focus.Text.AsSpan(0, Math.Min(focus.Text.Length, LongestName)).TrimStart();
        if (!talk.IsGreeting && text.IndexOfAny(':', ',') < 0)
        {
            return false;
        }

        var space = text.IndexOf(' ');
        var second = talk.IsGreeting && space > 0 ? text[(space + 1)..].TrimStart() : default;
        foreach (var somebody in offer.Roster.Participants)
        {
            if (somebody.Id != offer.Persona && (Begins(text, somebody.Name, ":,") || Begins(second, somebody.Name, ":,.!? ")))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Begins(ReadOnlySpan<char> text, string name, string ends)
    {
        text = text.StartsWith('@') ? text[1..] : text;
        return text.StartsWith(name, StringComparison.OrdinalIgnoreCase)
            && (text.Length == name.Length || ends.Contains(text[name.Length], StringComparison.Ordinal));
    }

    private bool IsMine(Message message) => message.Kind == AuthorKind.Persona && message.Author == offer.Persona;
}
