using System.Diagnostics;
using Polyphony.Rooms;

namespace Polyphony.Testing.Stress;

/// <summary>
/// Measures what the substrate costs: live rooms, the real materializer, loops and pipeline, and a model of known cost. Every trial is run warm, and its
/// figures come from its own measured turns only.
/// </summary>
public static class StressBaseline
{
    // What is measured is compiled code: each pass of the warm-up lets the runtime compile what the pass before has shown to be busy.
    private const int WarmUpTurns = 3_000;
    private const int WarmUpRounds = 300;
    private const int WarmUpPasses = 3;

    private const int WaveLimit = 4_000;

    private static readonly TimeSpan CompilerPause = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan WarmUpDelay = TimeSpan.FromMilliseconds(1);

    /// <summary>Runs the trials of every size, one after the other.</summary>
    /// <param name="options">What to run.</param>
    /// <param name="line">Receives the seed system's <c>stress::</c> lines of the timed trials; null for none.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public static async Task<StressReport> RunAsync(StressOptions options, Action<string>? line = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var trials = new List<StressTrial>();
        foreach (var (personas, messages) in options.Sizes)
        {
            if (options.Model is not null)
            {
                var real = await ModelAsync(options, personas, messages, cancellationToken);
                Print(real, line);
                trials.Add(real);
                continue;
            }

            if (options.ModelDelay > TimeSpan.Zero)
            {
                var timed = await TimedAsync(options, personas, messages, cancellationToken);
                Print(timed, line);
                trials.Add(timed);
            }

            trials.Add(await UnloadedAsync(options, personas, messages, cancellationToken));
            trials.Add(await SaturatedAsync(options, personas, messages, cancellationToken));
        }

        return new(trials);
    }

    /// <summary>A real model: nothing is warmed up, since its first message is the one that computes what all share.</summary>
    private static async Task<StressTrial> ModelAsync(StressOptions options, int personas, int messages, CancellationToken cancellationToken)
    {
        var meter = new StressMeter();
        await using var stage = await StressStage.BuildAsync(options, options.Topology, personas, static _ => { }, meter, cancellationToken);
        var before = await stage.BooksAsync();
        meter.Begin();
        var bytes = Collected();
        var began = Stopwatch.GetTimestamp();
        await OnOwnThread(() => Rounds(stage, meter, personas, messages, cancellationToken));
        var serve = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        return await TrialAsync(
            StressKind.Model, options, options.Topology, stage, before, meter, personas, messages, personas * (long)messages, serve, GC.GetTotalAllocatedBytes(precise: true) - bytes);
    }

    private static StressTopology Untimed(StressOptions options) =>
        options.Topology == StressTopology.Scripted ? StressTopology.Scripted : StressTopology.Solo;

    private static async Task<StressTrial> TimedAsync(StressOptions options, int personas, int messages, CancellationToken cancellationToken)
    {
        var meter = new StressMeter();
        using var brief = new Sleeper(WarmUpDelay);
        using var exact = new Sleeper(options.ModelDelay);
        var sleeper = brief;
        Action<object> complete = call => ((OpenCall)call).Complete(StressTalk.Answer(options.Mind, (OpenCall)call));
        await using var stage = await StressStage.BuildAsync(options, options.Topology, personas, OnCall, meter, cancellationToken);
        await using var floor = new FloorRounds(personas, brief);
        for (var pass = 0; pass < WarmUpPasses; pass++)
        {
            // The same way as what is measured, only briefer: what a model that takes its time sets going is code of its own.
            var rounds = Math.Clamp(WarmUpTurns / personas, 1, WarmUpRounds);
            await OnOwnThread(() => Rounds(stage, meter, personas, rounds, cancellationToken));
            await OnOwnThread(() => floor.Run(rounds, cancellationToken));
            await PauseAsync(cancellationToken);
        }

        sleeper = exact;
        floor.Sleeper = exact;
        await OnOwnThread(() => Rounds(stage, meter, personas, 1, cancellationToken));
        await OnOwnThread(() => floor.Run(1, cancellationToken));

        var before = await stage.BooksAsync();
        meter.Begin();
        floor.Begin();
        var perRepetition = personas * messages;
        var repetitions = (options.TimedTurns + perRepetition - 1) / perRepetition;
        double serve = 0, floorServe = 0;
        var allocated = 0L;
        await OnOwnThread(() =>
        {
            for (var i = 0; i < repetitions; i++)
            {
                var bytes = Collected();
                var began = Stopwatch.GetTimestamp();
                Rounds(stage, meter, personas, messages, cancellationToken);
                serve += Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                allocated += GC.GetTotalAllocatedBytes(precise: true) - bytes;
                Collected();
                began = Stopwatch.GetTimestamp();
                floor.Run(messages, cancellationToken);
                floorServe += Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            }
        });

        return await TrialAsync(StressKind.Timed, options, options.Topology, stage, before, meter, personas, messages, perRepetition * (long)repetitions, serve, allocated) with
        {
            DelayMs = options.ModelDelay.TotalMilliseconds,
            ServeMs = serve / repetitions,
            Floor = new(floorServe / repetitions, StressLatency.Of(floor.SinceArrival)),
        };

        void OnCall(OpenCall call) => sleeper.Schedule(complete, call);
    }

    /// <summary>
    /// Runs the harness's side of a timed trial on a thread that is no part of the pool: messages come from outside, and the thread that brought one must not go on to
    /// play the personas.
    /// </summary>
    private static Task OnOwnThread(Action rounds) =>
        Task.Factory.StartNew(rounds, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Collects the garbage of what ran before, so that a repetition pays for its own only; returns the bytes allocated until now.</summary>
    private static long Collected()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalAllocatedBytes(precise: true);
    }

    /// <summary>Rounds over all places: the next message arrives when all have answered the last.</summary>
    private static void Rounds(StressStage stage, StressMeter meter, int personas, int rounds, CancellationToken cancellationToken)
    {
        for (var i = 0; i < rounds; i++)
        {
            var answered = meter.Await(personas);
            foreach (var place in stage.Places)
            {
                Wait(place.PostAsync(i), cancellationToken);
            }

            answered.Wait(cancellationToken);
        }
    }

    private static void Wait(ValueTask post, CancellationToken cancellationToken)
    {
        if (post.IsCompletedSuccessfully)
        {
            post.GetAwaiter().GetResult();
        }
        else
        {
            post.AsTask().Wait(cancellationToken);
        }
    }

    private static async Task<StressTrial> UnloadedAsync(StressOptions options, int personas, int messages, CancellationToken cancellationToken)
    {
        var meter = new StressMeter();
        OpenCall? open = null;
        var topology = Untimed(options);
        await using var stage = await StressStage.BuildAsync(options, topology, personas, call => Volatile.Write(ref open, call), meter, cancellationToken);
        var turns = Math.Max(options.UnloadedTurns, personas);
        for (var pass = 0; pass < WarmUpPasses; pass++)
        {
            await OneByOneAsync(Math.Max(personas, WarmUpTurns));
            await PauseAsync(cancellationToken);
        }

        await OneByOneAsync(Math.Max(personas, 500));

        var before = await stage.BooksAsync();
        meter.Begin();
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var began = Stopwatch.GetTimestamp();
        await OneByOneAsync(turns);
        var serve = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        return await TrialAsync(
            StressKind.Unloaded, options, topology, stage, before, meter, personas, messages, turns, serve, GC.GetTotalAllocatedBytes(precise: true) - bytes);

        async Task OneByOneAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var answered = meter.Await(1);
                await stage.Places[i % personas].PostAsync(i);

                // The call arrives on another thread within microseconds; to sleep for it would measure the waking of this one.
                var spin = default(SpinWait);
                while (Interlocked.Exchange(ref open, null) is var call)
                {
                    if (call is not null)
                    {
                        call.Complete(StressTalk.Answer(options.Mind, call));
                        break;
                    }

                    spin.SpinOnce(sleep1Threshold: -1);
                }

                await answered;
            }
        }
    }

    private static async Task<StressTrial> SaturatedAsync(StressOptions options, int personas, int messages, CancellationToken cancellationToken)
    {
        var meter = new StressMeter();
        var topology = Untimed(options);
        await using var stage = await StressStage.BuildAsync(options, topology, personas, call => call.Complete(StressTalk.Answer(options.Mind, call)), meter, cancellationToken);
        for (var pass = 0; pass < WarmUpPasses; pass++)
        {
            await FloodAsync(Math.Max(10, 4 * WarmUpTurns / personas));
            await PauseAsync(cancellationToken);
        }

        await FloodAsync(Math.Max(1, WarmUpTurns / personas));

        var before = await stage.BooksAsync();
        meter.Begin();
        var perPersona = Math.Max(messages, (options.SaturatedTurns + personas - 1) / personas);
        var turns = perPersona * (long)personas;
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var began = Stopwatch.GetTimestamp();
        await FloodAsync(perPersona);
        var serve = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        return await TrialAsync(
            StressKind.Saturated, options, topology, stage, before, meter, personas, messages, turns, serve, GC.GetTotalAllocatedBytes(precise: true) - bytes);

        async Task FloodAsync(int count)
        {
            // In waves that a room can hold: it refuses what would be more than it can remember.
            for (var left = count; left > 0; left -= WaveLimit)
            {
                var wave = Math.Min(left, WaveLimit);
                var answered = meter.Await(wave * (long)personas);
                await Task.WhenAll(stage.Places.Select(place => Task.Run(() => FloodPlaceAsync(place, wave), cancellationToken)));
                await answered.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Queues messages as fast as the place takes them, without waiting for one before the next.</summary>
    private static async Task FloodPlaceAsync(StressPlace place, int count)
    {
        var underWay = new Queue<Task>(Room.PostLimit);
        for (var i = 0; i < count; i++)
        {
            if (underWay.Count == Room.PostLimit)
            {
                await underWay.Dequeue();
            }

            var post = place.PostAsync(i);
            if (post.IsCompletedSuccessfully)
            {
                post.GetAwaiter().GetResult();
            }
            else
            {
                underWay.Enqueue(post.AsTask());
            }
        }

        await Task.WhenAll(underWay);
    }

    private static Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(CompilerPause, TimeProvider.System, cancellationToken);

    private static async Task<StressTrial> TrialAsync(
        StressKind kind, StressOptions options, StressTopology topology, StressStage stage, StressBooks before, StressMeter meter, int personas, int messages, long turns, double serveMs, long allocated)
    {
        var books = await stage.BooksAsync();
        var outcomes = books.Outcomes.Since(before.Outcomes);
        return new()
        {
            Kind = kind,
            Topology = topology,
            Personas = personas,
            Messages = messages,
            DelayMs = 0,
            Turns = turns,
            MaterializeMs = stage.MaterializeMs,
            ServeMs = serveMs,
            Turn = StressLatency.Of(meter.Turn),
            Overhead = StressLatency.Of(meter.Overhead),
            SinceArrival = StressLatency.Of(meter.SinceArrival),
            AppendWait = options.LogIsDurable ? StressLatency.Of(meter.AppendWait) : null,
            AllocatedBytesPerTurn = (double)allocated / turns,
            IdleBytesPerPersona = stage.IdleBytesPerPersona,
            TurnsPerSecond = turns / (serveMs / 1e3),
            Outcomes = outcomes,
            NotOffered = (books.Own - before.Own, books.History - before.History, books.Floor - before.Floor),
            Conserved = books.Conserved && meter.Turn.Count == turns && outcomes.Offers == turns && meter.Faults == 0 && (kind == StressKind.Model || outcomes.Spoke == turns),
            ByPersona = meter.ByPersona,
        };
    }

    private static void Print(StressTrial trial, Action<string>? line)
    {
        if (line is null)
        {
            return;
        }

        line(Format($"stress::trial begin personas={trial.Personas} messages={trial.Messages} delay_ms_per_turn={trial.DelayMs:0.###}"));
        line(Format($"stress::materialize wall_ms={trial.MaterializeMs:0.00} per_persona_ms={trial.MaterializeMs / trial.Personas:0.00}"));
        line(Format($"stress::serve wall_ms={trial.ServeMs:0.00} total_turns_replied={trial.Outcomes.Spoke} total_errored={trial.Outcomes.Failed} total_skipped={trial.Outcomes.Offers - trial.Outcomes.Spoke - trial.Outcomes.Failed}"));
        for (var i = 0; i < trial.ByPersona.Count; i++)
        {
            var (turns, mean, min, max) = trial.ByPersona[i];
            line(Format($"stress::persona[{i}] turns={turns} mean_ms={mean:0.00} min_ms={min:0.00} max_ms={max:0.00}"));
        }

        line(Format($"stress::aggregate turns={trial.Turns} mean_ms={trial.Turn.MeanUs / 1e3:0.00} max_ms={trial.Turn.MaxUs / 1e3:0.00}"));
        line("stress::trial end");
    }

    private static string Format(FormattableString text) => FormattableString.Invariant(text);
}
