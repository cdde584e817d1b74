using Polyphony.Llama.Engine;

namespace Polyphony.Llama.Tests;

public sealed class TokenSamplerTests
{
    [Fact]
    public void The_likeliest_is_the_lowest_of_several_wherever_it_stands()
    {
        for (var length = 1; length < 70; length++)
        {
            for (var at = 0; at < length; at++)
            {
                var logits = new float[length];
                logits.AsSpan().Fill(-3);
                logits[at] = 2;
                logits[^1] = 2;

                new TokenSampler(Sampling.Greedy, length).Choose(logits).ShouldBe(at);
            }
        }
    }

    [Fact]
    public void What_is_drawn_is_as_frequent_as_the_softmax_of_the_likeliest_says()
    {
        var logits = new float[200];
        logits.AsSpan().Fill(-5);
        (logits[7], logits[90], logits[150]) = (3, 2, 1);
        var drawn = Draw(new(Temperature: 2, TopK: 3, TopP: 1, Seed: 5), logits, 20_000);

        var weights = new[] { 3, 2, 1 }.Select(logit => Math.Exp(logit / 2.0)).ToArray();
        drawn.Keys.Order().ToArray().ShouldBe([7, 90, 150]);
        (drawn[7] / 20_000.0).ShouldBe(weights[0] / weights.Sum(), 0.02);
        (drawn[90] / 20_000.0).ShouldBe(weights[1] / weights.Sum(), 0.02);
    }

    [Fact]
    public void Of_the_likeliest_only_those_count_that_have_the_probability_together()
    {
        var logits = new float[100];
        logits.AsSpan().Fill(float.NegativeInfinity);
        (logits[3], logits[50], logits[60]) = ((float)Math.Log(0.5), (float)Math.Log(0.3), (float)Math.Log(0.2));

        Draw(new(1, 100, 0.4f, 1), logits, 500).Keys.ToArray().ShouldBe([3]);
        Draw(new(1, 100, 0.7f, 1), logits, 500).Keys.Order().ToArray().ShouldBe([3, 50]);
        Draw(new(1, 100, 1, 1), logits, 500).Keys.Order().ToArray().ShouldBe([3, 50, 60], "what is −∞ is never drawn");
    }

    [Fact]
    public void The_heap_finds_the_likeliest_as_sorting_does()
    {
        var random = new Random(4);
        for (var i = 0; i < 500; i++)
        {
            var logits = Enumerable.Range(0, random.Next(1, 90)).Select(_ => (float)random.Next(12)).ToArray();
            var k = random.Next(2, 100);
            var expected = Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token]).ThenBy(token => token).Take(k).ToHashSet();

            Draw(new(1e6f, k, 1, (ulong)i), logits, 2_000).Keys.Except(expected).ShouldBeEmpty();
            logits[new TokenSampler(new(1e-6f, k, 1, (ulong)i), logits.Length).Choose(logits)].ShouldBe(logits.Max());
        }
    }

    [Fact]
    public void The_same_seed_draws_the_same_and_another_does_not()
    {
        var logits = Enumerable.Range(0, 100).Select(i => i % 7 / 3f).ToArray();
        int[] Drawn(ulong seed)
        {
            var sampler = new TokenSampler(new(1, 50, 0.95f, seed), logits.Length);
            return [.. Enumerable.Range(0, 40).Select(_ => sampler.Choose(logits))];
        }

        Drawn(1).ShouldBe(Drawn(1));
        Drawn(1).ShouldNotBe(Drawn(2));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Where_there_is_no_number_there_is_no_token(float logit)
    {
        var logits = new float[33];
        logits.AsSpan().Fill(float.NegativeInfinity);
        logits[20] = logit;

        new TokenSampler(Sampling.Greedy, 33).Choose(logits).ShouldBe(TokenSampler.None);
        new TokenSampler(new(1, 5, 1, 1), 33).Choose(logits).ShouldBe(TokenSampler.None);
    }

    [Fact]
    public void A_choice_allocates_nothing()
    {
        var logits = Enumerable.Range(0, 4_000).Select(i => i * 37 % 1_000 / 100f).ToArray();
        var (greedy, drawing) = (new TokenSampler(Sampling.Greedy, logits.Length), new TokenSampler(new(1, 40, 0.9f, 1), logits.Length));
        var sum = greedy.Choose(logits) + drawing.Choose(logits);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            sum += greedy.Choose(logits) + drawing.Choose(logits);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        sum.ShouldBeGreaterThan(0);
    }

    private static Dictionary<int, int> Draw(Sampling sampling, float[] logits, int times)
    {
        var sampler = new TokenSampler(sampling, logits.Length);
        return Enumerable.Range(0, times).Select(_ => sampler.Choose(logits)).CountBy(token => token).ToDictionary();
    }
}
