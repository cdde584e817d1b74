using CsCheck;
using Polyphony.Turns;

namespace Polyphony.Tests.Turns;

public sealed class LatencyHistogramTests
{
    private const long Millisecond = 1_000_000;

    [Fact]
    public void Count_minimum_maximum_and_mean_of_10_50_and_30_are_exact()
    {
        var histogram = Of(10 * Millisecond, 50 * Millisecond, 30 * Millisecond);

        (histogram.Count, histogram.MinUs, histogram.MaxUs, histogram.MeanUs).ShouldBe((3, 10_000, 50_000, 30_000));
    }

    [Fact]
    public void Without_a_sample_there_is_no_number()
    {
        var histogram = new LatencyHistogram();

        (histogram.Count, histogram.MinUs, histogram.MaxUs, histogram.MeanUs, histogram.PercentileUs(50)).ShouldBe((0, null, null, null, null));
    }

    [Fact]
    public void A_negative_duration_counts_as_zero() => Of(-5).MaxUs.ShouldBe(0);

    [Fact]
    public void Very_large_values_do_not_overflow()
    {
        var histogram = Of(long.MaxValue, long.MaxValue, 1);

        histogram.Count.ShouldBe(3);
        histogram.MaxUs.ShouldBe(long.MaxValue / 1e3);
        histogram.MeanUs.ShouldNotBeNull().ShouldBeGreaterThan(0);
        histogram.PercentileUs(99).ShouldBe(long.MaxValue / 1e3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(100.1)]
    public void A_percentile_outside_its_range_is_misuse(double percent) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new LatencyHistogram().PercentileUs(percent));

    [Fact]
    public void A_percentile_lies_between_the_smallest_and_the_largest_sample()
    {
        // What this catches: the middle of a bucket is below all samples that are in its upper half.
        var histogram = Of(50_066_000, 50_070_000, 50_480_000);

        histogram.PercentileUs(50).ShouldBe(50_066);
        histogram.PercentileUs(100).ShouldNotBeNull().ShouldBeInRange(50_066, 50_480);
    }

    [Fact]
    public void A_percentile_is_within_1_6_percent_of_the_true_value()
    {
        // Durations of every order of magnitude up to a day, so that each octave is met.
        var duration = Gen.Select(Gen.Int[0, 46], Gen.Double[1, 2], (octave, part) => (long)(Math.Pow(2, octave) * part));
        Gen.Select(duration.Array[1, 200], Gen.Double[0.1, 100]).Sample((samples, percent) =>
        {
            var rank = (int)Math.Ceiling(samples.Length * percent / 100);
            double truth = samples.Order().ElementAt(rank - 1);
            var told = Of(samples).PercentileUs(percent)!.Value * 1e3;
            Math.Abs(told - truth).ShouldBeLessThanOrEqualTo(Math.Max(truth * 0.016, 1e-3), $"{told} for {truth} at {percent} %");
        });
    }

    [Fact]
    public void Percentiles_never_fall_and_end_at_the_maximum() =>
        Gen.Long[0, 100 * Millisecond].Array[1, 50].Sample(samples =>
        {
            var histogram = Of(samples);
            double[] told = [.. new[] { 1.0, 50, 90, 99, 99.9, 100 }.Select(p => histogram.PercentileUs(p)!.Value)];
            told.ShouldBe(told.Order());
            told[^1].ShouldBeLessThanOrEqualTo(histogram.MaxUs!.Value);
        });

    private static LatencyHistogram Of(params long[] nanoseconds)
    {
        var histogram = new LatencyHistogram();
        foreach (var value in nanoseconds)
        {
            histogram.RecordNanoseconds(value);
        }

        return histogram;
    }
}
