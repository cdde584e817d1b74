using Polyphony.Llama.Engine;
using static Polyphony.Llama.Tests.ScheduleDriver;

namespace Polyphony.Llama.Tests;

public sealed class ScheduleHistoryTests
{
    // What this catches: a request without an end, a cell or a sequence that is not given back, a cache that is overfull, a prompt that starves, and cells that belong to somebody else, in
    // whatever order requests come, wait, share, decide, write, give their place up and are cancelled. The cache without a model checks each change; what is written tells whose cells they were.
    [Fact]
    public void Ten_thousand_random_histories_end_whole_with_the_right_words_and_nothing_left()
    {
        var seen = new Dictionary<string, int>();
        var (shared, evicted, suspended) = (0L, 0, 0L);
        for (var history = 0; history < 10_000; history++)
        {
            var random = new Random(history);
            var driver = new ScheduleDriver(cells: random.Next(40, 90), lanes: random.Next(1, 5), prefixes: random.Next(1, 5), idleCells: random.Next(10, 90), stepTokens: 12, stepTokensWhileWriting: 4);
            var runs = new List<(EngineRun Run, CancellationTokenSource Cancel)>();
            for (var step = 0; step < 20; step++)
            {
                for (var arrivals = random.Next(3); arrivals > 0 && runs.Count < 12; arrivals--)
                {
                    var cancel = new CancellationTokenSource();
                    runs.Add((driver.SubmitUnder(Any(random), cancel.Token), cancel));
                }

                if (runs.Count > 0 && random.Next(6) == 0)
                {
                    runs[random.Next(runs.Count)].Cancel.Cancel();
                }

                var prefixes = driver.Schedule.Tree.Prefixes.Count;
                driver.Time.Advance(TimeSpan.FromSeconds(1));
                (driver.Step() || !driver.Schedule.HasWork).ShouldBeTrue("where nobody is worked on, whoever waits can enter");
                evicted += driver.Schedule.Tree.Prefixes.Count < prefixes ? 1 : 0;
                Holds(driver);
            }

            driver.StepUntilIdle(500);
            foreach (var (run, cancel) in runs)
            {
                var answer = Answer(run);
                seen[answer.GetType().Name] = seen.GetValueOrDefault(answer.GetType().Name) + 1;
                var (written, alone) = (Written(run), Alone(run.Request));
                written.ShouldBe(answer is EngineAnswer.Finished or EngineAnswer.CutOff or EngineAnswer.Declined ? alone : alone[..Math.Min(alone.Count, written.Count)]);
                cancel.Dispose();
            }

            Holds(driver);
            (shared, suspended) = (shared + driver.Schedule.Snapshot().ReusedTokens, suspended + driver.Schedule.Snapshot().Suspensions);
            while (driver.Schedule.Tree.LeastValuable() is { } prefix)
            {
                driver.Schedule.Tree.Remove(prefix);
            }

            driver.Step();
            (driver.Cache.Cells, driver.Schedule.Tree.Prefixes.Count, driver.Schedule.Running.Count).ShouldBe((0, 0, 0));
        }

        foreach (var kind in (string[])[nameof(EngineAnswer.Finished), nameof(EngineAnswer.CutOff), nameof(EngineAnswer.Declined), nameof(EngineAnswer.Cancelled), nameof(EngineAnswer.Expired)])
        {
            seen.GetValueOrDefault(kind).ShouldBeGreaterThan(500, "the histories have every end");
        }

        shared.ShouldBeGreaterThan(10_000);
        evicted.ShouldBeGreaterThan(1_000);
        suspended.ShouldBeGreaterThan(1_000);
    }

    private static void Holds(ScheduleDriver driver)
    {
        var (tree, running) = (driver.Schedule.Tree, driver.Schedule.Running);
        running.Select(lane => lane.Sequence).Concat(tree.Prefixes.Select(prefix => prefix.Sequence)).ShouldBeUnique();
        foreach (var lane in running)
        {
            lane.Reading.PassedOver.ShouldBeLessThanOrEqualTo(Reading.Patience);
            lane.OwnCells.ShouldBeLessThanOrEqualTo(lane.MostCells - lane.Shared, "it takes no more than it reserved");
        }

        foreach (var prefix in tree.Prefixes)
        {
            prefix.Reading.PassedOver.ShouldBeLessThanOrEqualTo(Reading.Patience);
            driver.Cache.TokensOf(prefix.Sequence).ShouldBe(prefix.Tokens[..prefix.Computed]);
        }
    }

    private static EngineRequest Any(Random random)
    {
        var prompt = Enumerable.Range(0, random.Next(1, 24)).Select(_ => random.Next(10) == 0 ? 1 : 0).ToArray();
        var decides = random.Next(3) == 0;
        int? rewind = decides && random.Next(2) == 0 ? random.Next(1, prompt.Length + 1) : null;
        var request = Request(prompt, maxTokens: random.Next(3) == 0 ? 0 : random.Next(1, 14), urgency: (EngineUrgency)random.Next(4)) with
        {
            Deadline = random.Next(6) == 0 ? TimeSpan.FromSeconds(random.Next(1, 8)) : null,
            Sampling = random.Next(2) == 0 ? Sampling.Greedy : new(1, 8, 0.9f, (ulong)random.Next()),
            Decision = decides ? new() { Choices = [3, 4], Threshold = random.Next(3) == 0 ? 2 : 0.4, Rewind = rewind, Continuation = Tokens(random.Next(3), 9) } : null,
        };
        return request with { KeptTokens = random.Next(RequestCheck.SharedLimitOf(request) + 1) };
    }
}
