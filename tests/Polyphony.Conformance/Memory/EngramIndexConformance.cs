using Polyphony.Memory;

namespace Polyphony.Conformance.Memory;

/// <summary>What every index keeps. An index passes this suite, or it is none.</summary>
public abstract class EngramIndexConformance
{
    /// <summary>An empty index.</summary>
    protected abstract ValueTask<IEngramIndex> OpenAsync();

    [Fact]
    public async Task Nothing_is_found_in_nothing()
    {
        var index = await OpenAsync();
        (await index.SearchAsync("anything", 10)).ShouldBeEmpty();
        await index.RemoveAsync([1, 2, 3]);
    }

    [Fact]
    public async Task The_text_with_more_of_the_words_comes_first_and_one_without_any_does_not_come()
    {
        var index = await WithAsync("the greenhouse key", "a key", "tomatoes", "the greenhouse key hangs behind the clock", "nothing", "to see", "here");

        (await KeysAsync(index, "greenhouse clock")).ShouldBe([4L, 1L]);
    }

    [Fact]
    public async Task A_rare_word_says_more_than_one_that_is_everywhere()
    {
        var index = await WithAsync("cat dog", "cat bird", "cat fish", "cat cow", "horse goat", "pig hen", "duck crow");

        (await KeysAsync(index, "cat bird"))[0].ShouldBe(2);
    }

    [Fact]
    public async Task Of_two_with_the_same_words_the_shorter_comes_first_and_of_equal_ones_the_newer()
    {
        var index = await WithAsync("key clock wall door stairs", "key", "key", "one", "two", "three", "four", "five");

        (await KeysAsync(index, "KEY")).ShouldBe([3L, 2L, 1L]);
    }

    [Fact]
    public async Task Scores_are_above_zero_and_fall_and_the_limit_holds()
    {
        var index = await WithAsync([.. Enumerable.Range(1, 50).Select(i => $"word{i % 7} common text {i}")]);
        var hits = await index.SearchAsync("common word3 text", 10);

        hits.Count.ShouldBe(10);
        hits.ShouldAllBe(h => h.Score > 0);
        hits.Select(h => h.Score).ShouldBe(hits.Select(h => h.Score).OrderDescending());
        (await index.SearchAsync("common", 0)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_removed_is_not_found_and_what_is_added_again_takes_its_place()
    {
        var index = await WithAsync("the greenhouse key", "the garden gate");
        await index.RemoveAsync([1, 99]);
        (await KeysAsync(index, "greenhouse key")).ShouldBeEmpty();
        (await KeysAsync(index, "gate")).ShouldBe([2L]);

        await index.AddAsync([new(2, "a blue bicycle")]);
        (await KeysAsync(index, "gate")).ShouldBeEmpty();
        (await KeysAsync(index, "bicycle")).ShouldBe([2L]);
    }

    [Theory]
    [InlineData("\"")]
    [InlineData("key\"")]
    [InlineData("* key")]
    [InlineData("key AND OR NOT NEAR(x, 2)")]
    [InlineData("terms: key ^ key + key")]
    [InlineData("{a b} : key")]
    [InlineData("'; DROP TABLE words; -- key")]
    [InlineData("-key")]
    [InlineData("\0key\ud800")]
    public async Task Operators_in_a_search_are_data(string text)
    {
        var index = await WithAsync("the key", "the gate");

        (await KeysAsync(index, text)).ShouldBe(text == "\"" ? [] : [1L]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("?!… —")]
    public async Task A_search_without_a_word_finds_nothing(string text) => (await KeysAsync(await WithAsync("the key", ""), text)).ShouldBeEmpty();

    [Theory]
    [InlineData("Žluťoučký kůň", "KŮŇ")]
    [InlineData("Ключ от дома", "ключ")]
    [InlineData("鍵は時計の後ろにあります", "時計")]
    [InlineData("温室", "温室")]
    [InlineData("don\u2019t forget", "dont")]
    [InlineData("चाबी घड़ी के पीछे", "घड़ी")]
    [InlineData("flight 447 at noon", "447")]
    public async Task Words_of_every_script_are_found(string text, string search) =>
        (await KeysAsync(await WithAsync("something else", text, "and more"), search)).ShouldBe([2L]);

    [Fact]
    public async Task A_text_of_100_KB_is_found_by_a_word_in_it_and_searched_for_whole()
    {
        var text = string.Join(' ', Enumerable.Range(0, 14_000).Select(i => $"w{i:x5}"));
        var index = await WithAsync("short", text);

        (await KeysAsync(index, "w00abc")).ShouldBe([2L]);
        (await KeysAsync(index, text)).ShouldBe([2L]);
    }

    [Fact]
    public async Task A_word_that_is_in_more_texts_than_a_search_looks_at_finds_the_newest()
    {
        var index = await OpenAsync();
        await index.AddAsync([.. Enumerable.Range(1, IEngramIndex.SearchBudget + 500).Select(i => new IndexedText(i, "same"))]);

        var keys = await KeysAsync(index, "same");

        keys.Count.ShouldBe(10);
        keys.ShouldAllBe(k => k > 500);
    }

    [Fact]
    public async Task A_word_that_has_become_common_since_it_was_last_searched_for_finds_the_newest_of_its_texts()
    {
        var index = await WithAsync("same", "same");
        (await KeysAsync(index, "same")).ShouldBe([2L, 1L]);
        await index.AddAsync([.. Enumerable.Range(3, 20).Select(i => new IndexedText(i, "same"))]);

        (await index.SearchAsync("same", 100, budget: 5)).Select(h => h.Key).ShouldBe([22L, 21, 20, 19, 18]);
    }

    [Fact]
    public async Task Of_a_common_word_some_of_whose_texts_were_removed_the_newest_that_are_left_are_found()
    {
        var index = await WithAsync([.. Enumerable.Range(1, 400).Select(_ => "same")]);
        await index.RemoveAsync([.. Enumerable.Range(1, 400).Where(i => i % 2 == 1 || i > 390).Select(i => (long)i)]);
        await index.AddAsync([new(401, "same")]);

        (await index.SearchAsync("same", 1_000)).Select(h => h.Key).ShouldBe([401L, .. Enumerable.Range(1, 195).Reverse().Select(i => 2L * i)]);
    }

    [Fact]
    public async Task A_small_budget_is_spent_on_the_rarest_words()
    {
        var index = await WithAsync([.. Enumerable.Range(1, 50).Select(i => $"common {(i == 3 ? "rare" : "other")}")]);

        (await index.SearchAsync("common rare", 10, budget: 1)).Select(h => h.Key).ShouldBe([3L]);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await index.SearchAsync("common", 10, budget: 0));
    }

    private async Task<IEngramIndex> WithAsync(params string[] texts)
    {
        var index = await OpenAsync();
        await index.AddAsync([.. texts.Select((text, i) => new IndexedText(i + 1, text))]);
        return index;
    }

    private static async Task<IReadOnlyList<long>> KeysAsync(IEngramIndex index, string text) => [.. (await index.SearchAsync(text, 10)).Select(h => h.Key)];
}

/// <summary>The index in memory.</summary>
public sealed class InMemoryEngramIndexTests : EngramIndexConformance
{
    /// <inheritdoc/>
    protected override ValueTask<IEngramIndex> OpenAsync() => ValueTask.FromResult<IEngramIndex>(new InMemoryEngramIndex());
}
