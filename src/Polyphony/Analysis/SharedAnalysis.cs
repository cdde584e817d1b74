using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Polyphony.Diagnostics;
using Polyphony.Inference;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Analysis;

/// <summary>
/// Asks a model once for each message, for the whole room, what each speciality in it could add. One for a room, used by all its turns at once: who asks first makes the
/// call, with the model of the room's first persona that has one; who asks meanwhile waits for the same answer, and who asks later finds it. Thread-safe.
/// </summary>
/// <remarks>
/// What was asked about is the room, the message's text and the specialities; the history is not part of it on purpose, so that personas that see different histories share
/// one call. A failure is kept like an answer: a message is asked about once. No lock is held while the model works.
/// </remarks>
public sealed class SharedAnalysis
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Key, SharedFlight<AnalysisOutcome>> _flights = [];
    private readonly Queue<(Key Key, SharedFlight<AnalysisOutcome> Flight)> _order = [];
    private readonly List<HostedPersona> _personas;
    private readonly SharedAnalysisOptions _options;
    private readonly TimeProvider _time;
    private readonly RoomProbe? _probe;
    private volatile AnalysisSubject _subject;
    private volatile Latest? _latest;

    /// <param name="room">The room, as its probes name it.</param>
    /// <param name="personas">Who is in it.</param>
    /// <param name="options">How it works.</param>
    /// <param name="time">The clock of the time limits.</param>
    /// <param name="logger">Receives its probes.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public SharedAnalysis(RoomId room, IEnumerable<HostedPersona> personas, SharedAnalysisOptions options, TimeProvider time, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(personas);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        options.Validate();
        _personas = [.. personas];
        _options = options;
        _time = time;
        _probe = RoomProbe.For(GuardedLogger.Around(logger), room);
        _subject = AnalysisSubject.Of(_personas);
    }

    /// <summary>What it did until now.</summary>
    public AnalysisCounts Counts { get; } = new();

    /// <summary>A persona has left: its specialities are asked about no more.</summary>
    public void Leave(ParticipantId persona)
    {
        lock (_gate)
        {
            if (_personas.RemoveAll(p => p.Card.Id == persona) > 0)
            {
                _subject = AnalysisSubject.Of(_personas);
            }
        }
    }

    /// <summary>What the persona could add to the newest message of its offer; empty where there is nothing, and where the analysis failed.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> ended the turn; nothing else is thrown.</exception>
    internal ValueTask<string> AngleAsync(HostedPersona persona, Offer offer, TurnBench bench, CancellationToken stop)
    {
        var subject = _subject;
        if (subject.Specialities.Count > 1 && subject.Asker is { } asker)
        {
            return bench.Tape is { EndsAtPrompt: true } ? new(AngleAtHand(persona, offer, subject)) : AngleAsync(persona, offer, bench, subject, asker, stop);
        }

        Counts.CountSkipped();
        _probe?.NotAnalyzed(offer.Newest, subject.Specialities.Count);
        return new("");
    }

    /// <summary>Is told how many turns wait for an analysis whenever one more does; for tests, which must know that a turn has come that far.</summary>
    internal Action<int>? Waits { get; set; }

    /// <summary>The angle, where the analysis is there already.</summary>
    private string AngleAtHand(HostedPersona persona, Offer offer, AnalysisSubject subject)
    {
        lock (_gate)
        {
            return _flights.TryGetValue(KeyOf(offer, subject), out var flight) && flight is { HasEnded: true, Outcome: { IsCompletedSuccessfully: true, Result.Analysis: { } analysis } }
                ? analysis.AngleFor(persona.Card)
                : "";
        }
    }

    private async ValueTask<string> AngleAsync(
        HostedPersona persona, Offer offer, TurnBench bench, AnalysisSubject subject, HostedPersona asker, CancellationToken stop)
    {
        using var span = SeamSpan.Start(ProbeSeams.Analyze);
        var began = Stopwatch.GetTimestamp();
        var key = KeyOf(offer, subject);
        var flight = Join(key, offer.Timeout, out var isMine);
        try
        {
            Waits?.Invoke(flight.Waiting);
            if (isMine)
            {
                _ = FlyAsync(flight, offer, subject, asker);
            }

            var outcome = flight.Outcome.IsCompleted ? flight.Outcome.Result : await flight.Outcome.WaitAsync(stop);
            var angle = outcome.Analysis?.AngleFor(persona.Card) ?? "";
            if (!isMine && outcome.Analysis is not null)
            {
                Counts.CountCached();
                _probe?.FoundAnalysis(offer.Newest, key.ToString(), outcome.Model, outcome.Angles);
            }

            bench.Probe?.AngleFound(!isMine, outcome, Stopwatch.GetElapsedTime(began), angle);
            return angle;
        }
        finally
        {
            bench.Clock.Analyzing = Stopwatch.GetTimestamp() - began;
            Leave(key, flight);
        }
    }

    /// <summary>The analysis that is on its way or at hand; a new one where there is none that still holds.</summary>
    private SharedFlight<AnalysisOutcome> Join(Key key, TimeSpan turnTimeout, out bool isMine)
    {
        lock (_gate)
        {
            isMine = !_flights.TryGetValue(key, out var flight) || (flight.HasEnded && _time.GetElapsedTime(flight.EndedAt) >= _options.TimeToLive);
            if (isMine)
            {
                flight = new(turnTimeout * _options.TimeoutShare, _time);
                _flights[key] = flight;
                _order.Enqueue((key, flight));
                while (_order.Count > _options.Capacity)
                {
                    var (oldest, old) = _order.Dequeue();
                    Forget(oldest, old);
                }
            }

            flight!.Waiting++;
            flight.Hold();
            return flight;
        }
    }

    private void Leave(Key key, SharedFlight<AnalysisOutcome> flight)
    {
        bool isGivenUp;
        lock (_gate)
        {
            flight.Waiting--;
            isGivenUp = flight.IsGivenUp = flight is { Waiting: 0, HasEnded: false };
            if (isGivenUp)
            {
                Forget(key, flight);
            }
        }

        if (isGivenUp)
        {
            Counts.CountGivenUp();
            flight.GiveUp();
        }

        flight.LetGo();
    }

    // Another flight of the same key may have taken its place.
    private void Forget(Key key, SharedFlight<AnalysisOutcome> flight)
    {
        if (_flights.TryGetValue(key, out var current) && current == flight)
        {
            _flights.Remove(key);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Models are foreign code: whatever they throw is the typed error of this analysis, and costs the turns their angle.")]
    private async Task FlyAsync(SharedFlight<AnalysisOutcome> flight, Offer offer, AnalysisSubject subject, HostedPersona asker)
    {
        var model = asker.Profile.Model;
        AnalysisOutcome outcome;
        var began = Stopwatch.GetTimestamp();
        try
        {
            outcome = await AskAsync(flight, offer, subject, asker);
        }
        catch (OperationCanceledException) when (flight.End.IsCancellationRequested)
        {
            outcome = new(null, new AnalysisError.TimedOut(flight.Limit), model);
        }
        catch (Exception broken)
        {
            outcome = new(null, new AnalysisError.Inference(broken.GetType().Name, broken.Message.ReplaceLineEndings(" ")), model);
        }

        End(flight, offer, outcome, Stopwatch.GetElapsedTime(began));
    }

    private void End(SharedFlight<AnalysisOutcome> flight, Offer offer, AnalysisOutcome outcome, TimeSpan took)
    {
        bool isGivenUp;
        lock (_gate)
        {
            (isGivenUp, flight.HasEnded, flight.EndedAt) = (flight.IsGivenUp, true, _time.GetTimestamp());
        }

        if (!isGivenUp && outcome.Error is { } error)
        {
            Counts.CountError(error);
            _probe?.AnalysisFailed(offer.Newest, outcome.Model, error, took);
        }
        else if (!isGivenUp && outcome.Analysis is { } analysis)
        {
            _probe?.Analyzed(offer.Newest, outcome.Model, analysis, took);
        }

        flight.Complete(outcome);
        flight.LetGo();
    }

    private async Task<AnalysisOutcome> AskAsync(SharedFlight<AnalysisOutcome> flight, Offer offer, AnalysisSubject subject, HostedPersona asker)
    {
        var profile = asker.Profile;
        _probe?.Analyzes(offer.Newest, AnalysisPrompt.HistoryOf(offer), subject.Specialities.Count);
        if (AnalysisPrompt.Of(offer, subject.Specialities, profile, out var needed) is not { } messages)
        {
            return new(null, new AnalysisError.Budget(needed, profile.ContextTokens), profile.Model);
        }

        Counts.CountCall();
        var call = new AnalysisCall(asker.Client, profile.Model);
        var asking = call.AskAsync(messages, offer.Room, flight.End);
        string answer;
        try
        {
            // A model that does not listen to its token is left behind.
            answer = await asking.WaitAsync(flight.End);
        }
        catch (OperationCanceledException) when (!asking.IsCompleted)
        {
            _ = asking.ContinueWith(static left => _ = left.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }

        _probe?.Answered(offer.Newest, profile.Model, messages.Length, call.Seen, answer);
        return new(AnalysisReader.Read(answer, subject.Specialities, out var error), error, profile.Model);
    }

    private Key KeyOf(Offer offer, AnalysisSubject subject)
    {
        var newest = offer.Newest;
        if (_latest is { } latest && ReferenceEquals(latest.Message, newest) && ReferenceEquals(latest.Subject, subject))
        {
            return latest.Key;
        }

        var key = Key.Of(offer.Room, newest.Text, subject.Specialities);
        _latest = new(newest, subject, key);
        return key;
    }

    /// <summary>The key of the newest message: twelve personas ask about it one after the other.</summary>
    private sealed record Latest(Message Message, AnalysisSubject Subject, Key Key);

    /// <summary>The start of a SHA-256 over the room, the text and the specialities, each with its length in front.</summary>
    private readonly record struct Key(UInt128 Digest)
    {
        public static Key Of(RoomId room, string text, IReadOnlyList<string> specialities)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Append(hash, room.Value);
            Append(hash, text);
            foreach (var speciality in specialities)
            {
                Append(hash, speciality);
            }

            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            hash.GetHashAndReset(digest);
            return new(MemoryMarshal.Read<UInt128>(digest));
        }

        public override string ToString() => Digest.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);

        private static void Append(IncrementalHash hash, string text)
        {
            var length = text.Length;
            hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in length)));
            hash.AppendData(MemoryMarshal.AsBytes(text.AsSpan()));
        }
    }
}
