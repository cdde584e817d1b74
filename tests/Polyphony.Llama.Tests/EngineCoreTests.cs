using CsCheck;
using Polyphony.Llama.Engine;

namespace Polyphony.Llama.Tests;

/// <summary>The engine's steps on a cache without a model.</summary>
public sealed class EngineCoreTests
{
    private static readonly EngineOptions Small = new() { ContextTokens = 320, Lanes = 4, Prefixes = 5, Queue = 64, StepTokens = 32, StepTokensWhileWriting = 8, Threads = 1 };

    [Fact]
    public void Whatever_comes_is_answered_as_if_it_were_alone_and_leaves_no_cell_behind() => Gen.Int.Sample(seed => History(new(seed), requests: 100), iter: 100, threads: 1);

    [Fact]
    public void A_mention_is_in_the_next_step_however_much_is_under_way()
    {
        var stage = new Stage(Small);
        for (var i = 0; i < 20; i++)
        {
            stage.Ask(Prompt(i, 60), EngineUrgency.Human, most: 20);
        }

        stage.Step(5);
        var mention = stage.Ask(Prompt(99, 6), EngineUrgency.Mention, most: 3);
        stage.Step(1);

        stage.Core.Report.Running.ShouldBe(Small.Lanes, "the place that is kept for it is taken");
        mention.Written.ShouldNotBeEmpty("its six tokens were in that step, and its first word came of it");
    }

    [Fact]
    public void Nobody_waits_for_ever()
    {
        var stage = new Stage(Small);
        var patient = stage.Ask(Prompt(1, 10), EngineUrgency.Background, most: 2);
        var urgent = 0;
        while (!patient.IsEnded)
        {
            urgent.ShouldBeLessThan(10 * EngineQueue.Fairness, "one of so many is the oldest of all");
            stage.Ask(Prompt(++urgent, 10), EngineUrgency.Human, most: 2);
            stage.Step(1);
        }
    }

    [Fact]
    public void A_long_prompt_does_not_hold_up_who_writes()
    {
        var stage = new Stage(Small);
        var talks = Enumerable.Range(0, 1_000).Select(static i => Prompt(i, 4)).First(static p => FakeContext.Reply(p, 12).Length == 12);
        var writer = stage.Ask(talks, EngineUrgency.Persona, most: 12);
        stage.Step(1);
        stage.Ask(Prompt(2, 200), EngineUrgency.Human, most: 1);
        var before = writer.Written.Count;

        stage.Step(5);

        (writer.Written.Count - before).ShouldBe(5, "a token each step");
        stage.Context.Tokens.ShouldBeLessThanOrEqualTo(4 + (5 * (1 + Small.StepTokensWhileWriting)));
    }

    [Fact]
    public void Twelve_who_share_what_was_said_are_decided_in_one_step()
    {
        var stage = new Stage(Small with { ContextTokens = 2_000, Lanes = 13, StepTokens = 400, Prefixes = 2 });
        var shared = Prompt(7, 300);
        var runs = Enumerable.Range(0, 12).Select(i => stage.Decide([.. shared, .. Prompt(i, 20)], kept: 300)).ToArray();
        stage.Step(2);

        runs.ShouldAllBe(r => r.IsEnded);
        stage.Context.Tokens.ShouldBe(300 + (12 * 20));
        runs.Sum(r => r.Answer.Usage.ReusedTokens).ShouldBe(11 * 300);
    }

    [Fact]
    public void Two_rooms_two_transcripts_and_an_edit_in_the_middle_share_and_split()
    {
        var stage = new Stage(Small with { ContextTokens = 2_000 });
        int[] rules = Prompt(1, 40);
        int[] kitchen = [.. rules, .. Prompt(2, 60)], garden = [.. rules, .. Prompt(3, 60)];
        int[] longer = [.. kitchen, .. Prompt(4, 10)];
        int[] edited = [.. kitchen[..70], 39, .. kitchen[71..]];
        var costs = new[] { kitchen, garden, longer, edited, kitchen }.Select(kept =>
        {
            var before = stage.Context.Tokens;
            var run = stage.Ask([.. kept, 5, 6], EngineUrgency.Human, most: 2, kept: kept.Length);
            stage.Finish();
            run.Written.ShouldBe(FakeContext.Reply([.. kept, 5, 6], 2));
            return stage.Context.Tokens - before - 3;
        }).ToArray();

        costs.ShouldBe([100, 60, 10, 30, 0], "rules once, each room's own, what is new, what is behind the edit, and nothing");
        stage.Core.Report.Cells.ShouldBe(40 + 60 + 60 + 10 + 30);
    }

    [Fact]
    public void What_is_of_least_worth_is_let_go_first()
    {
        var cellBytes = 1;
        var stage = new Stage(Small with { ContextTokens = 2_000, PrefixBytes = 250 }, cellBytes);
        foreach (var (who, length) in new[] { (1, 100), (2, 100), (1, 100), (3, 60) })
        {
            stage.Ask([.. Prompt(who, length), 5], EngineUrgency.Human, most: 1, kept: length);
            stage.Finish();
        }

        stage.Core.Report.Cells.ShouldBe(160, "the second was used least lately");
        var before = stage.Context.Tokens;
        stage.Ask([.. Prompt(1, 100), 5], EngineUrgency.Human, most: 1, kept: 100);
        stage.Finish();
        (stage.Context.Tokens - before).ShouldBe(1);
    }

    [Fact]
    public void A_failed_step_ends_those_under_way_and_the_next_begins_anew()
    {
        var stage = new Stage(Small);
        var (first, second) = (stage.Ask(Prompt(1, 40), EngineUrgency.Human, most: 4), stage.Ask(Prompt(2, 40), EngineUrgency.Human, most: 4));
        stage.Step(1);
        var broken = stage.Context;
        broken.Fails = true;
        stage.Step(1);

        (first.Answer as EngineAnswer.Failed).ShouldNotBeNull().Fault.ShouldBe(LlamaFault.DecodeFailed);
        second.IsEnded.ShouldBeTrue();
        broken.IsDisposed.ShouldBeTrue();
        stage.Core.Report.Rebuilds.ShouldBe(1);
        var next = stage.Ask(Prompt(1, 40), EngineUrgency.Human, most: 4);
        stage.Finish();
        next.Written.ShouldBe(FakeContext.Reply(Prompt(1, 40), 4));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    public void Cancelled_at_whatever_step_it_leaves_no_cell_of_its_own(int steps)
    {
        var stage = new Stage(Small);
        var prompt = Prompt(1, 60);
        var run = stage.Ask(prompt, EngineUrgency.Human, most: 30, kept: 40);
        stage.Step(steps);
        run.Cancel();
        stage.Step(1);

        run.Answer.ShouldBeOfType<EngineAnswer.Cancelled>();
        stage.Context.Used.ShouldBe(stage.Core.Report.Cells);
        stage.Core.Report.Cells.ShouldBeLessThanOrEqualTo(40);
        for (var lane = 0; lane < Small.Lanes; lane++)
        {
            stage.Context.LengthOf(lane).ShouldBe(0);
        }
    }

    [Fact]
    public void A_choice_goes_on_in_place_with_what_is_placed_and_without_the_question()
    {
        var stage = new Stage(Small);
        int[] prompt = [.. Prompt(1, 30), 7, 8], placed = [9, 10, 11];
        var probabilities = TokenSampler.Probabilities(FakeContext.LogitsAfter(prompt), [3, 4]);
        var run = stage.Ask(prompt, EngineUrgency.Human, most: 5, kept: 20, decision: new() { Choices = [3, 4], Threshold = probabilities[0], Rewind = 30, Continuation = placed });
        stage.Finish();

        run.Answer.Probabilities.ShouldBe(probabilities);
        run.Written.ShouldBe(FakeContext.Reply([.. prompt[..30], .. placed], 5));
        var under = stage.Ask(prompt, EngineUrgency.Human, most: 5, kept: 20, decision: new() { Choices = [3, 4], Threshold = probabilities[0] + 1e-9 });
        stage.Finish();
        under.Answer.ShouldBeOfType<EngineAnswer.Declined>().Probabilities.ShouldBe(probabilities);
        under.Written.ShouldBeEmpty();
    }

    [Fact]
    public void A_question_is_taken_back_also_where_nothing_is_placed()
    {
        var stage = new Stage(Small);
        var prompt = Prompt(1, 30);
        var run = stage.Ask(prompt, EngineUrgency.Human, most: 5, decision: new() { Choices = [3, 4], Threshold = 0, Rewind = 25 });
        stage.Finish();
        run.Written.ShouldBe(FakeContext.Reply(prompt[..25], 5));
    }

    [Fact]
    public void What_may_not_be_written_is_not_and_a_constraint_that_breaks_ends_its_own_request()
    {
        var stage = new Stage(Small);
        var even = stage.Ask(Prompt(1, 10), EngineUrgency.Human, most: 6, constraint: new Only(static t => t > 0 && t % 2 == 0));
        var broken = stage.Ask(Prompt(2, 10), EngineUrgency.Human, most: 6, constraint: new Only(static t => t < 99 ? throw new InvalidDataException("no") : true));
        var nothing = stage.Ask(Prompt(3, 10), EngineUrgency.Human, most: 6, constraint: new Only(static _ => false));
        stage.Finish();

        even.Written.Count.ShouldBe(6);
        even.Written.ShouldAllBe(t => t % 2 == 0);
        (broken.Answer as EngineAnswer.Failed).ShouldNotBeNull().Fault.ShouldBe(LlamaFault.ConstraintFailed);
        (nothing.Answer as EngineAnswer.Failed).ShouldNotBeNull().Message.ShouldContain("no token");
    }

    private static int[] Prompt(int who, int length) => [.. Enumerable.Range(0, length).Select(i => 1 + ((((who * 7919) + (i * i * 31) + (i * 17)) & 0x7fffffff) % (FakeContext.Vocabulary - 1)))];

    // Prompts that begin alike more often than not, of all urgencies, some cancelled: each step the cells are those of the books, and at the end nothing is left but what is kept.
    private static void History(Random random, int requests)
    {
        var stage = new Stage(Small with { PrefixBytes = random.Next(20, 200) });
        int[][] known = [.. Enumerable.Range(0, 3).Select(i => Prompt(i, 80))];
        var runs = new List<(Asked Run, int[] Prompt, int Most)>();
        while (runs.Count < requests)
        {
            for (var burst = random.Next(4); burst > 0; burst--)
            {
                var start = known[random.Next(known.Length)];
                int[] prompt = [.. start[..random.Next(1, start.Length)], .. Prompt(random.Next(50), random.Next(1, 12))];
                var most = random.Next(0, 9);
                var decision = random.Next(3) == 0 ? new DecisionPoint { Choices = [3, 4], Threshold = random.NextDouble() } : null;
                var run = stage.Ask(prompt, (EngineUrgency)random.Next(4), most, random.Next(prompt.Length), decision: decision);
                runs.Add((run, prompt, most));
                known[random.Next(known.Length)] = prompt.Length > 60 ? Prompt(random.Next(50), 80) : [.. prompt, .. Prompt(random.Next(50), 20)];
            }

            if (runs.Count > 0 && random.Next(6) == 0)
            {
                runs[random.Next(runs.Count)].Run.Cancel();
            }

            stage.Step(random.Next(1, 4));
        }

        stage.Finish();
        foreach (var (run, prompt, most) in runs)
        {
            var whole = FakeContext.Reply(prompt, most);
            switch (run.Answer)
            {
                case EngineAnswer.Finished or EngineAnswer.CutOff: run.Written.ShouldBe(whole); break;
                case EngineAnswer.Declined: run.Written.ShouldBeEmpty(); break;
                case EngineAnswer.Cancelled: run.Written.ShouldBe(whole.Take(run.Written.Count)); break;
                case var other: other.ShouldBeOfType<EngineAnswer.Refused>("the queue was full"); break;
            }
        }

        stage.Context.Used.ShouldBe(stage.Core.Report.Cells);
        stage.Core.Report.Cells.ShouldBeLessThanOrEqualTo((int)stage.PrefixBytes);
        for (var lane = 0; lane < Small.Lanes; lane++)
        {
            stage.Context.LengthOf(lane).ShouldBe(0);
        }
    }

    /// <summary>An engine whose steps the test does.</summary>
    private sealed class Stage
    {
        private readonly EngineQueue _queue;

        public Stage(EngineOptions options, int cellBytes = 1)
        {
            PrefixBytes = options.PrefixBytes;
            _queue = new(options.Queue);
            Core = new(() => Context = new(options.ContextTokens, options.Lanes + options.Prefixes, options.StepTokens), static t => t == FakeContext.EndOfReply, _queue, options, cellBytes);
        }

        public EngineCore Core { get; }

        public long PrefixBytes { get; }

        public FakeContext Context { get; private set; } = null!;

        public Asked Ask(int[] prompt, EngineUrgency urgency, int most, int kept = 0, DecisionPoint? decision = null, ITokenConstraint? constraint = null)
        {
            var cancel = new CancellationTokenSource();
            var request = new EngineRequest
            {
                Lane = new(new("persona:a"), new("kitchen")), Prompt = prompt, KeptTokens = kept, Urgency = urgency, MaxTokens = most, Decision = decision, Constraint = constraint,
            };
            request.Validate(FakeContext.Vocabulary);
            var work = new EngineWork(request, cancel.Token);
            if (!_queue.TryAdd(work, out _))
            {
                work.End(new EngineAnswer.Refused("overloaded", "the queue is full") { Usage = work.Usage() });
            }

            return new(work.Run, cancel);
        }

        public Asked Decide(int[] prompt, int kept) => Ask(prompt, EngineUrgency.Human, most: 0, kept, new() { Choices = [3, 4] });

        public void Step(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                Core.Step();
                Context.Used.ShouldBe(Core.Report.Cells, "the books are what the cache has");
            }
        }

        public void Finish()
        {
            for (var steps = 0; Core.HasWork; steps++)
            {
                steps.ShouldBeLessThan(10_000, "everybody comes to an end");
                Step(1);
            }
        }
    }

    private sealed class Asked(EngineRun run, CancellationTokenSource cancel)
    {
        private readonly List<int> _written = [];
        private readonly IAsyncEnumerator<int> _tokens = run.Tokens.GetAsyncEnumerator(CancellationToken.None);
        private ValueTask<bool>? _next;

        public bool IsEnded => run.Answer.IsCompleted;

        public EngineAnswer Answer => IsEnded ? run.Answer.GetAwaiter().GetResult() : throw new InvalidOperationException("it has not ended");

        public List<int> Written
        {
            get
            {
                while ((_next ??= _tokens.MoveNextAsync()).IsCompleted && _next.Value.Result)
                {
                    _written.Add(_tokens.Current);
                    _next = null;
                }

                return _written;
            }
        }

        public void Cancel() => cancel.Cancel();
    }

    private sealed class Only(Func<int, bool> allowed) : ITokenConstraint
    {
        public bool IsComplete => false;

        public bool Allows(int token) => allowed(token);

        public void Accept(int token)
        {
        }

        public bool Mask(Span<float> logits)
        {
            var any = false;
            for (var token = 0; token < logits.Length; token++)
            {
                if (allowed(token))
                {
                    any = true;
                }
                else
                {
                    logits[token] = float.NegativeInfinity;
                }
            }

            return any;
        }
    }
}
