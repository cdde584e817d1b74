using Polyphony.Rooms;

namespace Polyphony.Turns.Speech;

/// <summary>A persona's own newest lines within the transcript, each looked at once. A memo of what the transcript holds; used by one loop.</summary>
internal sealed class OwnLines
{
    /// <summary>How many lines are compared with: 16.</summary>
    public const int Kept = 16;

    // So far back an own line is looked for when the persona has just come.
    private const int Reach = 512;

    private readonly Queue<Message> _lines = [];
    private readonly Dictionary<long, LinePrint> _prints = [];
    private long _through;

    /// <summary>Whether there is nothing to compare with, as of this offer. Ask it before <see cref="CountOf"/>.</summary>
    public bool IsEmptyAt(Offer offer)
    {
        var transcript = offer.Transcript;
        for (var seq = Math.Max(Math.Max(_through + 1, transcript.FirstSeq), transcript.LastSeq - Reach); seq <= transcript.LastSeq; seq++)
        {
            if (transcript[seq].Author == offer.Persona)
            {
                Keep(transcript[seq]);
            }
        }

        _through = Math.Max(_through, transcript.LastSeq);
        return _lines.Count == 0;
    }

    /// <summary>How many of the lines <paramref name="print"/> says again.</summary>
    public int CountOf(LinePrint print)
    {
        var count = 0;
        foreach (var line in _lines)
        {
            if (!_prints.TryGetValue(line.Seq, out var known))
            {
                _prints.Add(line.Seq, known = LinePrint.Of(line.Text));
            }

            count += print.SaysAgain(known) ? 1 : 0;
        }

        return count;
    }

    private void Keep(Message message)
    {
        if (_lines.Count == Kept)
        {
            _prints.Remove(_lines.Dequeue().Seq);
        }

        _lines.Enqueue(message);
    }
}
