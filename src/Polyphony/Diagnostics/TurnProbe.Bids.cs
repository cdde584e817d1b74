using System.ComponentModel;
using Microsoft.Extensions.Logging;
using Polyphony.Bids;

namespace Polyphony.Diagnostics;

// What the room's bid was for this persona, in the manner of TurnProbe.Log.cs.
internal sealed partial class TurnProbe
{
    private bool _isWithheld;

    /// <summary>Remembers that the turn ends on its bid, for the reason that it ends with: it is the room's, not the model's.</summary>
    public void Withheld() => _isWithheld = true;

    public void Bid(BidError? error, (double Bid, int Rank)? standing, int candidates, bool fromCache, TimeSpan took) =>
        Bid(standing?.Bid, standing?.Rank, candidates, fromCache, took.TotalMilliseconds, error?.Kind, (error as BidError.Inference)?.ErrorType);

    [Description("How likely the persona is to speak next, from one look at the room for all of them; without bid and rank where it is asked all the same, because there are no bids or it came later.")]
    [LoggerMessage(126, LogLevel.Debug, "bid {bid}, rank {rank} of {candidates}", EventName = ProbeClasses.InferenceBid)]
    private partial void Bid(double? bid, int? rank, int candidates, bool fromCache, double durationMs, string? errorKind, string? errorType);
}
