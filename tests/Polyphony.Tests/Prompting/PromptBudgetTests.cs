using CsCheck;
using Polyphony.Prompting;

namespace Polyphony.Tests.Prompting;

public sealed class PromptBudgetTests
{
    private static readonly Gen<PromptNeed> Need = Gen.Select(Gen.Int[0, 60], Gen.Int[0, 200], Gen.Int[1, 100], Gen.Bool, (floor, more, priority, required) => new PromptNeed(floor, floor + more, priority, required));

    private static readonly Gen<(PromptNeed[] Needs, int Headroom)> Deal = Gen.Select(Need.Array[0, 8], Gen.Int[-5, 900], (needs, headroom) => (needs, headroom));

    [Theory]
    [InlineData(1_024, 128, 256)]
    [InlineData(2_048, 204, 512)]
    [InlineData(8_192, 512, 2_048)]
    [InlineData(32_768, 512, 4_000)]
    public void The_reserves_follow_the_window(int window, int system, int reply) => (PromptBudget.SystemReserve(window), PromptBudget.ReplyReserve(window)).ShouldBe((system, reply));

    [Fact]
    public void Floors_come_first_then_needs_and_results_stand_in_the_order_of_the_sources()
    {
        PromptNeed[] needs = [new(10, 100, 1), new(20, 20, 50), new(30, 30, 90), new(40, 80, 10, Required: true)];

        Dealt(needs, 130).ShouldBe(
        [
            new(12, AllocationState.FloorOnly), new(20, AllocationState.Satisfied), new(30, AllocationState.Satisfied), new(68, AllocationState.FloorOnly),
        ]);
    }

    [Fact]
    public void A_required_source_that_is_short_asks_for_help_and_an_optional_one_is_dropped()
    {
        var grants = new PromptGrant[2];

        PromptBudget.Allocate([new(10, 10, 99), new(40, 40, 1, Required: true)], 30, grants).ShouldBeFalse();
        grants.ShouldBe([new(0, AllocationState.Dropped), new(30, AllocationState.UnderProvisioned)]);
        PromptBudget.Allocate([new(10, 10, 99), new(40, 40, 1, Required: true)], 45, grants).ShouldBeTrue();
        grants.ShouldBe([new(0, AllocationState.Dropped), new(40, AllocationState.Satisfied)]);
    }

    [Fact]
    public void Nobody_gets_what_is_not_there_or_less_than_its_floor_or_more_than_it_needs() => Deal.Sample((needs, headroom) =>
    {
        var grants = Dealt(needs, headroom);

        grants.Sum(g => (long)g.Tokens).ShouldBeLessThanOrEqualTo(Math.Max(0, headroom));
        for (var i = 0; i < needs.Length; i++)
        {
            var (need, grant) = (needs[i], grants[i]);
            switch (grant.State)
            {
                case AllocationState.Satisfied: grant.Tokens.ShouldBe(need.Need); break;
                case AllocationState.FloorOnly: grant.Tokens.ShouldBeInRange(need.Floor, need.Need - 1); break;
                case AllocationState.Dropped: (grant.Tokens, need.Required).ShouldBe((0, false)); break;
                default: need.Required.ShouldBeTrue(); grant.Tokens.ShouldBeLessThan(need.Floor); break;
            }
        }
    });

    [Fact]
    public void Nothing_is_left_over_while_somebody_who_is_in_wants_more() => Deal.Sample((needs, headroom) =>
    {
        var grants = Dealt(needs, headroom);
        if (grants.Any(g => g.State == AllocationState.FloorOnly))
        {
            grants.Sum(g => g.Tokens).ShouldBe(Math.Max(0, headroom));
        }
    });

    [Fact]
    public void More_room_never_gives_less() => Deal.Sample((needs, headroom) =>
    {
        var (less, more) = (Dealt(needs, headroom), Dealt(needs, headroom + 1));

        more.Sum(g => g.Tokens).ShouldBeGreaterThanOrEqualTo(less.Sum(g => g.Tokens));
        var areTheSameIn = less.Zip(more).All(p => IsIn(p.First) == IsIn(p.Second));
        for (var i = 0; areTheSameIn && i < needs.Length; i++)
        {
            more[i].Tokens.ShouldBeGreaterThanOrEqualTo(less[i].Tokens);
        }

        static bool IsIn(PromptGrant g) => g.State is AllocationState.Satisfied or AllocationState.FloorOnly;
    });

    [Fact]
    public void The_order_of_the_sources_does_not_matter_where_their_priorities_differ() => Deal.Sample((needs, headroom) =>
    {
        var distinct = needs.DistinctBy(n => n.Priority).ToArray();
        var there = Dealt(distinct, headroom);
        var back = Dealt([.. distinct.Reverse()], headroom);

        back.Reverse().ShouldBe(there);
    });

    private static PromptGrant[] Dealt(PromptNeed[] needs, int headroom)
    {
        var grants = new PromptGrant[needs.Length];
        PromptBudget.Allocate(needs, headroom, grants);
        return grants;
    }
}
