using System.Diagnostics;
using Polyphony.Llama;
using Polyphony.Llama.Engine;

namespace Polyphony.Cli.Bench;

/// <summary>What one turn of the room cost one way.</summary>
/// <param name="WallMs">From the first request to the last answer.</param>
/// <param name="Computed">Tokens of prompts that were computed.</param>
/// <param name="Reused">Those that were there.</param>
/// <param name="Written">Tokens of replies.</param>
/// <param name="Cells">Cells of the cache: what is kept, and what each request had for itself at most, as if all had it at once.</param>
internal readonly record struct TurnCost(double WallMs, long Computed, long Reused, long Written, int Cells);

/// <summary>Measures a room of personas on one model in the three ways, in one run and on the same weights.</summary>
internal sealed class RoomBench(LlamaModel model, Commands.BenchRoomOptions options, Action<string> progress)
{
    private const int NaivePersonas = 3;
    private const int StepTokens = 512;
    private const int Speakers = 3;
    private const int RawTokens = 32;
    private const int RawRounds = 9;
    private const int Spare = 512;

    private readonly NeverEnds _endless = new(model);
    private readonly int _naive = Math.Min(NaivePersonas, options.Personas);

    public async Task<RoomBenchResult> RunAsync(CancellationToken cancel)
    {
        progress("one persona alone");
        var alone = await AloneAsync(cancel);
        progress($"{options.Personas} personas on one");
        var together = await TogetherAsync(cancel);
        progress($"a cache for each of {options.Personas}: filling");
        var prompts = Prompts();
        await using var cached = Engine(options.Personas * (options.Transcript + options.Replies + Spare), options.Personas + 1);
        var cachedFirst = await TurnAsync(cached, All(prompts.Own), options.Personas, prompts, keeps: true, together: false, cancel);
        var rounds = new List<RoundCost>();
        for (var round = 0; round < options.Rounds; round++)
        {
            progress($"round {round + 1} of {options.Rounds}: full prompts, {_naive} of {options.Personas}");
            var naive = await NaiveAsync(cancel);
            progress($"round {round + 1} of {options.Rounds}: a cache for each, then one shared");
            prompts.Say();
            var cachedSilent = await TurnAsync(cached, All(prompts.Own), 0, prompts, keeps: true, together: false, cancel);
            rounds.Add(await SharedAsync(naive, cachedSilent, cancel));
        }

        progress("decoding with the engine and without");
        return new(alone, together, cachedFirst, rounds, await DecodeAsync(cancel), _naive);
    }

    private BenchPrompts Prompts() => new(model, options.Personas, options.Transcript);

    private LlamaEngine Engine(int cells, int lanes) => LlamaEngine.Start(model, new()
    {
        ContextTokens = cells, Lanes = Math.Max(2, lanes), Prefixes = Math.Max(2, lanes), StepTokens = StepTokens, Threads = options.Threads, Queue = 256,
    });

    private int SharedCells(int personas) => options.Transcript + Spare + (personas * (options.Replies + 96));

    private IEnumerable<BenchPrompt> All(Func<int, BenchPrompt> of) => Enumerable.Range(0, options.Personas).Select(of);

    // The cells of one lane are those of its prompt and its reply.
    private async Task<AloneCost> AloneAsync(CancellationToken cancel)
    {
        var prompts = Prompts();
        await using var engine = Engine(SharedCells(1), 2);
        await TurnAsync(engine, [prompts.Shared(0)], 1, prompts, keeps: true, together: true, cancel);
        prompts.Say();
        var next = await TurnAsync(engine, [prompts.Shared(0)], 1, prompts, keeps: true, together: true, cancel);
        return new(next.Cells, Environment.WorkingSet);
    }

    // Before there is any other engine in the process.
    private async Task<long> TogetherAsync(CancellationToken cancel)
    {
        var prompts = Prompts();
        await using var engine = Engine(SharedCells(options.Personas), options.Personas + 1);
        await TurnAsync(engine, All(prompts.Shared), options.Personas, prompts, keeps: true, together: true, cancel);
        return Environment.WorkingSet;
    }

    // Each prompt in full, one after the other; some stand for all of them, and what they wrote is told apart from what they read.
    private async Task<NaiveCost> NaiveAsync(CancellationToken cancel)
    {
        var prompts = Prompts();
        prompts.Say();
        await using var engine = Engine(SharedCells(1), 2);
        var (read, wrote, tokens) = (0.0, 0.0, 0L);
        for (var i = 0; i < _naive; i++)
        {
            var answer = await engine.Submit(Request(prompts.Own(i), options.Replies, keeps: false, prompts), cancel).Answer;
            Require(answer);
            read += (answer.Usage.Queued + answer.Usage.Prefill).TotalMilliseconds;
            wrote += answer.Usage.Writing.TotalMilliseconds;
            tokens += answer.Usage.PromptTokens;
        }

        return new(read / _naive, wrote / _naive, (double)tokens / _naive);
    }

    private async Task<RoundCost> SharedAsync(NaiveCost naive, TurnCost cachedSilent, CancellationToken cancel)
    {
        var prompts = Prompts();
        await using var engine = Engine(SharedCells(options.Personas), options.Personas + 1);
        var first = await TurnAsync(engine, All(prompts.Shared), options.Personas, prompts, keeps: true, together: true, cancel);
        prompts.Say();
        var three = await TurnAsync(engine, All(prompts.Shared), Math.Min(Speakers, options.Personas), prompts, keeps: true, together: true, cancel);
        prompts.Say();
        var silent = await TurnAsync(engine, All(prompts.Shared), 0, prompts, keeps: true, together: true, cancel);
        prompts.Say();
        var before = engine.Report();
        var began = Stopwatch.GetTimestamp();
        var cue = prompts.Room();
        var answer = await engine.Submit(new() { Lane = LaneOf(0), Prompt = cue.Tokens, KeptTokens = cue.Kept, Decision = new() { Choices = prompts.Names } }, cancel).Answer;
        Require(answer);
        return new(naive, first, three, silent, Cost(began, before, engine.Report(), answer.Usage.OwnCells), cachedSilent);
    }

    private async Task<TurnCost> TurnAsync(LlamaEngine engine, IEnumerable<BenchPrompt> asked, int speakers, BenchPrompts prompts, bool keeps, bool together, CancellationToken cancel)
    {
        var requests = asked.Select((p, i) => Request(p, i < speakers ? options.Replies : 0, keeps, prompts, i)).ToArray();
        var before = engine.Report();
        var began = Stopwatch.GetTimestamp();
        var (own, most) = (0, 0);
        if (together)
        {
            foreach (var answer in await Task.WhenAll(requests.Select(r => engine.Submit(r, cancel).Answer)))
            {
                Require(answer);
                own += answer.Usage.OwnCells;
            }
        }
        else
        {
            foreach (var request in requests)
            {
                var answer = await engine.Submit(request, cancel).Answer;
                Require(answer);
                most = Math.Max(most, answer.Usage.OwnCells);
            }
        }

        cancel.ThrowIfCancellationRequested();
        return Cost(began, before, engine.Report(), own + most);
    }

    private static TurnCost Cost(long began, EngineReport before, EngineReport after, int own) => new(
        Stopwatch.GetElapsedTime(began).TotalMilliseconds, after.ComputedTokens - before.ComputedTokens, after.ReusedTokens - before.ReusedTokens, after.WrittenTokens - before.WrittenTokens, after.Cells + own);

    // A reply has the same length whatever the weights: the choice is always taken, and nothing ends it before.
    private EngineRequest Request(BenchPrompt prompt, int reply, bool keeps, BenchPrompts prompts, int persona = 0) => new()
    {
        Lane = LaneOf(persona),
        Prompt = prompt.Tokens,
        KeptTokens = keeps ? prompt.Kept : 0,
        MaxTokens = reply,
        Decision = new() { Choices = [prompts.Yes, prompts.No], Threshold = reply > 0 ? 0 : 2, Continuation = prompts.Answer },
        Constraint = reply > 0 ? _endless : null,
    };

    private static LaneKey LaneOf(int persona) => new(new($"persona:{persona}"), new("bench"));

    private static void Require(EngineAnswer answer)
    {
        if (answer is not (EngineAnswer.CutOff or EngineAnswer.Declined))
        {
            throw new InvalidOperationException($"the engine answered {answer}");
        }
    }

    // A token after the other, with the engine and with nothing but the library, in turns.
    private async Task<DecodeCost> DecodeAsync(CancellationToken cancel)
    {
        var prompt = model.Tokenize("Good evening, who is at the harbour, and what did the night train bring?");
        using var bare = LlamaContext.Create(model, new() { ContextTokens = Spare, BatchTokens = Spare, MicroBatchTokens = Spare, Threads = options.Threads });
        await using var engine = Engine(Spare, 2);
        var request = new EngineRequest { Lane = LaneOf(0), Prompt = prompt, MaxTokens = RawTokens + 1, Constraint = _endless };
        var (bares, engines) = (new List<double>(), new List<double>());
        for (var round = 0; round < RawRounds; round++)
        {
            bares.Add(Bare(bare, prompt));
            var answer = await engine.Submit(request, cancel).Answer;
            Require(answer);
            engines.Add(answer.Usage.Writing.TotalMilliseconds / RawTokens);
        }

        return new(RoomBenchResult.Median(bares), RoomBenchResult.Median(engines));
    }

    private static double Bare(LlamaContext context, int[] prompt)
    {
        context.RemoveSequence(0);
        var batch = new LlamaBatch();
        var row = batch.AddRange(prompt, 0, 0, outputOfLast: true);
        context.Decode(batch);
        var token = context.Greedy(row);
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < RawTokens; i++)
        {
            batch.Clear();
            row = batch.Add(token, prompt.Length + i, 0, output: true);
            context.Decode(batch);
            token = context.Greedy(row);
        }

        return Stopwatch.GetElapsedTime(began).TotalMilliseconds / RawTokens;
    }

    /// <summary>Anything but what ends a reply: with random weights that may come at any time.</summary>
    private sealed class NeverEnds : ITokenConstraint
    {
        private readonly int[] _ends;

        public NeverEnds(LlamaModel model) => _ends = [.. Enumerable.Range(0, model.VocabularySize).Where(model.EndsReply)];

        public bool IsComplete => false;

        public bool Allows(int token) => !_ends.Contains(token);

        public void Accept(int token)
        {
        }

        public bool Mask(Span<float> logits)
        {
            foreach (var token in _ends)
            {
                logits[token] = float.NegativeInfinity;
            }

            return true;
        }
    }
}
