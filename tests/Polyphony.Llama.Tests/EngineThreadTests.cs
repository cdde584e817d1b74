using Microsoft.Extensions.Time.Testing;
using Polyphony.Llama.Engine;
using static Polyphony.Llama.Tests.ScheduleDriver;

namespace Polyphony.Llama.Tests;

/// <summary>The thread, over a cache without a model whose steps the test lets go one by one.</summary>
public sealed class EngineThreadTests : IAsyncDisposable
{
    private static readonly EngineOptions Small = new() { ContextTokens = 256, Lanes = 2, Prefixes = 2, Queue = 2, StepTokens = 16, StepTokensWhileWriting = 8 };

    private readonly FakeTimeProvider _time = new();
    private readonly List<CacheModel> _caches = [];
    private readonly SemaphoreSlim _steps = new(0);
    private readonly SemaphoreSlim _atStep = new(0);
    private Func<LlamaBatch, LlamaException?> _breaks = _ => null;
    private LlamaException? _unusable;
    private EngineThread? _engine;

    [Fact]
    public async Task What_waits_beyond_the_queue_is_refused_as_overloaded_and_what_can_never_fit_as_too_large()
    {
        var engine = Start();
        var running = Submit(Request(Tokens(8), maxTokens: 4));
        await StepBeginsAsync();

        var waiting = Enumerable.Range(0, 2).Select(_ => Submit(Request(Tokens(8)))).ToList();
        var refused = await Submit(Request(Tokens(8))).Answer.Soon();
        var human = Submit(Request(Tokens(8), urgency: EngineUrgency.Human));
        var large = await Submit(Request(Tokens(200), maxTokens: 57)).Answer.Soon();

        refused.ShouldBeOfType<EngineAnswer.Refused>().Code.ShouldBe("overloaded");
        large.ShouldBeOfType<EngineAnswer.Refused>().Code.ShouldBe("too-large");
        human.Answer.IsCompleted.ShouldBeFalse("each urgency has a queue of its own");
        engine.Report().Waiting.ShouldBe(3);
        Release(100);
        (await running.Answer.Soon()).ShouldNotBeOfType<EngineAnswer.Refused>();
        foreach (var run in waiting)
        {
            (await run.Answer.Soon()).ShouldBeOfType<EngineAnswer.Finished>();
        }

        engine.Report().Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task What_waits_is_cancelled_at_once_and_what_runs_between_two_steps()
    {
        var engine = Start();
        using var cancel = new CancellationTokenSource();
        var running = engine.Submit(Request(Tokens(100), kept: 50), cancel.Token);
        await StepBeginsAsync();
        var waiting = engine.Submit(Request(Tokens(8)), cancel.Token);

        await cancel.CancelAsync();

        waiting.Answer.IsCompleted.ShouldBeTrue("no step has gone by");
        running.Answer.IsCompleted.ShouldBeFalse("its step is under way");
        Release(1);
        var answer = await running.Answer.Soon();
        answer.ShouldBeOfType<EngineAnswer.Cancelled>();
        engine.Report().ShouldSatisfyAllConditions(
            report => report.Steps.ShouldBe(1, "a prompt of seven steps was ended after the first"),
            report => report.Cells.ShouldBe(16, "what was computed to be kept is kept"),
            report => report.Running.ShouldBe(0));
        (await waiting.Decided.Soon()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_deadline_ends_what_waits_and_what_runs()
    {
        var engine = Start();
        var running = Submit(Request(Tokens(8), maxTokens: 50) with { Deadline = TimeSpan.FromSeconds(5) });
        var waiting = Submit(Request(Tokens(8)) with { Deadline = TimeSpan.FromSeconds(4) });
        await StepBeginsAsync();
        _time.Advance(TimeSpan.FromSeconds(4));
        Release(1);
        (await waiting.Answer.Soon()).ShouldBeOfType<EngineAnswer.Expired>();

        await StepBeginsAsync();
        running.Answer.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        Release(1);

        var answer = (await running.Answer.Soon()).ShouldBeOfType<EngineAnswer.Expired>();
        answer.Usage.WrittenTokens.ShouldBeGreaterThan(0);
        (answer.Usage.Queued + answer.Usage.Prefill + answer.Usage.Writing).ShouldBe(TimeSpan.FromSeconds(5));
        engine.Report().Cells.ShouldBe(0);
    }

    [Fact]
    public async Task A_step_that_breaks_ends_those_under_way_typed_and_the_others_go_on_with_another_context()
    {
        var engine = Start();
        var broken = Submit(Request(Tokens(20), kept: 10, maxTokens: 5));
        await StepBeginsAsync();
        var waiting = Submit(Request(Tokens(20), kept: 10, maxTokens: 5));
        _breaks = batch => _caches.Count == 1 ? new(LlamaFault.DecodeFailed, "the weights are gone; dispose of the context and make another") : null;
        Release(100);

        var failed = (await broken.Answer.Soon()).ShouldBeOfType<EngineAnswer.Failed>();
        failed.Fault.ShouldBe(LlamaFault.DecodeFailed);
        failed.Message.ShouldContain("make another");
        (await waiting.Answer.Soon()).ShouldBeOfType<EngineAnswer.CutOff>();
        Written(waiting).ShouldBe(Alone(waiting.Request));
        _caches.Select(cache => cache.IsDisposed).ShouldBe([true, false]);
        engine.Report().Rebuilds.ShouldBe(1);
    }

    [Fact]
    public async Task An_engine_that_cannot_be_started_again_says_so_to_everybody()
    {
        Start();
        var (running, waiting) = (Submit(Request(Tokens(20), maxTokens: 5)), Submit(Request(Tokens(20))));
        await StepBeginsAsync();
        (_breaks, _unusable) = (_ => new(LlamaFault.DecodeFailed, "broken"), new(LlamaFault.NotEnoughMemory, "free memory"));
        Release(1);

        (await running.Answer.Soon()).ShouldBeOfType<EngineAnswer.Failed>().Fault.ShouldBe(LlamaFault.DecodeFailed);
        var later = (await waiting.Answer.Soon()).ShouldBeOfType<EngineAnswer.Failed>();
        (later.Fault, later.Message.Contains("free memory", StringComparison.Ordinal)).ShouldBe((LlamaFault.NotEnoughMemory, true));
        (await Submit(Request(Tokens(2))).Answer.Soon()).ShouldBeOfType<EngineAnswer.Failed>().Fault.ShouldBe(LlamaFault.NotEnoughMemory);
    }

    [Fact]
    public async Task An_engine_that_is_disposed_of_ends_everybody_and_takes_nobody()
    {
        var engine = Start();
        var (running, waiting) = (Submit(Request(Tokens(20), kept: 9, maxTokens: 50)), Submit(Request(Tokens(20))));
        await StepBeginsAsync();

        var disposal = engine.DisposeAsync().AsTask();
        Release(1);
        await disposal.Soon();

        foreach (var run in (EngineRun[])[running, waiting, Submit(Request(Tokens(2)))])
        {
            (await run.Answer.Soon()).ShouldBeOfType<EngineAnswer.Failed>().Fault.ShouldBe(LlamaFault.EngineStopped);
        }

        engine.Report().Cells.ShouldBe(0);
        _caches[0].IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_decided_is_known_before_the_first_word()
    {
        Start();
        var run = Submit(Request(Tokens(8), maxTokens: 3) with { Decision = new() { Choices = [1, 2], Threshold = 0, Continuation = new[] { 7, 8, 9 } } });
        await StepBeginsAsync();
        Release(1);
        await StepBeginsAsync();

        (await run.Decided.Soon()).Sum().ShouldBe(1, 1e-9);
        run.Answer.IsCompleted.ShouldBeFalse();
        Release(10);
        var answer = await run.Answer.Soon();
        answer.Probabilities.Count.ShouldBe(2);
        answer.Usage.PromptTokens.ShouldBe(8 + 3);
        Written(run).ShouldBe(Alone(run.Request));
    }

    public async ValueTask DisposeAsync()
    {
        Release(1_000);
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
        }

        _steps.Dispose();
        _atStep.Dispose();
    }

    private EngineRun Submit(EngineRequest request) => _engine!.Submit(request, TestContext.Current.CancellationToken);

    private EngineThread Start() => _engine = new(new(Words, [EndOfReply]), Small, 1, NewCache, _time);

    private CacheModel NewCache()
    {
        if (_unusable is not null)
        {
            throw _unusable;
        }

        var cache = new CacheModel(Small.ContextTokens, Small.Lanes + Small.Prefixes, Words)
        {
            BeforeDecode = batch =>
            {
                _atStep.Release();
                _steps.Wait();
                if (_breaks(batch) is { } broken)
                {
                    throw broken;
                }
            },
        };
        _caches.Add(cache);
        return cache;
    }

    private Task StepBeginsAsync() => _atStep.WaitAsync(TestContext.Current.CancellationToken).Soon();

    private void Release(int steps) => _steps.Release(steps);
}
