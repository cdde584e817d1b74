namespace Polyphony.Llama.Tests;

public sealed class LlamaContextTests
{
    private const double Tolerance = 1e-3;

    private static readonly LlamaContextOptions Small = new() { ContextTokens = 512, BatchTokens = 128, MicroBatchTokens = 128, Sequences = 4, Outputs = 4, Threads = 1, FullPrecision = true };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_same_batch_twice_gives_the_same_bits(bool fullPrecision)
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        var tokens = model.Tokenize("The minibus to the harbour stops here.");

        var first = Logits(model, tokens, Small with { FullPrecision = fullPrecision });
        var second = Logits(model, tokens, Small with { FullPrecision = fullPrecision });

        first.ShouldBe(second);
        first.ShouldAllBe(logit => float.IsFinite(logit));
        first.Distinct().Count().ShouldBeGreaterThan(100, "a model whose logits are all alike would agree with anything");
    }

    [Fact]
    public void A_shared_prefix_is_the_same_as_the_full_prompt_alone()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        var (prefix, tails) = (model.Tokenize("Everybody heard this. "), new[] { "Anahit thinks", "Kudzai asks", "nobody" }.Select(model.Tokenize).ToArray());
        using var context = LlamaContext.Create(model, Small);
        var batch = new LlamaBatch();
        batch.AddRange(prefix, 0, 0);
        context.Decode(batch);

        batch.Clear();
        var rows = new List<int>();
        for (var i = 0; i < tails.Length; i++)
        {
            context.CopySequence(0, i + 1);
            rows.Add(batch.AddRange(tails[i], prefix.Length, i + 1, outputOfLast: true));
        }

        context.Decode(batch);

        for (var i = 0; i < tails.Length; i++)
        {
            var alone = Logits(model, [.. prefix, .. tails[i]]);
            Difference(context.Logits(rows[i]), alone).ShouldBeLessThan(Tolerance);
            context.Greedy(rows[i]).ShouldBe(Array.IndexOf(alone, alone.Max()));
            Difference(context.Logits(rows[i]), Logits(model, tails[i])).ShouldBeGreaterThan(0.1, "a prefix that is not seen would make no difference");
        }
    }

    [Fact]
    public void What_was_removed_is_as_if_it_had_never_been()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        using var context = LlamaContext.Create(model, Small);
        var (kept, dropped, next) = (model.Tokenize("kept "), model.Tokenize("dropped"), model.Tokenize("then"));
        var batch = new LlamaBatch();
        batch.AddRange([.. kept, .. dropped], 0, 2);
        context.Decode(batch);

        context.RemoveSequence(2, kept.Length);
        context.NextPosition(2).ShouldBe(kept.Length);
        batch.Clear();
        var row = batch.AddRange(next, kept.Length, 2, outputOfLast: true);
        context.Decode(batch);

        Difference(context.Logits(row), Logits(model, [.. kept, .. next])).ShouldBeLessThan(Tolerance);
        context.RemoveSequence(2);
        context.NextPosition(2).ShouldBe(0);
    }

    // What this catches: each of these ends the process, or is taken silently, where native code is asked.
    [Fact]
    public void What_would_end_the_process_is_refused_and_the_context_goes_on()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        using var context = LlamaContext.Create(model, Small);

        Refused(_ => { }).ShouldBe(LlamaFault.BatchSize);
        Refused(batch => batch.AddRange(new int[129], 0, 0)).ShouldBe(LlamaFault.BatchSize);
        Refused(batch => Enumerable.Range(0, 5).ToList().ForEach(i => batch.Add(1, i, 0, output: true))).ShouldBe(LlamaFault.BatchSize);
        Refused(batch => batch.Add(model.VocabularySize, 0, 0)).ShouldBe(LlamaFault.TokenOutOfRange);
        Refused(batch => batch.Add(-1, 0, 0)).ShouldBe(LlamaFault.TokenOutOfRange);
        Refused(batch => batch.Add(1, 0, 4)).ShouldBe(LlamaFault.TooManySequences);
        Refused(batch => batch.Add(1, 0, -1)).ShouldBe(LlamaFault.TooManySequences);
        Refused(batch => batch.Add(1, 1, 0)).ShouldBe(LlamaFault.PositionOutOfOrder);
        Refused(batch => batch.AddRange([1, 2], 0, 0).ShouldBe(batch.Add(3, 1, 0) - 1)).ShouldBe(LlamaFault.PositionOutOfOrder);
        Engine.FaultOf(() => context.CopySequence(0, 4)).ShouldBe(LlamaFault.TooManySequences);
        Engine.FaultOf(() => context.CopySequence(0, 1, tokens: 1)).ShouldBe(LlamaFault.PositionOutOfOrder);
        Engine.FaultOf(() => context.RemoveSequence(-1)).ShouldBe(LlamaFault.TooManySequences);
        Engine.FaultOf(() => context.NextPosition(4)).ShouldBe(LlamaFault.TooManySequences);
        Should.Throw<ArgumentException>(() => context.Logits(0));
        context.NextPosition(0).ShouldBe(0);

        var good = new LlamaBatch();
        good.Add(1, 0, 0, output: true);
        context.Decode(good);
        context.Logits(0).Length.ShouldBe(model.VocabularySize);
        context.CopySequence(0, 1);
        Engine.FaultOf(() => context.CopySequence(0, 1)).ShouldBe(LlamaFault.PositionOutOfOrder);
        Should.Throw<ArgumentException>(() => context.Logits(1));

        LlamaFault Refused(Action<LlamaBatch> fill)
        {
            var batch = new LlamaBatch();
            fill(batch);
            return Engine.FaultOf(() => context.Decode(batch));
        }
    }

    // What this catches: the library takes no more tokens at once than its cache has cells, whatever was asked for, and ends the process for one more.
    [Fact]
    public void A_batch_larger_than_the_cache_is_refused()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        using var context = LlamaContext.Create(model, Small with { ContextTokens = 64, BatchTokens = 512 });
        var batch = new LlamaBatch();
        batch.AddRange(new int[context.Cells + 1], 0, 0);

        context.BatchTokens.ShouldBeLessThanOrEqualTo(context.Cells);
        Engine.FaultOf(() => context.Decode(batch)).ShouldBe(LlamaFault.BatchSize);
    }

    // What this catches: the library reserves a row of logits for each sequence, whatever was asked for, and ends the process where it was promised fewer.
    [Fact]
    public void A_context_may_have_more_sequences_than_rows_of_logits()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        using var context = LlamaContext.Create(model, Small with { Sequences = 9, Outputs = 2 });
        var batch = new LlamaBatch();
        batch.Add(1, 0, 8, output: true);

        context.Decode(batch);

        context.Greedy(0).ShouldBeInRange(0, model.VocabularySize - 1);
        batch.Clear();
        Enumerable.Range(0, 3).ToList().ForEach(sequence => batch.Add(1, 0, sequence, output: true));
        Engine.FaultOf(() => context.Decode(batch)).ShouldBe(LlamaFault.BatchSize);
    }

    [Fact]
    public void A_full_cache_is_told_and_takes_nothing()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        using var context = LlamaContext.Create(model, Small with { ContextTokens = 256 });
        var batch = new LlamaBatch();
        for (var sequence = 0; sequence < context.Cells / 128; sequence++)
        {
            batch.Clear();
            batch.AddRange(new int[128], 0, sequence);
            context.Decode(batch);
        }

        batch.Clear();
        batch.Add(1, 128, 0);
        Engine.FaultOf(() => context.Decode(batch)).ShouldBe(LlamaFault.CacheFull);
        context.NextPosition(0).ShouldBe(128);
        context.RemoveSequence(1);
        context.Decode(batch);
        context.NextPosition(0).ShouldBe(129);
    }

    [Fact]
    public void A_context_that_does_not_fit_is_refused_before_its_memory_is_taken()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);

        var refused = Should.Throw<LlamaException>(() => LlamaContext.Create(model, Small with { ContextTokens = int.MaxValue }, () => 8L << 30));
        using var fits = LlamaContext.Create(model, Small, () => 8L << 30);

        refused.Fault.ShouldBe(LlamaFault.NotEnoughMemory);
        refused.Message.ShouldContain("8192 MiB are available");
        model.CacheBytesPerToken.ShouldBe(2 * 2 * (16 + 16) * 2, "blocks × heads of keys × (key + value) × bytes");
        Native.MemoryNeed.Available().ShouldBeInRange(1 << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }

    [Fact]
    public void More_sequences_than_there_can_be_are_refused()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);

        Engine.FaultOf(() => LlamaContext.Create(model, Small with { Sequences = model.Library.MaxSequences + 1 })).ShouldBe(LlamaFault.TooManySequences);
        Should.Throw<ArgumentException>(() => LlamaContext.Create(model, Small with { Sequences = 0 }));
        Should.Throw<ArgumentException>(() => LlamaContext.Create(model, Small with { MicroBatchTokens = 129 }));
    }

    [Fact]
    public void A_context_outlives_the_disposal_of_its_model_and_not_its_own()
    {
        using var scratch = new Scratch();
        var model = Engine.Open(scratch);
        using var context = LlamaContext.Create(model, Small);
        model.Dispose();
        var batch = new LlamaBatch();
        batch.Add(1, 0, 0, output: true);

        context.Decode(batch);
        context.Greedy(0).ShouldBeInRange(0, model.VocabularySize - 1);
        context.Dispose();

        Should.Throw<ObjectDisposedException>(() => context.Decode(batch));
        Should.Throw<ObjectDisposedException>(() => model.Tokenize("gone"));
    }

    private static float[] Logits(LlamaModel model, int[] tokens, LlamaContextOptions? options = null)
    {
        using var context = LlamaContext.Create(model, options ?? Small);
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
            most = Math.Max(most, Math.Abs(one[i] - other[i]));
        }

        return most;
    }
}
