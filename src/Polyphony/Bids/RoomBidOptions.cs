namespace Polyphony.Bids;

/// <summary>How a room's <see cref="RoomBids"/> work.</summary>
public sealed record RoomBidOptions
{
    /// <summary>
    /// How many of the likeliest are asked whether they speak; those who are as likely as the last of them are asked too. Range 1 to 1,000; default 3. More asks more often somebody who then has nothing to
    /// say; fewer leaves out who would have spoken.
    /// </summary>
    public int Likely { get; init; } = 3;

    /// <summary>The part of a turn's time that its bid may take. Range 0.01 to 0.9; default 0.25. When it has passed, everybody is asked.</summary>
    public double TimeoutShare { get; init; } = 0.25;

    /// <summary>Checks every range.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it and the range.</exception>
    public void Validate()
    {
        if (Likely is < 1 or > 1_000)
        {
            throw new ArgumentException($"{nameof(Likely)} is {Likely}; set it from 1 to 1000", nameof(Likely));
        }

        if (!(TimeoutShare is >= 0.01 and <= 0.9))
        {
            throw new ArgumentException(FormattableString.Invariant($"{nameof(TimeoutShare)} is {TimeoutShare}; set it from 0.01 to 0.9"), nameof(TimeoutShare));
        }
    }
}
