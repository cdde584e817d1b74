using System.Text.Json.Serialization;

namespace Polyphony.Rooms;

/// <summary>What holds in a room. Part of its log, so that a replay decides as the room did.</summary>
public sealed record RoomRules
{
    /// <summary>The name of the floor policy. Default: one speaker at a time.</summary>
    public string Floor { get; init; } = Polyphony.Floor.OneAtATime.PolicyName;

    /// <summary>
    /// How many persona turns there may be since the last human message before none is offered for a persona's message any more.
    /// Every offer counts, whatever becomes of it. A turn that answers a human is never withheld. Range 0 to 1,000,000; default 24. Higher lets
    /// personas talk among themselves for longer, and costs a model call a turn.
    /// </summary>
    public int PersonaTurnBound { get; init; } = 24;

    /// <summary>Whether personas are offered what personas say. Default true; false leaves their messages to be read as history.</summary>
    public bool OfferPersonaMessages { get; init; } = true;

    /// <summary>How long one turn may take before it ends as timed out. Range 1 ms to 1 day; default 2 minutes.</summary>
    public TimeSpan TurnTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The most messages one burst may span, for a policy that coalesces; older unseen ones are left to the history. Range 1 to 1,000; default 16.</summary>
    public int BurstLimit { get; init; } = 16;

    /// <summary>The most messages that may wait for one persona before a post is refused as <c>overloaded</c>. Range 1 to 16,000, what memory holds; default 10,000.</summary>
    public int Backlog { get; init; } = 10_000;

    /// <summary>The most characters a doctrine may have (UTF-16 units): 8,000.</summary>
    public const int MaxDoctrine = 8_000;

    /// <summary>What kind of place the room is and what holds there, as its host writes it; every persona is told it. At most <see cref="MaxDoctrine"/> characters; none where absent.</summary>
    public string? Doctrine { get; init; }

    /// <summary>Whether it is a live voice conversation, in which personas speak as people talk. Default false.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Voice { get; init; }

    /// <summary>Checks every range.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it and the range.</exception>
    public void Validate()
    {
        Polyphony.Floor.FloorPolicies.Find(Floor);
        Check(PersonaTurnBound, 0, 1_000_000, nameof(PersonaTurnBound));
        Check(BurstLimit, 1, 1_000, nameof(BurstLimit));
        Check(Backlog, 1, 16_000, nameof(Backlog));
        if (Doctrine is { Length: > MaxDoctrine } doctrine)
        {
            throw new ArgumentException($"{nameof(Doctrine)} has {doctrine.Length} characters; keep at most {MaxDoctrine}", nameof(Doctrine));
        }

        if (TurnTimeout < TimeSpan.FromMilliseconds(1) || TurnTimeout > TimeSpan.FromDays(1))
        {
            throw new ArgumentException($"{nameof(TurnTimeout)} is {TurnTimeout}; set it from 1 ms to 1 day", nameof(TurnTimeout));
        }
    }

    private static void Check(int value, int least, int most, string key)
    {
        if (value < least || value > most)
        {
            throw new ArgumentException($"{key} is {value}; set it from {least} to {most}", key);
        }
    }
}
