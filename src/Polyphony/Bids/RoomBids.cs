using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Polyphony.Diagnostics;
using Polyphony.Inference;
using Polyphony.Prompting;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Bids;

/// <summary>
/// Asks a model once for each message who of the room is likely to speak next, so that only the likeliest are asked themselves and the others pass. One for a room, used by all its turns at once: who comes
/// first asks, who comes meanwhile waits for the same answer, and who comes later finds it. Thread-safe.
/// </summary>
/// <remarks>
/// Nobody is asked less for it who is addressed by name, or where there are no bids: with another layout than the shared one, with a model that has none to give (<see cref="IRoomBidder"/>), among as few as are
/// asked anyway, and after a failure, which is kept like an answer. Where the likeliest had nothing to say to a person's message, whoever comes next is asked. No lock is held while the model works.
/// </remarks>
public sealed class RoomBids
{
    private const int KeptRounds = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Round> _rounds = [];
    private readonly Queue<long> _order = [];
    private readonly List<ParticipantId> _present;
    private readonly RoomBidOptions _options;
    private readonly TimeProvider _time;

    /// <param name="personas">Who is in the room.</param>
    /// <param name="options">How it works.</param>
    /// <param name="time">The clock of the time limits.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public RoomBids(IEnumerable<HostedPersona> personas, RoomBidOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(personas);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        options.Validate();
        _present = [.. personas.Select(static p => p.Card.Id)];
        _options = options;
        _time = time;
    }

    /// <summary>What it did until now.</summary>
    public BidCounts Counts { get; } = new();

    /// <summary>A persona has left: it is no candidate any more, and nobody waits for what it has to say.</summary>
    public void Leave(ParticipantId persona)
    {
        lock (_gate)
        {
            _present.Remove(persona);
        }
    }

    /// <summary>Is told how many turns wait for the bids whenever one more does; for tests, which must know that a turn has come that far.</summary>
    internal Action<int>? Waits { get; set; }

    /// <summary>Why the persona leaves this turn to others; null where it is to be asked.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> ended the turn; nothing else is thrown.</exception>
    internal async ValueTask<string?> WithholdsAsync(HostedPersona persona, Offer offer, TurnBench bench, IReadOnlyList<ChatMessage> shared, CancellationToken stop)
    {
        if (persona.Profile.Layout != PromptLayout.SharedTranscriptFirst || IsAddressed(offer) || persona.Client.GetService(typeof(IRoomBidder)) is not IRoomBidder bidder
            || Join(offer, out var isMine) is not { Flight: { } flight } round)
        {
            return null;
        }

        using var span = SeamSpan.Start(ProbeSeams.Bid);
        var began = Stopwatch.GetTimestamp();
        try
        {
            Waits?.Invoke(flight.Waiting);
            if (isMine)
            {
                _ = FlyAsync(flight, bidder, offer, round.Candidates, shared);
            }

            var outcome = flight.Outcome.IsCompleted ? flight.Outcome.Result : await flight.Outcome.WaitAsync(stop);
            return Judge(offer, bench, round, outcome, !isMine, Stopwatch.GetElapsedTime(began));
        }
        finally
        {
            Leave(offer.Last, flight);
        }
    }

    /// <summary>A turn has ended: who had nothing to say stands no longer before the others.</summary>
    internal void Ended(Offer offer, TurnOutcome outcome)
    {
        if (outcome is not TurnOutcome.Spoke)
        {
            lock (_gate)
            {
                RoundOf(offer.Last).Unsaid.Add(offer.Persona);
            }
        }
    }

    private static bool IsAddressed(Offer offer)
    {
        for (var seq = FirstOf(offer); seq <= offer.Last; seq++)
        {
            if (offer.Transcript[seq].Addresses(offer.Persona))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether somebody waits: a person said something in the burst, and no persona anything since.</summary>
    private static bool HoldsUnanswered(Offer offer)
    {
        for (var seq = offer.Last; seq >= FirstOf(offer); seq--)
        {
            if (offer.Transcript[seq].Kind is var kind && kind is AuthorKind.Human or AuthorKind.Persona)
            {
                return kind == AuthorKind.Human;
            }
        }

        return false;
    }

    private static long FirstOf(Offer offer) => Math.Max(offer.First, offer.Transcript.FirstSeq);

    private string? Judge(Offer offer, TurnBench bench, Round round, BidOutcome outcome, bool fromCache, TimeSpan took)
    {
        if (fromCache && outcome.Error is null)
        {
            Counts.CountCached();
        }

        var candidate = outcome.Error is null ? round.Candidates.IndexOf(offer.Persona) : -1;
        var standing = candidate < 0 ? default((double Bid, int Rank)?) : (outcome.Bids[candidate], outcome.RankOf(candidate));
        bench.Probe?.Bid(outcome.Error, standing, round.Candidates.Count, fromCache, took);
        if (standing is not var (bid, rank) || rank <= _options.Likely || (HoldsUnanswered(offer) && HaveNothingToSay(round, outcome)))
        {
            return null;
        }

        Counts.CountPassed();
        bench.Probe?.Withheld();
        return FormattableString.Invariant($"others are likelier to speak next: bid {bid:0.00##}, rank {rank} of {round.Candidates.Count}");
    }

    /// <summary>Whether all of the likeliest have had their turn on this message and said nothing, or are gone.</summary>
    private bool HaveNothingToSay(Round round, BidOutcome outcome)
    {
        lock (_gate)
        {
            for (var i = 0; i < round.Candidates.Count; i++)
            {
                if (outcome.Bids[i] >= outcome.LeastAsked && !round.Unsaid.Contains(round.Candidates[i]) && _present.Contains(round.Candidates[i]))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>The question about the newest message that is on its way or answered; a new one where there is none, and nothing where everybody is asked anyway.</summary>
    private Round? Join(Offer offer, out bool isMine)
    {
        lock (_gate)
        {
            var round = RoundOf(offer.Last);
            isMine = round.Flight is null;
            if (isMine)
            {
                round.Candidates = [.. _present.Where(id => id != offer.Newest.Author)];
                if (round.Candidates.Count <= _options.Likely)
                {
                    return null;
                }

                round.Flight = new(offer.Timeout * _options.TimeoutShare, _time);
            }

            round.Flight!.Waiting++;
            round.Flight.Hold();
            return round;
        }
    }

    private Round RoundOf(long newest)
    {
        if (_rounds.TryGetValue(newest, out var round))
        {
            return round;
        }

        _rounds.Add(newest, round = new());
        _order.Enqueue(newest);
        if (_order.Count > KeptRounds)
        {
            _rounds.Remove(_order.Dequeue());
        }

        return round;
    }

    private void Leave(long newest, SharedFlight<BidOutcome> flight)
    {
        bool isGivenUp;
        lock (_gate)
        {
            flight.Waiting--;
            isGivenUp = flight.IsGivenUp = flight is { Waiting: 0, HasEnded: false };
            if (isGivenUp && _rounds.TryGetValue(newest, out var round) && round.Flight == flight)
            {
                round.Flight = null;
            }
        }

        if (isGivenUp)
        {
            Counts.CountGivenUp();
            flight.GiveUp();
        }

        flight.LetGo();
    }

    [SuppressMessage("Design", "CA1031", Justification = "Models are foreign code: whatever they throw is the typed error of these bids, and everybody is asked.")]
    private async Task FlyAsync(SharedFlight<BidOutcome> flight, IRoomBidder bidder, Offer offer, List<ParticipantId> candidates, IReadOnlyList<ChatMessage> shared)
    {
        BidOutcome outcome;
        try
        {
            var names = candidates.Select(id => ContentNeutralizer.NeutralizeName(offer.Roster.NameOf(id))).ToArray();
            outcome = BidOutcome.Of(await AskAsync(flight, bidder, new() { Messages = shared, Candidates = names, Offer = offer }), names.Length, _options.Likely);
        }
        catch (OperationCanceledException) when (flight.End.IsCancellationRequested)
        {
            outcome = BidOutcome.Of(new BidError.TimedOut(flight.Limit));
        }
        catch (Exception broken)
        {
            outcome = BidOutcome.Of(new BidError.Inference(broken.GetType().Name));
        }

        bool isGivenUp;
        lock (_gate)
        {
            (isGivenUp, flight.HasEnded) = (flight.IsGivenUp, true);
        }

        if (!isGivenUp && outcome.Error is { } error)
        {
            Counts.CountError(error);
        }

        flight.Complete(outcome);
        flight.LetGo();
    }

    private async Task<IReadOnlyList<double>> AskAsync(SharedFlight<BidOutcome> flight, IRoomBidder bidder, RoomBidRequest request)
    {
        Counts.CountCall();
        var asking = bidder.BidAsync(request, flight.End).AsTask();
        try
        {
            // A model that does not listen to its token is left behind.
            return await asking.WaitAsync(flight.End);
        }
        catch (OperationCanceledException) when (!asking.IsCompleted)
        {
            _ = asking.ContinueWith(static left => _ = left.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>One message, and who has had nothing to say to it. Under the lock, but for the candidates, which are those of its flight.</summary>
    private sealed class Round
    {
        public List<ParticipantId> Candidates { get; set; } = [];

        public SharedFlight<BidOutcome>? Flight { get; set; }

        public HashSet<ParticipantId> Unsaid { get; } = [];
    }
}
