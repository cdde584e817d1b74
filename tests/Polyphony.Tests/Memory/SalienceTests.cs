using CsCheck;
using Polyphony.Memory;

namespace Polyphony.Tests.Memory;

public sealed class SalienceTests
{
    private static readonly Gen<double> Saliences = Gen.Double[Salience.Floor, Salience.Pinned];

    [Fact]
    public void After_one_half_life_half_is_left_and_the_half_life_grows_with_salience()
    {
        Salience.After(0.5, TimeSpan.FromHours(1.5 * 1.5)).ShouldBe(0.25, 1e-9);
        Salience.After(1, TimeSpan.FromHours(4)).ShouldBe(0.5, 1e-9);
    }

    [Fact]
    public void It_never_rises_by_waiting_and_never_falls_below_its_floor() => Gen.Select(Saliences, Gen.Double[0, 10_000], Gen.Double[0, 10_000]).Sample((salience, hours, more) =>
    {
        var first = Salience.After(salience, TimeSpan.FromHours(hours));
        var later = Salience.After(salience, TimeSpan.FromHours(hours + more));
        return first <= salience + 1e-12 && later <= first + 1e-12 && later >= Salience.Floor;
    });

    [Fact]
    public void A_use_raises_it_by_a_tenth_at_most_and_never_to_more_than_one() => Saliences.Sample(salience =>
    {
        var used = Salience.Used(salience);
        return used <= salience + 0.1 + 1e-12 && used <= 1 && (salience == 1 || used > salience) && used - salience <= ((1 - salience) / 2) + 1e-12;
    });

    [Fact]
    public void Time_that_was_taken_in_already_does_not_count_again()
    {
        var remembrance = New();
        var later = DateTimeOffset.UnixEpoch.AddHours(2);
        remembrance.DecayTo(later);
        var once = remembrance.Salience;

        remembrance.DecayTo(later);
        remembrance.DecayTo(DateTimeOffset.UnixEpoch);

        remembrance.Salience.ShouldBe(once);
        once.ShouldBeLessThan(Salience.Default);
        remembrance.LastDecayed.ShouldBe(later);
    }

    [Fact]
    public void What_is_pinned_stands_at_one_for_ever_and_fades_from_the_moment_it_is_let_go()
    {
        var remembrance = New();
        remembrance.Pin();
        var late = DateTimeOffset.UnixEpoch.AddYears(1);
        remembrance.SalienceAt(late).ShouldBe(1);
        remembrance.DecayTo(late);
        remembrance.Use(late);
        remembrance.Salience.ShouldBe(1);

        remembrance.Unpin(late);

        remembrance.SalienceAt(late).ShouldBe(1);
        remembrance.SalienceAt(late.AddHours(4)).ShouldBe(0.5, 1e-9);
    }

    [Fact]
    public void A_use_is_counted_with_its_time()
    {
        var remembrance = New();
        remembrance.Use(DateTimeOffset.UnixEpoch);
        (remembrance.AccessCount, remembrance.LastAccessed).ShouldBe((1, DateTimeOffset.UnixEpoch));
        remembrance.Salience.ShouldBe(0.6, 1e-9);
    }

    [Fact]
    public void A_score_grows_with_salience_and_relevance_and_falls_with_age()
    {
        var score = RecallRanking.Score(0.5, TimeSpan.FromHours(1), 0.5);
        RecallRanking.Score(0.6, TimeSpan.FromHours(1), 0.5).ShouldBeGreaterThan(score);
        RecallRanking.Score(0.5, TimeSpan.FromHours(1), 0.6).ShouldBeGreaterThan(score);
        RecallRanking.Score(0.5, TimeSpan.FromHours(2), 0.5).ShouldBeLessThan(score);
        RecallRanking.Score(1, TimeSpan.FromDays(1), 1).ShouldBe(0.5);
    }

    private static Remembrance New() => new(
        new()
        {
            Id = new(1), Owner = new("persona:ada"), Kind = EngramKind.Episodic, Origin = new EngramOrigin.Said(new("#1"), new("human:hana"), 1),
            Content = "the key hangs behind the clock", Trust = EngramTrust.Person, At = DateTimeOffset.UnixEpoch,
        },
        1);
}
