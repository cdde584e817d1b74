using System.Buffers;
using Polyphony.Rooms;

namespace Polyphony.Turns.Speech;

/// <summary>
/// What the persona has said already within its last lines. A short answer to a person is never one: "Yes." may be true twice. Who addresses the persona or asks something gets even a long
/// answer a second time, because that is better than none; a third time it is a model that is stuck.
/// </summary>
internal static class NearDuplicate
{
    public const string Name = "near-duplicate";

    /// <summary>With fewer words that say something, a line is short.</summary>
    public const int FewContentWords = 4;

    private const int OftenEnoughWhenAsked = 2;
    private static readonly SearchValues<char> QuestionMarks = SearchValues.Create("?？؟\u037e⸮՞");

    public static string? Find(in Utterance utterance)
    {
        if (utterance.Own is not { } own)
        {
            return null;
        }

        // The most frequent and the cheapest to see first: looking for own lines costs most in a room where many speak.
        var (answersHuman, asked) = Asked(utterance.Offer);
        if ((answersHuman && IsShort(utterance.Words)) || own.IsEmptyAt(utterance.Offer))
        {
            return null;
        }

        var times = own.CountOf(LinePrint.Of(utterance.Words));
        return times >= (asked ? OftenEnoughWhenAsked : 1) ? "it has said this within its last lines, in the same or nearly the same words" : null;
    }

    private static bool IsShort(ReadOnlySpan<SpokenWord> words)
    {
        var content = 0;
        foreach (var word in words)
        {
            content += word.IsContent ? 1 : 0;
        }

        return content < FewContentWords;
    }

    private static (bool ByHuman, bool Asked) Asked(Offer offer)
    {
        var (byHuman, asked) = (false, false);
        for (var seq = Math.Max(offer.First, offer.Transcript.FirstSeq); seq <= offer.Last; seq++)
        {
            var message = offer.Transcript[seq];
            if (message.Kind == AuthorKind.Human)
            {
                byHuman = true;
                asked |= message.Addresses(offer.Persona) || message.Text.AsSpan().ContainsAny(QuestionMarks);
            }
        }

        return (byHuman, asked);
    }
}
