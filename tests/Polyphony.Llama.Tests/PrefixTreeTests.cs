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
        var seen = new Dictionary<string, int>();
        for (var seed = 0; seed < 10_000; seed++)
        {
            var history = new History(seed, seen);
            for (var i = 0; i < 24; i++)
            {
                history.Act();
                history.Agrees();
            }

            history.EndsEmpty();
        }

        foreach (var what in (string[])["branched", "continued", "waited", "given up", "handed down"])
        {
            seen.GetValueOrDefault(what).ShouldBeGreaterThan(1_000, $"the histories have every case, also what is {what}");
        }
    }

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

    /// <summary>A tree that random things happen to, and a cache beside it.</summary>
    private sealed class History
    {
        private readonly List<CacheChange> _changes = [];
        private readonly CacheModel _cache = new(int.MaxValue, Sequences);
        private readonly List<(Prefix Prefix, int Tokens)> _uses = [];
        private readonly PrefixTree _tree;
        private readonly Random _random;
        private readonly Dictionary<string, int> _seen;

        public History(int seed, Dictionary<string, int> seen) => (_tree, _random, _seen) = (new(Enumerable.Range(0, Sequences), _changes), new(seed), seen);

        public void Act()
        {
            switch (_random.Next(8))
            {
                case 0 or 1 or 2:
                    Arrive([.. Enumerable.Range(0, _random.Next(1, 12)).Select(_ => _random.Next(8) == 0 ? 1 : 0)]);
                    break;
                case 3 or 4 or 5:
                    foreach (var pending in _tree.Prefixes.Where(prefix => prefix.Pending > 0))
                    {
                        ComputeInto(_cache, pending, _random.Next(pending.Pending + 1));
                    }

                    break;
                case 6 when _uses.Count > 0:
                    var use = _uses[_random.Next(_uses.Count)];
                    _uses.Remove(use);
                    var length = use.Prefix.Tokens.Length;
                    _tree.Release(use.Prefix, use.Tokens);
                    See("given up", use.Prefix.Tokens.Length < length);
                    break;
                default:
                    if (_tree.LeastValuable() is { } least)
                    {
                        See("handed down", least.Branches.Count > 0);
                        _tree.Remove(least);
                    }

                    break;
            }

            _tree.Advance();
            Apply(_changes, _cache);
        }

        public void Agrees()
        {
            _tree.Cells.ShouldBe(_cache.Cells);
            _tree.PromisedCells.ShouldBe(_tree.PromisedCellsOf(_ => true));
            _tree.PromisedCells.ShouldBe(DistinctBeginnings(_tree.Prefixes));
            _tree.PromisedCellsOf(prefix => prefix.IsPinned).ShouldBe(DistinctBeginnings(_tree.Prefixes.Where(prefix => prefix.IsPinned)));
            foreach (var prefix in _tree.Prefixes)
            {
                _cache.TokensOf(prefix.Sequence).ShouldBe(prefix.Tokens[..prefix.Computed]);
                prefix.Needed.ShouldBeLessThanOrEqualTo(prefix.Tokens.Length);
            }
        }

        public void EndsEmpty()
        {
            _uses.ForEach(use => _tree.Release(use.Prefix, use.Tokens));
            while (_tree.LeastValuable() is { } prefix)
            {
                _tree.Remove(prefix);
            }

            Apply(_changes, _cache);
            (_tree.Prefixes.Count, _tree.Cells, _cache.Cells).ShouldBe((0, 0, 0));
            for (var i = 0; i < Sequences; i++)
            {
                _tree.HasSequence.ShouldBeTrue();
                _tree.Keep([i], _tree.Find([i]));
            }

            _tree.HasSequence.ShouldBeFalse();
        }

        private void Arrive(int[] tokens)
        {
            var match = _tree.Find(tokens);
            var (isThere, isContinued) = (match.Length == tokens.Length, match.Prefix?.Tokens.Length == match.Length);
            if (!isThere && !isContinued && !_tree.HasSequence)
            {
                return;
            }

            var prefix = isThere ? match.Prefix! : _tree.Keep(tokens, match);
            See("continued", !isThere && isContinued);
            See("branched", !isThere && !isContinued && match.Length > 0);
            See("waited", prefix.AwaitsParent && prefix.Parent!.Computed < prefix.Shared);
            _tree.Pin(prefix, tokens.Length);
            _uses.Add((prefix, tokens.Length));
        }

        private void See(string what, bool isSeen) => _seen[what] = _seen.GetValueOrDefault(what) + (isSeen ? 1 : 0);

        /// <summary>What prefixes take where each beginning that they have in common takes its cells once: the number of their different beginnings.</summary>
        private static int DistinctBeginnings(IEnumerable<Prefix> prefixes) =>
            prefixes.SelectMany(prefix => Enumerable.Range(1, prefix.Tokens.Length).Select(length => string.Join(' ', prefix.Tokens[..length]))).Distinct().Count();
    }
}
