using System.Diagnostics;
using System.Globalization;
using Polyphony.Llama;
using Polyphony.Llama.Engine;
using Polyphony.Rooms;
using Polyphony.Testing.Gguf;

namespace Polyphony.Benchmarks;

/// <summary>
/// What a token costs through the engine against a bare loop of decodes on the same weights, on the shape of Qwen2.5-0.5B: for one request, and for twelve that write together. The two take turns,
/// since the machine's speed changes more than they differ. The bare loop chooses no token; the engine chooses the likeliest of 151,936, and hands it over.
/// </summary>
internal static class EngineDecode
{
    private const double Bound = 1.10;
    private const int PromptTokens = 64;

    /// <param name="tokens">How many tokens are written in a round.</param>
    /// <param name="rounds">How many times each side is measured.</param>
    /// <returns>Whether the engine is within 10 % of the bare loop, by the medians.</returns>
    public static async Task<bool> RunAsync(int tokens, int rounds)
    {
        var directory = Directory.CreateTempSubdirectory("polyphony-bench-");
        try
        {
            var path = Path.Combine(directory.FullName, "model.gguf");
            GgufModelMaker.Write(new() { Shape = GgufShape.Qwen25Half, Vocabulary = GgufVocabulary.Qwen25(), Weights = GgufType.Q4 }, path);
            using var model = LlamaModel.Open(LlamaLibrary.Load(), path);
            var holds = true;
            foreach (var width in (int[])[1, 12])
            {
                holds &= await CompareAsync(model, width, tokens, rounds);
            }

            return holds;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<bool> CompareAsync(LlamaModel model, int width, int tokens, int rounds)
    {
        var options = new EngineOptions { ContextTokens = 2048 };
        using var context = LlamaContext.Create(model, new() { ContextTokens = options.ContextTokens, Sequences = width + 1, Threads = options.Threads });
        await using var engine = LlamaEngine.Start(model, options);
        var prompt = Enumerable.Range(100, PromptTokens).ToArray();
        Bare(context, prompt, width, tokens);
        await ThroughEngineAsync(engine, prompt, width, tokens);
        var (bare, through) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            bare.Add(Bare(context, prompt, width, tokens));
            through.Add(await ThroughEngineAsync(engine, prompt, width, tokens));
        }

        var ratio = Median(through) / Median(bare);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{width} at once, {options.Threads} thread(s): a step takes {Median(bare):0.00} ms bare ({bare.Min():0.00} to {bare.Max():0.00}), {Median(through):0.00} ms through the engine ({through.Min():0.00} to {through.Max():0.00}): {ratio:0.000} ×"));
        return ratio <= Bound;
    }

    /// <returns>Milliseconds of a step.</returns>
    private static double Bare(LlamaContext context, int[] prompt, int width, int tokens)
    {
        var batch = new LlamaBatch();
        batch.AddRange(prompt, 0, 0);
        context.Decode(batch);
        for (var sequence = 1; sequence <= width; sequence++)
        {
            context.CopySequence(0, sequence);
        }

        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < tokens; i++)
        {
            batch.Clear();
            for (var sequence = 1; sequence <= width; sequence++)
            {
                batch.Add(1_000 + i, PromptTokens + i, sequence, output: true);
            }

            context.Decode(batch);
        }

        var elapsed = Stopwatch.GetElapsedTime(began);
        for (var sequence = 0; sequence <= width; sequence++)
        {
            context.RemoveSequence(sequence);
        }

        return elapsed.TotalMilliseconds / tokens;
    }

    /// <returns>Milliseconds of a step.</returns>
    private static async Task<double> ThroughEngineAsync(LlamaEngine engine, int[] prompt, int width, int tokens)
    {
        var runs = Enumerable.Range(0, width).Select(i => engine.Submit(new()
        {
            Lane = new(new ParticipantId($"p{i}"), new RoomId("bench")),
            Prompt = (int[])[.. prompt, 5_000 + i],
            KeptTokens = prompt.Length,
            MaxTokens = tokens + 1,
        })).ToList();
        var steps = new List<double>();
        foreach (var run in runs)
        {
            var answer = await run.Answer;
            if (answer is not EngineAnswer.CutOff { Usage.WrittenTokens: var written } || written != tokens + 1)
            {
                throw new InvalidOperationException($"a request ended as {answer}; it was to write {tokens + 1} tokens: take other weights");
            }

            // The first word comes with the last of the prompt.
            steps.Add(answer.Usage.Writing.TotalMilliseconds / tokens);
        }

        return Median(steps);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
