using System.Diagnostics;
using Polyphony.Llama;

namespace Polyphony.Cli.Doctor;

/// <summary>Checks one model on the engine, and measures it.</summary>
internal sealed class EngineCheckup(LlamaModel model, bool isMade)
{
    private const string Sample = "Good evening, Zoë: \"who waits at the harbour?\" 日本語 🎻\n";
    private const string Mark = "<|im_start|>";
    private const double MadeTolerance = 1e-3;

    // Another plan of batches rounds 16-bit numbers in another order. A prefix that is not seen differs by about as much as the logits themselves.
    private const double GivenTolerance = 0.1;
    private const int PrefillTokens = 256;
    private const int DecodeTokens = 32;
    private const int Rounds = 5;
    private const int Lanes = 4;

    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(2);

    private static readonly LlamaContextOptions Size = new() { ContextTokens = 1024, BatchTokens = PrefillTokens, MicroBatchTokens = PrefillTokens, Sequences = Lanes };

    // A model that is given is checked as a room would use it.
    private LlamaContextOptions Checked => Size with { FullPrecision = isMade };

    public IReadOnlyList<EngineCheck> Checks(CancellationToken cancel)
    {
        var text = CheckText();
        cancel.ThrowIfCancellationRequested();
        var (tokens, prefix) = Prompt();
        var alone = Alone(tokens);
        cancel.ThrowIfCancellationRequested();
        var again = CheckSame(alone, Alone(tokens));
        cancel.ThrowIfCancellationRequested();
        return [text, again, CheckShared(alone, tokens, prefix)];
    }

    public EngineSpeed Measure(double loadMs, CancellationToken cancel)
    {
        using var context = LlamaContext.Create(model, Size);
        var tokens = Enumerable.Repeat(model.Tokenize(Sample), PrefillTokens).SelectMany(t => t).Take(PrefillTokens).ToArray();
        var batch = new LlamaBatch();
        var (prefill, decode) = (double.MaxValue, double.MaxValue);
        var started = Stopwatch.GetTimestamp();
        for (var round = 0; round < Rounds && (round == 0 || Stopwatch.GetElapsedTime(started) < LongEnough); round++)
        {
            context.RemoveSequence(0);
            batch.Clear();
            var row = batch.AddRange(tokens, 0, 0, outputOfLast: true);
            cancel.ThrowIfCancellationRequested();
            prefill = Math.Min(prefill, SecondsOf(() => context.Decode(batch)));
            decode = Math.Min(decode, SecondsOf(() => Generate(context, batch, row, cancel)));
        }

        return new(Size.Threads, loadMs, tokens.Length, tokens.Length / prefill, DecodeTokens, DecodeTokens / decode);
    }

    private static void Generate(LlamaContext context, LlamaBatch batch, int row, CancellationToken cancel)
    {
        for (var i = 0; i < DecodeTokens; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var token = context.Greedy(row);
            batch.Clear();
            row = batch.Add(token, PrefillTokens + i, 0, output: true);
            context.Decode(batch);
        }
    }

    private EngineCheck CheckText()
    {
        var comesBack = model.Detokenize(model.Tokenize(Sample)).TrimStart(' ') == Sample;
        var staysText = model.TokenizeMarkup(Mark) is not [var mark] || !model.Tokenize(Sample + Mark).Contains(mark);
        return new("text", comesBack && staysText, (comesBack, staysText) switch
        {
            (false, _) => "a text does not come back from its tokens",
            (_, false) => $"a {Mark} that somebody wrote becomes a mark of the template",
            _ => "comes back from its tokens, and what looks like a mark in it stays text",
        });
    }

    private static EngineCheck CheckSame(float[] one, float[] other)
    {
        if (!one.All(float.IsFinite))
        {
            return new("same batch", false, "its logits are no numbers");
        }

        var same = one.AsSpan().SequenceEqual(other);
        return new("same batch", same, same ? "twice gives the same bits" : "twice does not give the same bits", Difference(one, other), 0);
    }

    /// <summary>The lanes are decoded together, so that it is also seen that they do not see each other.</summary>
    private EngineCheck CheckShared(float[] alone, int[] tokens, int prefix)
    {
        using var context = LlamaContext.Create(model, Checked);
        var batch = new LlamaBatch();
        batch.AddRange(tokens.AsSpan(0, prefix), 0, 0);
        context.Decode(batch);
        batch.Clear();
        var row = 0;
        for (var lane = 1; lane < Lanes; lane++)
        {
            context.CopySequence(0, lane);
            int[] tail = lane == 2 ? tokens[prefix..] : [.. tokens[prefix..].Reverse()];
            var last = batch.AddRange(tail, prefix, lane, outputOfLast: true);
            row = lane == 2 ? last : row;
        }

        context.Decode(batch);
        var difference = Difference(context.Logits(row), alone);
        var tolerance = isMade ? MadeTolerance : GivenTolerance * Math.Sqrt(alone.Average(logit => (double)logit * logit));
        return new(
            "shared prefix",
            difference <= tolerance,
            FormattableString.Invariant($"copied to {Lanes - 1} lanes, logits are {difference:0.0e+0} off those of the full prompt alone; {tolerance:0.0e+0} is allowed"),
            difference,
            tolerance);
    }

    private (int[] Tokens, int Prefix) Prompt()
    {
        var prefix = model.Tokenize(Sample);
        return ([.. prefix, .. model.Tokenize("Anahit, will you answer?")], prefix.Length);
    }

    private float[] Alone(int[] tokens)
    {
        using var context = LlamaContext.Create(model, Checked);
        var batch = new LlamaBatch();
        var row = batch.AddRange(tokens, 0, 0, outputOfLast: true);
        context.Decode(batch);
        return context.Logits(row).ToArray();
    }

    private static double Difference(ReadOnlySpan<float> one, float[] other)
    {
        var most = 0.0;
        for (var i = 0; i < one.Length; i++)
        {
            var difference = Math.Abs((double)one[i] - other[i]);
            most = difference > most || double.IsNaN(difference) ? difference : most;
        }

        return most;
    }

    private static double SecondsOf(Action act)
    {
        var started = Stopwatch.GetTimestamp();
        act();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
