using System.Diagnostics.CodeAnalysis;

namespace Polyphony.Turns;

/// <summary>
/// One question to a model for a whole room, on its way or at hand. It belongs to the room: whoever asks while it is on its way waits for the same one, and it is given up only when nobody
/// waits any more.
/// </summary>
/// <remarks>The settable properties are for its owner, under its lock.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "It has several owners, and the last to let go releases the source.")]
internal sealed class SharedFlight<TOutcome>
{
    private readonly TaskCompletionSource<TOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _end;

    // Whoever waits, and the call itself: the last to let go releases the source.
    private int _holders = 1;

    public SharedFlight(TimeSpan limit, TimeProvider time)
    {
        _end = new(limit, time);
        (End, Limit) = (_end.Token, limit);
    }

    public Task<TOutcome> Outcome => _outcome.Task;

    /// <summary>Ends the call: its time has passed, or nobody waits for it.</summary>
    public CancellationToken End { get; }

    /// <summary>How long the call may take.</summary>
    public TimeSpan Limit { get; }

    /// <summary>How many turns wait.</summary>
    public int Waiting { get; set; }

    /// <summary>Whether it was given up, because nobody waits any more.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>Whether it has come to its end.</summary>
    public bool HasEnded { get; set; }

    /// <summary>When it came to its end, as a timestamp of its clock.</summary>
    public long EndedAt { get; set; }

    public void Hold() => Interlocked.Increment(ref _holders);

    public void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            _end.Dispose();
        }
    }

    /// <summary>Ends the call early. By a holder.</summary>
    public void GiveUp() => _end.Cancel();

    /// <summary>Tells everybody who waits.</summary>
    public void Complete(TOutcome outcome) => _outcome.TrySetResult(outcome);
}
