using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Memory;

/// <summary>
/// What a persona keeps in mind of its conversation: the last things that were said to it by name, also when the transcript has moved on. Bounded to
/// <see cref="Capacity"/>; the oldest gives way. Used by one loop.
/// </summary>
public sealed class WorkingMemory
{
    /// <summary>How many messages are kept: 8.</summary>
    public const int Capacity = 8;

    private List<Message>? _kept;

    /// <summary>What the persona knew before this turn, oldest first.</summary>
    public IReadOnlyList<Message> Recall() => _kept is null ? [] : [.. _kept];

    /// <summary>Takes in what is new. A message that does not address the persona by name is left to the transcript; one is never kept twice.</summary>
    /// <returns>How many were kept.</returns>
    public int Admit(Offer offer)
    {
        ArgumentNullException.ThrowIfNull(offer);
        var admitted = 0;
        for (var seq = Math.Max(offer.First, offer.Transcript.FirstSeq); seq <= offer.Last; seq++)
        {
            var message = offer.Transcript[seq];
            if (message.Mentions.Count == 0 || !offer.InBurst(message) || !message.Addresses(offer.Persona)
                || _kept?[^1].Seq >= seq)
            {
                continue;
            }

            (_kept ??= []).Add(message);
            admitted++;
            if (_kept.Count > Capacity)
            {
                _kept.RemoveAt(0);
            }
        }

        return admitted;
    }
}
