using Microsoft.Extensions.Time.Testing;
using Polyphony.Llama.Engine;
using Polyphony.Rooms;

namespace Polyphony.Llama.Tests;

/// <summary>A schedule over a cache without a model, one step at a time and without a thread.</summary>
internal sealed class ScheduleDriver
{
    public const int Words = 64;
    public const int EndOfReply = 63;

    private readonly EngineQueue _queue = new(int.MaxValue);

    public ScheduleDriver(int cells = 512, int lanes = 4, int prefixes = 4, int idleCells = int.MaxValue, int stepTokens = 64, int stepTokensWhileWriting = 16)
    {
        Cache = new(cells, lanes + prefixes, Words);
        Schedule = new(new(cells, lanes, prefixes, idleCells), stepTokens, stepTokensWhileWriting, new(Words, [EndOfReply]), Time);
    }

    public FakeTimeProvider Time { get; } = new();

    public CacheModel Cache { get; }

    public Schedule Schedule { get; }

    /// <summary>The tokens of the last step.</summary>
    public int StepTokens { get; private set; }

    public static EngineRequest Request(int[] prompt, int kept = 0, int maxTokens = 0, EngineUrgency urgency = EngineUrgency.Persona) => new()
    {
        Lane = new(new ParticipantId("anahit"), new RoomId("harbour")),
        Prompt = prompt,
        KeptTokens = kept,
        MaxTokens = maxTokens,
        Urgency = urgency,
    };

    /// <summary>Different tokens, none of which ends a reply.</summary>
    public static int[] Tokens(int count, int seed = 0) => [.. Enumerable.Range(0, count).Select(i => (((i * 7) + (seed * 13)) & 0x7FFFFFFF) % (Words - 1))];

    public EngineRun Submit(EngineRequest request) => SubmitUnder(request, CancellationToken.None);

    public EngineRun SubmitUnder(EngineRequest request, CancellationToken cancellationToken)
    {
        RequestCheck.Require(request, new(Words, [EndOfReply]));
        var run = new EngineRun(request, _queue, Time);
        _queue.TryEnter(request.Urgency).ShouldBeTrue();
        run.CancelWith(cancellationToken);
        Schedule.Add(run);
        return run;
    }

    /// <returns>Whether there was something to compute.</returns>
    public bool Step()
    {
        var batch = Schedule.Plan();
        ChangeCache();
        if (batch is not null)
        {
            StepTokens = batch.Count;
            Cache.Decode(batch);
            Schedule.Take(Cache);
            ChangeCache();
        }

        Schedule.Snapshot().Cells.ShouldBe(Cache.Cells, "cells are counted as they are");
        foreach (var (run, answer) in Schedule.Ended)
        {
            run.End(answer);
        }

        Schedule.Ended.Clear();
        return batch is not null;
    }

    public void StepUntilIdle(int atMost = 10_000)
    {
        while (Schedule.HasWork)
        {
            (atMost-- > 0).ShouldBeTrue("it comes to an end");
            Step();
        }
    }

    /// <summary>What a request writes when it is alone, by the cache's own logits.</summary>
    public static List<int> Alone(EngineRequest request)
    {
        List<int> text = [.. request.Prompt.ToArray()], written = [];
        var sampler = new TokenSampler(request.Sampling, Words);
        if (request.Decision is { } point)
        {
            if (Choice.Probabilities(CacheModel.LogitsOf([.. text], Words), point.Choices)[0] < point.Threshold)
            {
                return written;
            }

            text = [.. text.Take(point.Rewind ?? text.Count), .. point.Continuation.ToArray()];
        }

        while (written.Count < request.MaxTokens)
        {
            var token = sampler.Choose(CacheModel.LogitsOf([.. text], Words));
            if (token == EndOfReply)
            {
                break;
            }

            text.Add(token);
            written.Add(token);
        }

        return written;
    }

    public static List<int> Written(EngineRun run)
    {
        run.Answer.IsCompletedSuccessfully.ShouldBeTrue();
        // An ended run's tokens are all there: nothing is waited for.
        return [.. run.Tokens.ToBlockingEnumerable(TestContext.Current.CancellationToken)];
    }

    public static EngineAnswer Answer(EngineRun run)
    {
        run.Answer.IsCompletedSuccessfully.ShouldBeTrue();
        return run.Answer.Result;
    }

    private void ChangeCache()
    {
        Schedule.Changes.ForEach(change => change.ApplyTo(Cache));
        Schedule.Changes.Clear();
    }
}
