using Polyphony.Llama.Engine;

namespace Polyphony.Llama.Tests;

public sealed class PrefixTreeTests
{
    private const int Sequences = 6;

    private readonly List<CacheChange> _changes = [];
    private readonly CacheModel _cache = new(int.MaxValue, Sequences);
    private readonly PrefixTree _tree;

    public PrefixTreeTests() => _tree = new(Enumerable.Range(0, Sequences), _changes);

    [Fact]
    public void A_prompt_that_goes_on_where_a_prefix_ends_continues_it_in_place()
    {
        var first = Kept([1, 2, 3]);
        Compute(first);

        var second = Kept([1, 2, 3, 4, 5]);

        second.ShouldBeSameAs(first);
        second.Pending.ShouldBe(2);
        _tree.Prefixes.Count.ShouldBe(1);
    }

    [Fact]
    public void A_prompt_that_leaves_a_prefix_in_the_middle_shares_its_cells_up_to_there()
    {
        var first = Kept([1, 2, 3, 4]);
        Compute(first);

        var second = Kept([1, 2, 9, 9, 9]);
        Apply();

        second.Pending.ShouldBe(3, "the first two are there");
        Compute(second);
        _cache.Cells.ShouldBe(4 + 3);
        _tree.Cells.ShouldBe(4 + 3);
        _cache.TokensOf(second.Sequence).ShouldBe([1, 2, 9, 9, 9]);
    }

    [Fact]
    public void A_branch_of_what_is_still_computed_waits_for_it_and_is_not_computed_twice()
    {
        var first = Kept([1, 2, 3, 4]);
        var second = Kept([1, 2, 3, 9]);
        Apply();
        second.Pending.ShouldBe(0, "it waits");

        Compute(first, 2);
        second.Pending.ShouldBe(0, "two of the three that it shares");
        Compute(first, 1);

        second.Pending.ShouldBe(1);
        second.Computed.ShouldBe(3);
    }

    [Fact]
    public void What_nobody_needs_any_more_is_not_computed_to_its_end()
    {
        var prefix = Kept([1, 2, 3, 4, 5, 6]);
        _tree.Pin(prefix, 4);
        Compute(prefix, 2);

        _tree.Release(prefix, 6);
        prefix.Tokens.ShouldBe([1, 2, 3, 4]);
        _tree.Release(prefix, 4);

        prefix.Tokens.ShouldBe([1, 2]);
        prefix.Pending.ShouldBe(0);
        _tree.Prefixes.ShouldBe([prefix], "what is computed may be of use");
    }

    [Fact]
    public void A_prefix_of_which_nothing_is_there_goes_with_the_last_that_wanted_it()
    {
        var first = Kept([1, 2, 3]);
        var second = Kept([1, 2, 9]);

        _tree.Release(first, 3);
        _tree.Prefixes.Count.ShouldBe(2, "the branch waits for two tokens of it");
        first.Tokens.ShouldBe([1, 2]);
        _tree.Release(second, 3);

        _tree.Prefixes.ShouldBeEmpty();
    }

    [Fact]
    public void What_is_let_go_first_saves_the_fewest_tokens_and_was_not_used_for_long()
    {
        var (large, small, used) = (Free([1, 1, 1, 1, 1, 1, 1, 1]), Free([2, 2]), Free([3, 3]));
        var pinned = Kept([4]);
        Compute(pinned);

        _tree.LeastValuable().ShouldBe(small);
        _tree.LeastValuable(except: small).ShouldBe(used);
        _tree.Remove(small);
        _tree.Remove(used);
        _tree.LeastValuable().ShouldBe(large);
        Should.Throw<InvalidOperationException>(() => _tree.Remove(pinned));
    }

    [Fact]
    public void A_branch_keeps_its_cells_when_what_it_branched_off_goes()
    {
        var trunk = Free([1, 2, 3, 4, 5]);
        var one = Free([1, 2, 3, 8]);
        var other = Free([1, 2, 9]);

        _tree.Remove(trunk);
        Apply();

        _tree.Cells.ShouldBe(4 + 1);
        _cache.Cells.ShouldBe(4 + 1);
        _tree.Find([1, 2, 9, 9]).ShouldBe(new(other, 3));
        _tree.Find([1, 2, 3, 4]).ShouldBe(new(one, 3));
    }

    // What this catches: a sequence or a cell that is lost or counted twice in whatever order prefixes come, wait, branch, are given up and go.
    [Fact]
    public void Ten_thousand_random_histories_agree_with_a_cache_told_cell_by_cell()
    {
        var (waited, branched, continued, handedDown, givenUp) = (0, 0, 0, 0, 0);
        for (var history = 0; history < 10_000; history++)
        {
            var random = new Random(history);
            var changes = new List<CacheChange>();
            var (tree, cache, uses) = (new PrefixTree(Enumerable.Range(0, Sequences), changes), new CacheModel(int.MaxValue, Sequences), new List<(Prefix Prefix, int Tokens)>());
            for (var i = 0; i < 24; i++)
            {
                Act(random, tree, cache, uses);
                tree.Advance();
                Apply(changes, cache);
                Agree(tree, cache);
            }

            foreach (var (prefix, tokens) in uses)
            {
                tree.Release(prefix, tokens);
            }

            while (tree.LeastValuable() is { } prefix)
            {
                tree.Remove(prefix);
            }

            Apply(changes, cache);
            (tree.Prefixes.Count, tree.Cells, cache.Cells).ShouldBe((0, 0, 0));
            for (var i = 0; i < Sequences; i++)
            {
                tree.HasSequence.ShouldBeTrue();
                tree.Keep([i], tree.Find([i]));
            }

            tree.HasSequence.ShouldBeFalse();
        }

        foreach (var seen in (int[])[waited, branched, continued, handedDown, givenUp])
        {
            seen.ShouldBeGreaterThan(1_000, "the histories have every case");
        }

        void Act(Random random, PrefixTree tree, CacheModel cache, List<(Prefix Prefix, int Tokens)> uses)
        {
            switch (random.Next(8))
            {
                case 0 or 1 or 2:
                    var tokens = Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(8) == 0 ? 1 : 0).ToArray();
                    var match = tree.Find(tokens);
                    if (match.Length < tokens.Length && !tree.HasSequence && match.Prefix?.Tokens.Length != match.Length)
                    {
                        return;
                    }

                    var before = tree.Prefixes.Count;
                    var prefix = match.Length == tokens.Length ? match.Prefix! : tree.Keep(tokens, match);
                    (branched, continued) = (branched + (tree.Prefixes.Count > before && match.Length > 0 ? 1 : 0), continued + (tree.Prefixes.Count == before && match.Length < tokens.Length ? 1 : 0));
                    waited += prefix.AwaitsParent && prefix.Parent!.Computed < prefix.Shared ? 1 : 0;
                    tree.Pin(prefix, tokens.Length);
                    uses.Add((prefix, tokens.Length));
                    return;
                case 3 or 4 or 5:
                    foreach (var pending in tree.Prefixes.Where(prefix => prefix.Pending > 0))
                    {
                        ComputeInto(cache, pending, random.Next(pending.Pending + 1));
                    }

                    return;
                case 6 when uses.Count > 0:
                    var use = uses[random.Next(uses.Count)];
                    uses.Remove(use);
                    var length = use.Prefix.Tokens.Length;
                    tree.Release(use.Prefix, use.Tokens);
                    givenUp += use.Prefix.Tokens.Length < length ? 1 : 0;
                    return;
                default:
                    if (tree.LeastValuable() is { } least)
                    {
                        handedDown += least.Branches.Count > 0 ? 1 : 0;
                        tree.Remove(least);
                    }

                    return;
            }
        }
    }

    private static void Agree(PrefixTree tree, CacheModel cache)
    {
        tree.Cells.ShouldBe(cache.Cells);
        tree.PromisedCells.ShouldBe(tree.PromisedCellsOf(_ => true));
        tree.PromisedCells.ShouldBe(DistinctBeginnings(tree.Prefixes));
        tree.PromisedCellsOf(prefix => prefix.IsPinned).ShouldBe(DistinctBeginnings(tree.Prefixes.Where(prefix => prefix.IsPinned)));
        foreach (var prefix in tree.Prefixes)
        {
            cache.TokensOf(prefix.Sequence).ShouldBe(prefix.Tokens[..prefix.Computed]);
            prefix.Needed.ShouldBeLessThanOrEqualTo(prefix.Tokens.Length);
        }
    }

    /// <summary>What prefixes take where each beginning that they have in common takes its cells once: the number of their different beginnings.</summary>
    private static int DistinctBeginnings(IEnumerable<Prefix> prefixes) =>
        prefixes.SelectMany(prefix => Enumerable.Range(1, prefix.Tokens.Length).Select(length => string.Join(' ', prefix.Tokens[..length]))).Distinct().Count();

    private Prefix Kept(int[] tokens)
    {
        var prefix = _tree.Keep(tokens, _tree.Find(tokens));
        _tree.Pin(prefix, tokens.Length);
        return prefix;
    }

    private Prefix Free(int[] tokens)
    {
        var prefix = Kept(tokens);
        Apply();
        Compute(prefix);
        _tree.Release(prefix, tokens.Length);
        return prefix;
    }

    private void Compute(Prefix prefix, int? tokens = null)
    {
        Apply();
        ComputeInto(_cache, prefix, tokens ?? prefix.Pending);
        Apply();
    }

    private void Apply()
    {
        _tree.Advance();
        Apply(_changes, _cache);
    }

    private static void Apply(List<CacheChange> changes, CacheModel cache)
    {
        changes.ForEach(change => change.ApplyTo(cache));
        changes.Clear();
    }

    private static void ComputeInto(CacheModel cache, Prefix prefix, int tokens)
    {
        if (tokens == 0)
        {
            return;
        }

        var batch = new LlamaBatch();
        batch.AddRange(prefix.Tokens.AsSpan(prefix.Computed, tokens), prefix.Computed, prefix.Sequence);
        cache.Decode(batch);
        prefix.Computed += tokens;
    }
}
