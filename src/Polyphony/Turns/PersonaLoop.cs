using System.Diagnostics.CodeAnalysis;
using Polyphony.Diagnostics;
using Polyphony.Inference;
using Polyphony.Rooms;

namespace Polyphony.Turns;

/// <summary>
/// Plays one persona in one conversation: takes an offer, runs the turn, hands in the result, and again. One turn at a time; personas run in
/// parallel, each with a loop of its own. The conversation must be primed.
/// </summary>
/// <remarks>
/// A fault of the conversation, a broken turn and a failing model never end the loop; faults in a row are paused between. It ends with the conversation, with its token, when the room is
/// faulted, and when the conversation fails <see cref="FaultLimit"/> times in a row without an offer between.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "ServeAsync releases the source when it ends; there is nothing to dispose before or after.")]
public sealed class PersonaLoop
{
    /// <summary>How many times in a row a conversation may fail before the loop gives up, loudly: 100, which is about a minute and a half of pauses.</summary>
    public const int FaultLimit = 100;

    private const int FaultsWithoutPause = 3;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly HostedPersona _persona;
    private readonly TurnPipeline _pipeline;
    private readonly ITurnObserver _observer;
    private readonly TimeProvider _time;
    private TurnBench? _bench;
    private CancellationTokenSource? _turnEnd;
    private long _answeredThrough;

    /// <param name="persona">Who, with a warm model and a primed seat.</param>
    /// <param name="pipeline">The room's pipeline.</param>
    /// <param name="observer">Sees every finished turn.</param>
    /// <param name="time">The clock for deadlines.</param>
    public PersonaLoop(HostedPersona persona, TurnPipeline pipeline, ITurnObserver observer, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(persona);
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(observer);
        ArgumentNullException.ThrowIfNull(time);
        _persona = persona;
        _pipeline = pipeline;
        _observer = observer;
        _time = time;
    }

    /// <summary>Serves until the conversation ends or <paramref name="stop"/> is signalled; a turn that is running then ends as cancelled.</summary>
    /// <exception cref="RoomFaultedException">The room stopped.</exception>
    /// <exception cref="ConversationBrokenException">The conversation gave nothing but faults.</exception>
    public async Task ServeAsync(CancellationToken stop)
    {
        var faults = 0;
        try
        {
            while (await NextAsync(stop) is var step and not ConversationEnded)
            {
                faults = step is ConversationFault ? faults + 1 : 0;
                if (step is Offer offer)
                {
                    await ServeAsync(offer, stop);
                }
                else if (step is ConversationFault fault)
                {
                    Count(fault, faults);
                    await PauseAsync(faults, stop);
                }
            }
        }
        finally
        {
            _turnEnd?.Dispose();
        }
    }

    private void Count(ConversationFault fault, int inARow)
    {
        _observer.ConversationFaulted(_persona.Card.Id, fault.Reason);
        _pipeline.Probe?.LoopFaulted(_persona.Card.Name, inARow);
        if (inARow == FaultLimit)
        {
            throw new ConversationBrokenException(
                $"the conversation of {_persona.Card.Name} failed {FaultLimit} times in a row; the last time: {fault.Reason}");
        }
    }

    /// <summary>Twice as long after each fault in a row, so that a conversation that is down costs nothing and one that recovers is not kept waiting.</summary>
    private async ValueTask PauseAsync(int faultsInARow, CancellationToken stop)
    {
        if (faultsInARow <= FaultsWithoutPause)
        {
            return;
        }

        var doublings = Math.Min(faultsInARow - FaultsWithoutPause - 1, 10);
        var pause = ShortestPause * (1 << doublings);
        try
        {
            await Task.Delay(pause < LongestPause ? pause : LongestPause, _time, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The conversation's next step ends the loop.
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A conversation's failure is a fault to be counted; what ends the loop is told apart first.")]
    private async ValueTask<ConversationStep> NextAsync(CancellationToken stop)
    {
        try
        {
            return await _persona.Conversation.NextAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ConversationEnded.Instance;
        }
        catch (Exception broken) when (broken is not RoomFaultedException)
        {
            return new ConversationFault(broken.Message);
        }
    }

    private async ValueTask ServeAsync(Offer offer, CancellationToken stop)
    {
        var bench = _bench ??= new();
        bench.Clock.Start();
        using var watched = bench.Probe = TurnProbe.Begin(_pipeline.Logger, _persona, offer, _time);
        var result = offer.Last <= _answeredThrough
            ? TurnResult.Of(offer, new TurnOutcome.Duplicate($"message {offer.Last} was answered before; the conversation offered it again"))
            : await RunAsync(offer, bench, stop);
        var (outcome, reply) = await HandInAsync(offer, result, bench);
        if (outcome.Settles)
        {
            _answeredThrough = Math.Max(_answeredThrough, offer.Last);
        }

        Tell(outcome, reply, bench);
        _observer.TurnEnded(new TurnRecord(offer, outcome, reply, bench.Clock));
    }

    private async ValueTask<TurnResult> RunAsync(Offer offer, TurnBench bench, CancellationToken stop)
    {
        var end = TurnEnd();
        using var withdrawn = offer.Withdrawn.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), end);
        using var stopped = stop.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), end);
        end.CancelAfter(offer.Timeout);
        try
        {
            return await _pipeline.RunAsync(_persona, offer, bench, end.Token);
        }
        catch (OperationCanceledException)
        {
            TurnOutcome outcome = offer.Withdrawn.IsCancellationRequested ? Withdrawn(offer)
                : stop.IsCancellationRequested ? new TurnOutcome.Cancelled("the persona's loop was stopped")
                : new TurnOutcome.TimedOut($"no result within {offer.Timeout.TotalSeconds:0.###} s");
            return TurnResult.Of(offer, outcome);
        }
    }

    private static TurnOutcome Withdrawn(Offer offer) => offer.WithdrawnAs ?? new TurnOutcome.Superseded("the room withdrew the offer");

    [SuppressMessage("Design", "CA1031", Justification = "A reply that could not be handed in is this turn's failure, with its cause; the loop lives on.")]
    private async ValueTask<(TurnOutcome Outcome, Message? Reply)> HandInAsync(Offer offer, TurnResult result, TurnBench bench)
    {
        using var say = SeamSpan.Start(ProbeSeams.Say);
        try
        {
            // Not the loop's token: a result that exists is handed in, also while the loop is stopping.
            return await _persona.Conversation.CompleteAsync(result, CancellationToken.None) switch
            {
                Receipt.Accepted accepted => (result.Outcome, accepted.Message),
                Receipt.AlreadyPosted => (new TurnOutcome.Duplicate("the reply was in the conversation already"), null),
                Receipt.Refused { Rule: "stale" } when offer.WithdrawnAs is { } closedAs => (closedAs, null),
                Receipt.Refused { Rule: "stale" } when !result.Outcome.Settles => (result.Outcome, null),
                Receipt.Refused { Rule: "stale" } stale => (new TurnOutcome.Superseded(stale.Reason), null),
                Receipt.Refused refused => (new TurnOutcome.Refused(refused.Rule, refused.Reason), null),
                _ => throw new InvalidOperationException("the conversation gave no receipt"),
            };
        }
        catch (RoomFaultedException fault)
        {
            bench.Probe?.Broke(fault);
            bench.Clock.End(TurnStage.Say);
            Tell(new TurnOutcome.Failed(TurnPipeline.StageName(TurnStage.Say), "the room stopped"), null, bench);
            throw;
        }
        catch (Exception broken)
        {
            bench.Probe?.Broke(broken);
            return (new TurnOutcome.Failed(TurnPipeline.StageName(TurnStage.Say), broken.Message.ReplaceLineEndings(" ")), null);
        }
        finally
        {
            bench.Clock.End(TurnStage.Say);
        }
    }

    private static void Tell(TurnOutcome outcome, Message? reply, TurnBench bench)
    {
        Instruments.TurnEnded(outcome, bench.Clock);
        bench.Probe?.Ended(outcome, reply, bench.Clock);
    }

    /// <summary>The source that ends the turn. It is used again unless it was used up, so that a turn costs no source and no timer.</summary>
    private CancellationTokenSource TurnEnd()
    {
        if (_turnEnd is null || !_turnEnd.TryReset())
        {
            _turnEnd?.Dispose();
            _turnEnd = new(Timeout.InfiniteTimeSpan, _time);
        }

        return _turnEnd;
    }
}

/// <summary>A conversation gave nothing but faults. The message holds the last one.</summary>
public sealed class ConversationBrokenException : Exception
{
    /// <summary>An exception without a message; prefer one that says what broke.</summary>
    public ConversationBrokenException()
    {
    }

    /// <param name="message">What broke.</param>
    public ConversationBrokenException(string message)
        : base(message)
    {
    }

    /// <param name="message">What broke.</param>
    /// <param name="innerException">The cause.</param>
    public ConversationBrokenException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
