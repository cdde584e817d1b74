using System.Text.Json.Serialization;

namespace Polyphony.Rooms;

/// <summary>
/// What became of an offer. A closed set, and always with a reason: every offer ends in exactly one of these, so that the offers of
/// a room are the sum of its outcomes.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Spoke), "spoke")]
[JsonDerivedType(typeof(Passed), "passed")]
[JsonDerivedType(typeof(Refused), "refused")]
[JsonDerivedType(typeof(Superseded), "superseded")]
[JsonDerivedType(typeof(Duplicate), "duplicate")]
[JsonDerivedType(typeof(TimedOut), "timedOut")]
[JsonDerivedType(typeof(Cancelled), "cancelled")]
[JsonDerivedType(typeof(Failed), "failed")]
public abstract record TurnOutcome
{
    private TurnOutcome()
    {
    }

    /// <summary>Why it came to this, as a person reads it. Holds nothing that anybody said.</summary>
    [JsonIgnore]
    public string Why => this switch
    {
        Spoke => "spoke",
        Passed passed => passed.Reason,
        Refused refused => $"{refused.Rule}: {refused.Reason}",
        Superseded superseded => superseded.Reason,
        Duplicate duplicate => duplicate.Reason,
        TimedOut timedOut => timedOut.Reason,
        Cancelled cancelled => cancelled.Reason,
        Failed failed => $"{failed.Stage}: {failed.Error}",
        _ => throw new InvalidOperationException($"{GetType().Name} is not one of the outcomes"),
    };

    /// <summary>
    /// Whether the burst is dealt with. After a superseded or cancelled offer it is not: the persona has still not seen those messages.
    /// </summary>
    [JsonIgnore]
    public bool Settles => this is not (Superseded or Cancelled);

    /// <summary>The persona said something, and the room took it.</summary>
    public sealed record Spoke : TurnOutcome
    {
        /// <summary>The only value.</summary>
        [JsonIgnore]
        public static Spoke Instance { get; } = new();
    }

    /// <summary>The persona chose silence.</summary>
    /// <param name="Reason">The model's or mind's own reason.</param>
    public sealed record Passed(string Reason) : TurnOutcome;

    /// <summary>What the persona wanted to say, or the turn itself, broke a rule.</summary>
    /// <param name="Rule">The rule's name, such as <c>other-voice</c> or <c>budget</c>.</param>
    /// <param name="Reason">What about it.</param>
    public sealed record Refused(string Rule, string Reason) : TurnOutcome;

    /// <summary>The offer was withdrawn in favour of another attempt.</summary>
    /// <param name="Reason">What came up.</param>
    public sealed record Superseded(string Reason) : TurnOutcome;

    /// <summary>The burst had been answered already, so nothing was said again.</summary>
    /// <param name="Reason">How that was seen.</param>
    public sealed record Duplicate(string Reason) : TurnOutcome;

    /// <summary>The deadline passed.</summary>
    /// <param name="Reason">Which deadline.</param>
    public sealed record TimedOut(string Reason) : TurnOutcome;

    /// <summary>The turn was stopped from outside.</summary>
    /// <param name="Reason">By what.</param>
    public sealed record Cancelled(string Reason) : TurnOutcome;

    /// <summary>Something broke. Never a pass.</summary>
    /// <param name="Stage">The stage of the turn in which it broke.</param>
    /// <param name="Error">The error's own words.</param>
    public sealed record Failed(string Stage, string Error) : TurnOutcome;
}

/// <summary>How many offers were made and what became of them. Adds up: <see cref="Offers"/> = the outcomes + <see cref="Open"/>.</summary>
/// <remarks>Not safe for several writers; each owner keeps its own and adds them up.</remarks>
public sealed class OutcomeCounts
{
    /// <summary>Offers made.</summary>
    public long Offers { get; internal set; }

    /// <summary>Offers that ended with a message.</summary>
    public long Spoke { get; private set; }

    /// <summary>Offers that ended in a chosen silence.</summary>
    public long Passed { get; private set; }

    /// <summary>Offers that broke a rule.</summary>
    public long Refused { get; private set; }

    /// <summary>Offers withdrawn in favour of another attempt.</summary>
    public long Superseded { get; private set; }

    /// <summary>Offers whose burst had been answered already.</summary>
    public long Duplicate { get; private set; }

    /// <summary>Offers that ran out of time.</summary>
    public long TimedOut { get; private set; }

    /// <summary>Offers stopped from outside.</summary>
    public long Cancelled { get; private set; }

    /// <summary>Offers in which something broke.</summary>
    public long Failed { get; private set; }

    /// <summary>The sum of the outcomes.</summary>
    public long Closed => Spoke + Passed + Refused + Superseded + Duplicate + TimedOut + Cancelled + Failed;

    /// <summary>Offers without an outcome yet.</summary>
    public long Open => Offers - Closed;

    /// <summary>Counts <paramref name="outcome"/>.</summary>
    public void Count(TurnOutcome outcome)
    {
        switch (outcome)
        {
            case TurnOutcome.Spoke: Spoke++; break;
            case TurnOutcome.Passed: Passed++; break;
            case TurnOutcome.Refused: Refused++; break;
            case TurnOutcome.Superseded: Superseded++; break;
            case TurnOutcome.Duplicate: Duplicate++; break;
            case TurnOutcome.TimedOut: TimedOut++; break;
            case TurnOutcome.Cancelled: Cancelled++; break;
            case TurnOutcome.Failed: Failed++; break;
            default: throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "not one of the outcomes");
        }
    }

    /// <summary>Counts one more offer.</summary>
    public void CountOffer() => Offers++;

    /// <summary>Adds what <paramref name="other"/> counted.</summary>
    public void Add(OutcomeCounts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Offers += other.Offers;
        Spoke += other.Spoke;
        Passed += other.Passed;
        Refused += other.Refused;
        Superseded += other.Superseded;
        Duplicate += other.Duplicate;
        TimedOut += other.TimedOut;
        Cancelled += other.Cancelled;
        Failed += other.Failed;
    }

    /// <summary>What was counted after <paramref name="before"/>, an earlier copy of these counts.</summary>
    public OutcomeCounts Since(OutcomeCounts before)
    {
        ArgumentNullException.ThrowIfNull(before);
        return new()
        {
            Offers = Offers - before.Offers,
            Spoke = Spoke - before.Spoke,
            Passed = Passed - before.Passed,
            Refused = Refused - before.Refused,
            Superseded = Superseded - before.Superseded,
            Duplicate = Duplicate - before.Duplicate,
            TimedOut = TimedOut - before.TimedOut,
            Cancelled = Cancelled - before.Cancelled,
            Failed = Failed - before.Failed,
        };
    }
}
