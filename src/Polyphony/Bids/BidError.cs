namespace Polyphony.Bids;

/// <summary>Why a message has no bids. Everybody is asked then. A closed set.</summary>
public abstract record BidError
{
    private BidError()
    {
    }

    /// <summary>The error's name, as probes have it.</summary>
    public string Kind => GetType().Name;

    /// <summary>The model failed.</summary>
    /// <param name="ErrorType">The type of what it threw.</param>
    public sealed record Inference(string ErrorType) : BidError;

    /// <summary>The answer is not one probability for each candidate, which together are 1.</summary>
    public sealed record Malformed : BidError;

    /// <summary>The model took too long.</summary>
    /// <param name="After">How long it was waited for.</param>
    public sealed record TimedOut(TimeSpan After) : BidError;
}

/// <summary>The bids for one message, or why there are none.</summary>
/// <param name="Bids">One for each candidate; empty where there is an error.</param>
/// <param name="LeastAsked">The bid of the last of the likeliest: who has as much is asked.</param>
/// <param name="Error">Why there are none.</param>
internal sealed record BidOutcome(IReadOnlyList<double> Bids, double LeastAsked, BidError? Error)
{
    private const double Tolerance = 1e-3;

    public static BidOutcome Of(BidError error) => new([], 0, error);

    public static BidOutcome Of(IReadOnlyList<double> bids, int candidates, int likely) =>
        bids.Count == candidates && bids.All(static bid => bid is >= 0 and <= 1 + Tolerance) && Math.Abs(bids.Sum() - 1) <= Tolerance
            ? new(bids, bids.OrderDescending().ElementAt(likely - 1), null)
            : Of(new BidError.Malformed());

    /// <summary>One more than how many have more.</summary>
    public int RankOf(int candidate) => 1 + Bids.Count(bid => bid > Bids[candidate]);
}
