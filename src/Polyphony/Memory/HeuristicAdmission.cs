using System.Collections.Frozen;
using System.Text;
using Polyphony.Prompting;

namespace Polyphony.Memory;

/// <summary>What can be said of a message without knowing whose memory it may enter, found out once for all personas of a room.</summary>
/// <param name="Key">Under which the same words are found again.</param>
/// <param name="IsMemorable">Whether it says enough to be kept.</param>
/// <param name="Held">Why it must not be recalled at once; null where it may.</param>
public readonly record struct MessageTraits(ulong Key, bool IsMemorable, QuarantineReason? Held);

/// <summary>What a memory knows of a message that comes to it.</summary>
/// <param name="From">The engram that was made of this very message.</param>
/// <param name="Same">An engram with the same words, or nearly.</param>
/// <param name="IsForgotten">Whether the message was forgotten on purpose.</param>
public readonly record struct MessageKnown(EngramId? From, EngramId? Same, bool IsForgotten);

/// <summary>The recipe <see cref="Name"/>: what of a conversation is worth remembering. Pure.</summary>
public static class HeuristicAdmission
{
    /// <summary>Its name.</summary>
    public const string Name = "heuristic.v1";

    /// <summary>What is shorter says too little, in characters: 16.</summary>
    public const int ShortestLength = 16;

    /// <summary>What is longer is kept but not recalled, in bytes of UTF-8: 8 KiB.</summary>
    public const int LongestBytes = 8 * 1024;

    /// <summary>How long something is in quarantine: a day.</summary>
    public static readonly TimeSpan QuarantineTime = TimeSpan.FromHours(24);

    private static readonly FrozenSet<string> Noise = new[]
    {
        "ack", "ok", "okay", "thanks", "thx", "got it", "+1", "👍", "thank you", "thank you very much", "thank you so much", "thanks a lot everyone", "thanks everyone",
        "sounds good to me", "good morning everyone", "good morning everybody", "good night everyone", "good night everybody", "hello everyone", "hello everybody",
        "that makes sense to me", "i agree with you", "i completely agree", "you are right about that", "no problem at all", "you are very welcome",
    }.ToFrozenSet();

    /// <summary>Reads a message once.</summary>
    public static MessageTraits TraitsOf(string content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var key = ContentKey.Of(content);
        if (content.Length > LongestBytes / 3 && Encoding.UTF8.GetByteCount(content) > LongestBytes)
        {
            return new(key, true, QuarantineReason.Oversized);
        }

        if (CarriesControlTokens(content))
        {
            return new(key, true, QuarantineReason.ControlTokens);
        }

        var words = content.AsSpan().Trim();
        return new(key, words.Length >= ShortestLength && !IsNoise(words), null);
    }

    /// <summary>What becomes of a message that comes to a memory.</summary>
    /// <param name="traits">What <see cref="TraitsOf"/> says of it.</param>
    /// <param name="known">What the memory knows of it.</param>
    /// <param name="at">When it was said.</param>
    public static Admission Decide(MessageTraits traits, MessageKnown known, DateTimeOffset at) => (traits, known) switch
    {
        (_, { From: { } from }) => new Admission.Drop(DropReason.Duplicate, from),
        (_, { IsForgotten: true }) => Denied,
        (_, { Same: { } same }) => new Admission.Drop(DropReason.Duplicate, same),
        ({ Held: { } reason }, _) => new Admission.Quarantine(reason, at + QuarantineTime),
        ({ IsMemorable: false }, _) => NotMemorable,
        _ => Admission.Admit.Instance,
    };

    private static readonly Admission.Drop NotMemorable = new(DropReason.NotMemorable);

    private static readonly Admission.Drop Denied = new(DropReason.PolicyDenied);

    private static bool IsNoise(ReadOnlySpan<char> words)
    {
        words = words.TrimEnd(".!?… ");
        const int LongestPhrase = 32;
        if (words.Length > LongestPhrase)
        {
            return false;
        }

        Span<char> lower = stackalloc char[LongestPhrase];
        var length = words.ToLowerInvariant(lower);
        return Noise.GetAlternateLookup<ReadOnlySpan<char>>().Contains(lower[..length]);
    }

    // What a prompt would have to take the sting out of, once everything else that it changes is left out: only control tokens remain.
    private static bool CarriesControlTokens(string content)
    {
        if (content.AsSpan().IndexOfAny("<[|｜") < 0)
        {
            return false;
        }

        var plain = string.Concat(content.EnumerateRunes().Where(static r => r.IsBmp && !char.IsControl((char)r.Value) && !IsFormat(r)).Select(static r => r.ToString()));
        return !string.Equals(ContentNeutralizer.Neutralize(plain), plain, StringComparison.Ordinal);
    }

    private static bool IsFormat(Rune rune) => Rune.GetUnicodeCategory(rune)
        is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator;
}
