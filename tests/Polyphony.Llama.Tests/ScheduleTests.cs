using Polyphony.Llama.Engine;
using static Polyphony.Llama.Tests.ScheduleDriver;

namespace Polyphony.Llama.Tests;

public sealed class ScheduleTests
{
    private static readonly int[] Trunk = Tokens(100);

    [Fact]
    public void Twelve_tails_behind_a_trunk_that_is_there_are_one_step()
    {
        var driver = new ScheduleDriver(cells: 1024, lanes: 16, stepTokens: 512);
        driver.Submit(Request([.. Trunk, 1], kept: Trunk.Length));
        driver.StepUntilIdle();
        var steps = driver.Schedule.Snapshot().Steps;

        var runs = Enumerable.Range(0, 12).Select(i => driver.Submit(Request([.. Trunk, .. Tokens(25, i + 1)], kept: Trunk.Length) with { Decision = new() { Choices = [1, 2] } })).ToList();
        driver.Step();

        driver.StepTokens.ShouldBe(12 * 25);
        runs.ShouldAllBe(run => Answer(run) is EngineAnswer.Declined);
        runs.ShouldAllBe(run => Answer(run).Usage.ReusedTokens == Trunk.Length && Answer(run).Usage.OwnCells == 25);
        driver.Schedule.Snapshot().Steps.ShouldBe(steps + 1);
        driver.Schedule.Snapshot().PeakCells.ShouldBe(Trunk.Length + (12 * 25));
        driver.Cache.Cells.ShouldBe(Trunk.Length);
    }

    [Fact]
    public void A_trunk_that_twelve_wait_for_is_computed_once()
    {
        var driver = new ScheduleDriver(cells: 1024, lanes: 16, stepTokens: 64);

        var runs = Enumerable.Range(0, 12).Select(i => driver.Submit(Request([.. Trunk, .. Tokens(5, i + 1)], kept: Trunk.Length))).ToList();
        driver.Step();
        driver.StepTokens.ShouldBe(64);
        driver.Step();
        driver.StepTokens.ShouldBe(36);
        driver.StepUntilIdle();

        driver.Schedule.Snapshot().ComputedTokens.ShouldBe(Trunk.Length + (12 * 5));
        runs.Select(run => Answer(run).Usage.ReusedTokens).ShouldBe([0, .. Enumerable.Repeat(Trunk.Length, 11)]);
    }

    [Fact]
    public void Two_rooms_two_transcripts_and_an_edit_in_the_middle_share_and_split()
    {
        var driver = new ScheduleDriver(cells: 2048, prefixes: 8);
        int[] rules = Tokens(40), harbour = [.. rules, .. Tokens(60, 1)], garden = [.. rules, .. Tokens(50, 2)], next = [.. harbour, .. Tokens(10, 3)];
        int[] edited = [.. harbour[..70], .. Tokens(40, 4)];

        Computed(harbour).ShouldBe(101);
        Computed(garden).ShouldBe(51, "the rules are there");
        Computed(next).ShouldBe(11, "the transcript goes on");
        Computed(edited).ShouldBe(41, "what stands before the edit is there");
        Computed(next).ShouldBe(1, "the other's edit took nothing from it");

        driver.Schedule.Tree.Prefixes.Count.ShouldBe(3, "the garden, the harbour that went on, and the edited one");
        driver.Cache.Cells.ShouldBe(40 + 50 + 60 + 10 + 40);

        long Computed(int[] kept)
        {
            var before = driver.Schedule.Snapshot().ComputedTokens;
            driver.Submit(Request([.. kept, 5], kept.Length));
            driver.StepUntilIdle();
            return driver.Schedule.Snapshot().ComputedTokens - before;
        }
    }

    [Fact]
    public void A_long_prompt_does_not_hold_up_who_writes()
    {
        var driver = new ScheduleDriver();
        var writer = driver.Submit(Request([1, 2, 3], maxTokens: 20));
        driver.Step();
        var reader = driver.Submit(Request(Tokens(200)));

        var before = driver.Schedule.Snapshot().WrittenTokens;
        for (var step = 1; step <= 5; step++)
        {
            driver.Step();
            driver.StepTokens.ShouldBe(1 + 16);
            driver.Schedule.Snapshot().WrittenTokens.ShouldBe(before + step);
        }

        driver.StepUntilIdle();
        Written(writer).ShouldBe(Alone(Request([1, 2, 3], maxTokens: 20)));
        Answer(reader).ShouldBeOfType<EngineAnswer.Finished>();
    }

    [Fact]
    public void Prompts_share_a_step_and_a_short_one_is_through_at_once()
    {
        var driver = new ScheduleDriver();
        var (large, other, small) = (driver.Submit(Request(Tokens(100))), driver.Submit(Request(Tokens(100, 1))), driver.Submit(Request(Tokens(10, 2))));

        driver.Step();

        small.Answer.IsCompleted.ShouldBeTrue();
        driver.Schedule.Running.Select(lane => lane.Computed).ShouldBe([27, 27]);
        driver.StepUntilIdle();
        (Answer(large), Answer(other)).ShouldSatisfyAllConditions(both => both.Item1.ShouldBeOfType<EngineAnswer.Finished>(), both => both.Item2.ShouldBeOfType<EngineAnswer.Finished>());
    }

    // What this catches: work that is less urgent and never done while there is something more urgent.
    [Fact]
    public void What_is_less_urgent_is_left_out_of_eight_steps_at_most()
    {
        var driver = new ScheduleDriver(cells: 4096, lanes: 4);
        driver.Submit(Request(Tokens(100), urgency: EngineUrgency.Background));
        var background = 0;
        for (var step = 0; step < 40; step++)
        {
            if (step % 8 == 0)
            {
                driver.Submit(Request(Tokens(1000, step + 1), urgency: EngineUrgency.Human));
            }

            driver.Step();
            var lane = driver.Schedule.Running.FirstOrDefault(lane => lane.Request.Urgency == EngineUrgency.Background);
            background = lane?.Computed ?? background;
            (lane?.Reading.PassedOver ?? 0).ShouldBeLessThanOrEqualTo(Reading.Patience);
        }

        background.ShouldBeGreaterThan(60);
    }

    [Fact]
    public void Under_full_load_a_mention_is_in_the_next_step()
    {
        var driver = new ScheduleDriver(cells: 400, lanes: 4);
        var writers = Enumerable.Range(0, 12).Select(i => driver.Submit(Request(Tokens(30, i), kept: 20, maxTokens: 60))).ToList();
        for (var i = 0; i < 5; i++)
        {
            driver.Step();
        }

        driver.Schedule.Running.Count.ShouldBe(3, "a lane is for mentions");
        var first = driver.Submit(Request(Tokens(10, 50), maxTokens: 100, urgency: EngineUrgency.Mention));
        driver.Step();
        driver.Schedule.Running.ShouldContain(lane => lane.Run == first && lane.Written == 1);
        var second = driver.Submit(Request(Tokens(10, 51), maxTokens: 250, urgency: EngineUrgency.Mention));
        driver.Step();

        driver.Schedule.Running.ShouldContain(lane => lane.Run == second && lane.Written == 1);
        driver.Schedule.Snapshot().Suspensions.ShouldBeGreaterThan(0);
        driver.StepUntilIdle();
        for (var i = 0; i < writers.Count; i++)
        {
            Written(writers[i]).ShouldBe(Alone(Request(Tokens(30, i), maxTokens: 60)), "who gave a place up goes on where it was");
        }
    }

    [Fact]
    public void Who_does_not_fit_is_waited_for_and_nobody_goes_past()
    {
        var driver = new ScheduleDriver(cells: 300);
        driver.Submit(Request(Tokens(100), maxTokens: 60));
        driver.Step();
        var large = driver.Submit(Request(Tokens(200), maxTokens: 50));
        var small = driver.Submit(Request(Tokens(5), maxTokens: 5));

        for (var step = 0; step < 100 && !large.HasBegun; step++)
        {
            small.HasBegun.ShouldBeFalse();
            driver.Step();
        }

        driver.StepUntilIdle();
        Written(large).ShouldBe(Alone(large.Request));
        Written(small).ShouldBe(Alone(small.Request));
    }

    [Fact]
    public void What_nobody_uses_is_held_to_its_bound()
    {
        var driver = new ScheduleDriver(cells: 1000, prefixes: 8, idleCells: 100);
        for (var i = 0; i < 6; i++)
        {
            driver.Submit(Request([.. Tokens(40, i), 1], kept: 40));
            driver.StepUntilIdle();
        }

        driver.Cache.Cells.ShouldBe(80);
        driver.Submit(Request([.. Tokens(40, 5), 2], kept: 40));
        driver.StepUntilIdle();
        driver.Schedule.Snapshot().ComputedTokens.ShouldBe((6 * 41) + 1, "the last one is still there");
    }

    [Fact]
    public void A_cache_lost_ends_those_under_way_and_the_others_go_on()
    {
        var driver = new ScheduleDriver(lanes: 2);
        var (running, waiting) = (driver.Submit(Request(Tokens(20), kept: 10, maxTokens: 9)), driver.Submit(Request(Tokens(20), kept: 10, maxTokens: 9)));
        driver.Step();

        driver.Schedule.Lose(LlamaFault.DecodeFailed, "make another");
        for (var sequence = 0; sequence < 6; sequence++)
        {
            if (driver.Cache.TokensOf(sequence).Length > 0)
            {
                driver.Cache.RemoveSequence(sequence, 0);
            }
        }

        driver.StepUntilIdle();
        Answer(running).ShouldBeOfType<EngineAnswer.Failed>().Fault.ShouldBe(LlamaFault.DecodeFailed);
        Written(waiting).ShouldBe(Alone(waiting.Request));
    }
}
