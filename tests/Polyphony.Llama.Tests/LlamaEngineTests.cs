using Polyphony.Llama.Engine;
using Polyphony.Rooms;

namespace Polyphony.Llama.Tests;

/// <summary>The engine on a tiny model in 32 bits, where different plans of batches agree.</summary>
public sealed class LlamaEngineTests
{
    private const string Transcript = "Kudzai: The minibus to the harbour stops here. Anahit: It stopped here last year. Kudzai: Then where does it stop now? ";

    private static readonly EngineOptions Small = new() { ContextTokens = 1024, Lanes = 13, Prefixes = 8, StepTokens = 256, StepTokensWhileWriting = 32, Threads = 1, FullPrecision = true };

    [Fact]
    public async Task What_is_computed_together_on_a_shared_prefix_is_what_each_writes_alone()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        await using var engine = LlamaEngine.Start(model, Small);
        var requests = Enumerable.Range(0, 12).Select(i => Request(model, Transcript, $"You are number {i}. ", maxTokens: 16)).ToList();

        var runs = requests.Select(request => engine.Submit(request, TestContext.Current.CancellationToken)).ToList();

        var texts = new HashSet<string>();
        foreach (var (run, request) in runs.Zip(requests))
        {
            var written = await WrittenAsync(run);
            written.ShouldBe(Alone(model, request));
            texts.Add(string.Join(' ', written));
        }

        texts.Count.ShouldBeGreaterThan(3, "those who write alike would agree with anything");
        var tails = requests.Sum(request => request.Prompt.Length - request.KeptTokens);
        engine.Report().ShouldSatisfyAllConditions(
            report => report.ComputedTokens.ShouldBe(requests[0].KeptTokens + tails),
            report => report.Cells.ShouldBe(requests[0].KeptTokens),
            report => report.Running.ShouldBe(0));
    }

    [Fact]
    public async Task The_next_turn_by_appending_is_the_same_as_the_whole_prompt_anew()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        await using var engine = LlamaEngine.Start(model, Small);
        await WrittenAsync(engine.Submit(Request(model, Transcript, "You are Anahit. ", maxTokens: 8), TestContext.Current.CancellationToken));
        var (next, edited) = (Transcript + "Anahit: At the mill. ", Transcript[..60] + "never. Kudzai: I see. ");

        foreach (var transcript in (string[])[next, edited, next])
        {
            var request = Request(model, transcript, "You are Kudzai. ", maxTokens: 16);
            var run = engine.Submit(request, TestContext.Current.CancellationToken);

            (await WrittenAsync(run)).ShouldBe(Alone(model, request));
            (await run.Answer).Usage.ReusedTokens.ShouldBeGreaterThanOrEqualTo(model.Tokenize(transcript).Length > Transcript.Length ? Transcript.Length : 60);
        }

        engine.Report().Prefixes.ShouldBe(2);
    }

    [Fact]
    public async Task A_decision_takes_the_question_back_and_goes_on_as_if_it_had_not_been_asked()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        await using var engine = LlamaEngine.Start(model, Small);
        var (yes, no) = (model.Tokenize("true")[0], model.Tokenize("false")[0]);
        var (shared, own, question, frame) = (model.Tokenize(Transcript), model.Tokenize("You are Anahit. "), model.Tokenize("Do you speak? "), model.Tokenize("Anahit: "));
        var request = Request(model, Transcript, "You are Anahit. Do you speak? ", maxTokens: 12) with
        {
            Decision = new() { Choices = [yes, no], Threshold = 0, Rewind = shared.Length + own.Length, Continuation = frame },
        };

        var speaks = engine.Submit(request, TestContext.Current.CancellationToken);
        var silent = engine.Submit(request with { Decision = request.Decision with { Threshold = 1.1 } }, TestContext.Current.CancellationToken);

        (await WrittenAsync(speaks)).ShouldBe(Alone(model, request with { Prompt = (int[])[.. shared, .. own, .. frame], Decision = null }));
        var logits = Logits(model, [.. shared, .. own, .. question]);
        var expected = 1 / (1 + Math.Exp(logits[no] - logits[yes]));
        (await speaks.Decided)[0].ShouldBe(expected, 1e-3);
        (await WrittenAsync(silent)).ShouldBeEmpty();
        var declined = (await silent.Answer).ShouldBeOfType<EngineAnswer.Declined>();
        declined.Probabilities.Sum().ShouldBe(1, 1e-9);
        declined.Probabilities[0].ShouldBe(expected, 1e-3);
        (await speaks.Answer).Usage.PromptTokens.ShouldBe(request.Prompt.Length + frame.Length);
    }

    [Fact]
    public async Task The_same_seed_writes_the_same_and_another_does_not()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        await using var engine = LlamaEngine.Start(model, Small);

        Task<List<int>> WithAsync(ulong seed) =>
            WrittenAsync(engine.Submit(Request(model, Transcript, "You are Anahit. ", maxTokens: 24) with { Sampling = new(1, 40, 0.95f, seed) }, TestContext.Current.CancellationToken));

        var first = await WithAsync(1);
        (await WithAsync(1)).ShouldBe(first);
        (await WithAsync(2)).ShouldNotBe(first);
    }

    // What this catches: a cell that somebody who was cancelled left behind. Cells that are counted but not given back would not leave room for a request of the whole cache.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(30)]
    public async Task Who_is_cancelled_leaves_no_cell_behind_however_much_is_written(int words)
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        await using var engine = LlamaEngine.Start(model, Small with { ContextTokens = 2048, Lanes = 8 });
        using var cancel = new CancellationTokenSource();
        using var held = new HeldConstraint(model, words);
        var choices = new[] { model.Tokenize("true")[0], model.Tokenize("false")[0] };
        var request = Request(model, Transcript, "Do you speak? ", maxTokens: 100);
        request = request with { Decision = new() { Choices = choices, Threshold = 0, Rewind = request.KeptTokens + 3, Continuation = model.Tokenize("Anahit: ") } };

        var holder = engine.Submit(request with { Constraint = held }, cancel.Token);
        var others = Enumerable.Range(0, 5).Select(_ => engine.Submit(request with { Constraint = new HeldConstraint(model, int.MaxValue) }, cancel.Token)).ToList();
        await held.Reached.Soon();
        await cancel.CancelAsync();
        held.Release();

        foreach (var run in (EngineRun[])[holder, .. others])
        {
            (await run.Answer.Soon()).ShouldBeOfType<EngineAnswer.Cancelled>();
        }

        (await holder.Answer).Usage.WrittenTokens.ShouldBe(words + 1);
        engine.Report().ShouldSatisfyAllConditions(report => report.Running.ShouldBe(0), report => report.Waiting.ShouldBe(0), report => report.Cells.ShouldBe(request.KeptTokens));
        var whole = request with { Prompt = new int[2048 - 8], KeptTokens = 0, Decision = null, MaxTokens = 8 };
        (await engine.Submit(whole, TestContext.Current.CancellationToken).Answer.Soon()).ShouldNotBeOfType<EngineAnswer.Failed>();
        engine.Report().Cells.ShouldBe(0);
    }

    [Fact]
    public async Task Requests_that_contradict_themselves_and_sizes_that_cannot_be_are_refused_with_what_to_do()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        await using var engine = LlamaEngine.Start(model, Small);
        var good = Request(model, Transcript, "You are Anahit. ", maxTokens: 4);
        var point = new DecisionPoint { Choices = [1, 2] };

        foreach (var (bad, named) in ((EngineRequest, string)[])
            [
                (good with { Prompt = ReadOnlyMemory<int>.Empty }, "Prompt"),
                (good with { MaxTokens = -1 }, "MaxTokens"),
                (good with { KeptTokens = good.Prompt.Length }, "KeptTokens"),
                (good with { KeptTokens = 5, Decision = point with { Rewind = 5 } }, "KeptTokens"),
                (good with { Urgency = (EngineUrgency)9 }, "Urgency"),
                (good with { Sampling = new(-1, 1, 1, 0) }, "temperature"),
                (good with { Sampling = new(1, 0, 1, 0) }, "TopK"),
                (good with { Sampling = new(1, 1, 0, 0) }, "TopP"),
                (good with { Decision = point with { Choices = [1] } }, "Choices"),
                (good with { Decision = point with { Choices = [1, 1] } }, "Choices"),
                (good with { Decision = point with { Threshold = double.NaN } }, "Threshold"),
                (good with { Decision = point with { Rewind = good.Prompt.Length + 1 } }, "Rewind"),
                (good with { KeptTokens = 0, Decision = point with { Rewind = 0 } }, "Rewind"),
            ])
        {
            Should.Throw<ArgumentException>(() => engine.Submit(bad, TestContext.Current.CancellationToken)).Message.ShouldContain(named);
        }

        Engine.FaultOf(() => engine.Submit(good with { Prompt = (int[])[1, -1] , KeptTokens = 0 }, TestContext.Current.CancellationToken)).ShouldBe(LlamaFault.TokenOutOfRange);
        Engine.FaultOf(() => engine.Submit(good with { Decision = point with { Choices = [1, model.VocabularySize] } }, TestContext.Current.CancellationToken)).ShouldBe(LlamaFault.TokenOutOfRange);
        Should.Throw<ArgumentException>(() => LlamaEngine.Start(model, Small with { StepTokens = 13 })).Message.ShouldContain("StepTokens");
        Should.Throw<ArgumentException>(() => LlamaEngine.Start(model, Small with { Queue = 0 })).Message.ShouldContain("Queue");
        Engine.FaultOf(() => LlamaEngine.Start(model, Small with { Prefixes = 1_000 })).ShouldBe(LlamaFault.TooManySequences);
        engine.Report().Steps.ShouldBe(0);
    }

    private static EngineRequest Request(LlamaModel model, string kept, string tail, int maxTokens)
    {
        var (shared, own) = (model.Tokenize(kept), model.Tokenize(tail));
        return new()
        {
            Lane = new(new ParticipantId("anahit"), new RoomId("harbour")),
            Prompt = (int[])[.. shared, .. own],
            KeptTokens = Math.Min(shared.Length, shared.Length + own.Length - 1),
            MaxTokens = maxTokens,
        };
    }

    private static async Task<List<int>> WrittenAsync(EngineRun run)
    {
        await run.Answer.Soon();
        return await run.Tokens.ToListAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The likeliest tokens behind a prompt, in a context of its own.</summary>
    private static List<int> Alone(LlamaModel model, EngineRequest request)
    {
        using var context = LlamaContext.Create(model, Small.ToContext());
        var (batch, written) = (new LlamaBatch(), new List<int>());
        var row = batch.AddRange(request.Prompt.Span, 0, 0, outputOfLast: true);
        while (true)
        {
            context.Decode(batch);
            var token = context.Greedy(row);
            if (model.EndsReply(token))
            {
                return written;
            }

            written.Add(token);
            if (written.Count == request.MaxTokens)
            {
                return written;
            }

            batch.Clear();
            row = batch.Add(token, context.NextPosition(0), 0, output: true);
        }
    }

    private static float[] Logits(LlamaModel model, int[] tokens)
    {
        using var context = LlamaContext.Create(model, Small.ToContext());
        var batch = new LlamaBatch();
        var row = batch.AddRange(tokens, 0, 0, outputOfLast: true);
        context.Decode(batch);
        return context.Logits(row).ToArray();
    }
}
