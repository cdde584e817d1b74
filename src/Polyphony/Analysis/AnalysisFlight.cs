using System.Diagnostics.CodeAnalysis;
using Polyphony.Inference;

namespace Polyphony.Analysis;

/// <summary>What became of one analysis: it, or why there is none.</summary>
/// <param name="Analysis">The analysis; null where there is an error.</param>
/// <param name="Error">Why there is none.</param>
/// <param name="Model">The model that was asked.</param>
internal sealed record AnalysisOutcome(MessageAnalysis? Analysis, AnalysisError? Error, string Model)
{
    public int Angles => Analysis?.SuggestedAngles.Count ?? 0;
}

/// <summary>What a room is asked about: the specialities of the personas that are here, and who asks the model.</summary>
/// <param name="Specialities">Each once, sorted.</param>
/// <param name="Asker">The first persona that has a model; null where none has.</param>
internal sealed record AnalysisSubject(IReadOnlyList<string> Specialities, HostedPersona? Asker)
{
    /// <summary>The most specialities that one call asks about.</summary>
    public const int MostSpecialities = 64;

    /// <summary>The subject of these personas. Where they have too many specialities, each persona's first ones come before anybody's later ones.</summary>
    public static AnalysisSubject Of(IReadOnlyList<HostedPersona> personas)
    {
        var chosen = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        var deepest = personas.Select(static p => p.Card.Specialities.Count).DefaultIfEmpty().Max();
        for (var depth = 0; depth < deepest && chosen.Count < MostSpecialities; depth++)
        {
            foreach (var speciality in personas.Where(p => depth < p.Card.Specialities.Count).Select(p => p.Card.Specialities[depth].Trim()))
            {
                if (speciality.Length > 0 && chosen.Count < MostSpecialities)
                {
                    chosen.Add(speciality);
                }
            }
        }

        return new([.. chosen], personas.FirstOrDefault(static p => p.Client.GetService(typeof(CardChatClient)) is null));
    }
}

/// <summary>
/// One analysis on its way, or at hand. It belongs to the room: whoever asks while it is on its way waits for the same one, and it is given up only when nobody
/// waits any more.
/// </summary>
/// <remarks>The settable properties are for <see cref="SharedAnalysis"/>, under its lock.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "It has several owners, and the last to let go releases the source.")]
internal sealed class AnalysisFlight
{
    private readonly TaskCompletionSource<AnalysisOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _end;

    // Whoever waits, and the call itself: the last to let go releases the source.
    private int _holders = 1;

    public AnalysisFlight(TimeSpan limit, TimeProvider time)
    {
        _end = new(limit, time);
        (End, Limit) = (_end.Token, limit);
    }

    public Task<AnalysisOutcome> Outcome => _outcome.Task;

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
    public void Complete(AnalysisOutcome outcome) => _outcome.TrySetResult(outcome);
}
