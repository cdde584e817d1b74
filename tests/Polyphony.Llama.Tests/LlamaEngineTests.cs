using Polyphony.Llama.Engine;

namespace Polyphony.Llama.Tests;

/// <summary>The engine on a real model, tiny and in 32 bits.</summary>
public sealed class LlamaEngineTests
{
    private static readonly EngineOptions Small = new()
    {
        ContextTokens = 1_024, Lanes = 13, Prefixes = 6, StepTokens = 256, StepTokensWhileWriting = 64, Threads = 1, FullPrecision = true,
    };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Twelve_at_once_on_what_they_share_write_what_each_writes_alone()
    {
        using var scratch = new Scratch();
        using var model = Tests.Engine.Open(scratch);
        var shared = model.Tokenize("Everybody in the room heard this, and it was not short either. ");
        var prompts = Enumerable.Range(0, 12).Select(i => (int[])[.. shared, .. model.Tokenize($"Persona number {i} thinks")]).ToArray();
        await using var together = LlamaEngine.Start(model, Small);
        var runs = prompts.Select(p => together.Submit(Ask(p, shared.Length), TestEnds)).ToArray();
        var written = await Task.WhenAll(runs.Select(TokensOf));

        for (var i = 0; i < prompts.Length; i++)
        {
            await using var alone = LlamaEngine.Start(model, Small);
            written[i].ShouldBe(await TokensOf(alone.Submit(Ask(prompts[i], 0), TestEnds)));
        }

        written.Select(w => string.Join(' ', w)).Distinct().Count().ShouldBeGreaterThan(6, "prompts that make no difference would agree with anything");
        var report = together.Report();
        report.ComputedTokens.ShouldBe(shared.Length + prompts.Sum(p => p.Length - shared.Length));
        (report.Cells, report.Running, report.Waiting).ShouldBe((shared.Length, 0, 0));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_next_turn_by_what_is_new_is_the_same_as_a_fresh_full_prompt()
    {
        using var scratch = new Scratch();
        using var model = Tests.Engine.Open(scratch);
        var before = model.Tokenize("Anahit: who waters the tomatoes?\n");
        int[] after = [.. before, .. model.Tokenize("Kudzai: I did, this morning.\n")];
        var cue = model.Tokenize("You are Mira.");
        await using var engine = LlamaEngine.Start(model, Small);
        await TokensOf(engine.Submit(Ask([.. before, .. cue], before.Length), TestEnds));
        var next = engine.Submit(Ask([.. after, .. cue], after.Length), TestEnds);
        var written = await TokensOf(next);

        (await next.Answer).Usage.ReusedTokens.ShouldBe(before.Length);
        await using var fresh = LlamaEngine.Start(model, Small);
        written.ShouldBe(await TokensOf(fresh.Submit(Ask([.. after, .. cue], 0), TestEnds)));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_same_seed_writes_the_same_and_another_seed_another()
    {
        using var scratch = new Scratch();
        using var model = Tests.Engine.Open(scratch);
        var prompt = model.Tokenize("Once upon a time");
        await using var engine = LlamaEngine.Start(model, Small);
        async Task<int[]> With(ulong seed) => await TokensOf(engine.Submit(Ask(prompt, 0) with { Sampling = new(1, 40, 0.95f, seed) }, TestEnds));

        var first = await With(1);
        (await With(1)).ShouldBe(first);
        (await With(2)).ShouldNotBe(first);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_cannot_be_taken_is_refused_and_says_what_to_do()
    {
        using var scratch = new Scratch();
        using var model = Tests.Engine.Open(scratch);
        await using var engine = LlamaEngine.Start(model, Small with { Queue = 2, Lanes = 1 });
        var large = await engine.Submit(Ask(new int[2_000], 0), TestEnds).Answer;
        large.ShouldBeOfType<EngineAnswer.Refused>().Code.ShouldBe("too-large");
        var runs = Enumerable.Range(0, 20).Select(_ => engine.Submit(Ask(model.Tokenize("again and again"), 0, most: 200), TestEnds)).ToArray();
        var answers = await Task.WhenAll(runs.Select(r => r.Answer));
        answers.OfType<EngineAnswer.Refused>().ShouldContain(r => r.Code == "overloaded");
        answers.OfType<EngineAnswer.CutOff>().ShouldNotBeEmpty();
        Should.Throw<LlamaException>(() => engine.Submit(Ask([model.VocabularySize], 0), TestEnds)).Fault.ShouldBe(LlamaFault.TokenOutOfRange);
        Should.Throw<ArgumentException>(() => engine.Submit(Ask([1], 1), TestEnds));
    }

    [Fact(Timeout = 60_000)]
    public async Task Who_waits_is_cancelled_at_once_who_runs_between_two_steps_and_who_is_late_expires()
    {
        using var scratch = new Scratch();
        using var model = Tests.Engine.Open(scratch);
        await using var engine = LlamaEngine.Start(model, Small with { Lanes = 1 });
        using var stop = new CancellationTokenSource();
        var running = engine.Submit(Ask(model.Tokenize("a long story"), 0, most: 700), stop.Token);
        await using (var tokens = running.Tokens.GetAsyncEnumerator(TestEnds))
        {
            (await tokens.MoveNextAsync()).ShouldBeTrue();
        }

        var waiting = engine.Submit(Ask(model.Tokenize("later"), 0), stop.Token);
        var late = engine.Submit(Ask(model.Tokenize("too late"), 0) with { Deadline = TimeSpan.Zero }, TestEnds);
        await stop.CancelAsync();

        (await waiting.Answer).ShouldBeOfType<EngineAnswer.Cancelled>();
        (await running.Answer).ShouldBeOfType<EngineAnswer.Cancelled>();
        (await late.Answer).ShouldBeOfType<EngineAnswer.Expired>();
        var last = engine.Submit(Ask(model.Tokenize("still there"), 0, most: 2), TestEnds);
        (await last.Answer).ShouldNotBeOfType<EngineAnswer.Failed>();
    }

    [Fact(Timeout = 60_000)]
    public async Task An_engine_that_is_stopped_ends_everybody_and_takes_nobody()
    {
        using var scratch = new Scratch();
        using var model = Tests.Engine.Open(scratch);
        var engine = LlamaEngine.Start(model, Small with { Lanes = 1 });
        var runs = Enumerable.Range(0, 5).Select(_ => engine.Submit(Ask(model.Tokenize("on and on"), 0, most: 700), TestEnds)).ToArray();
        await engine.DisposeAsync();

        foreach (var run in runs)
        {
            (await run.Answer).ShouldBeOfType<EngineAnswer.Failed>().Fault.ShouldBe(LlamaFault.Stopped);
        }

        (await engine.Submit(Ask([1], 0), TestEnds).Answer).ShouldBeOfType<EngineAnswer.Failed>();
    }

    private static EngineRequest Ask(int[] prompt, int kept, int most = 12) =>
        new() { Lane = new(new("persona:a"), new("kitchen")), Prompt = prompt, KeptTokens = kept, MaxTokens = most, Sampling = new(1, 40, 1, 5) };

    private static async Task<int[]> TokensOf(EngineRun run)
    {
        List<int> tokens = [];
        await foreach (var token in run.Tokens)
        {
            tokens.Add(token);
        }

        return [.. tokens];
    }
}
