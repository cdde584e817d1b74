using CsCheck;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Prompting;
using static Polyphony.Tests.Prompting.PromptStage;

namespace Polyphony.Tests.Prompting;

/// <summary>What a prompt is made of when there is too much or too little of everything.</summary>
public sealed class PromptLimitsTests
{
    public static TheoryData<PromptLayout> Layouts => [.. PromptLayouts.All.Select(l => l.Layout)];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void The_newest_message_is_in_every_prompt_or_the_turn_is_refused_with_what_to_do(PromptLayout layout) =>
        Gen.Select(Gen.Int[300, 3_000], Gen.Int[0, 40], Gen.Int[0, 4_000], Gen.Int[0, 6]).Sample((window, before, length, remembered) =>
        {
            // What this catches: the old failure in which a budget without room for the room's messages left silence as the cheapest answer.
            var newest = "newest" + new string('n', length);
            var messages = Messages([.. Enumerable.Range(0, before).Select(n => Said(n % 2 == 0 ? Hana : Ada, new string('x', n * 20))), Said(Hana, newest)]);
            var sources = Sources(OfferOf(messages), Profile(window, layout, reply: 128)) with
            {
                Angle = "Bees dance.", Memories = [.. Enumerable.Range(1, remembered).Select(n => Remembered(n, Hana, new string('m', n * 60), 0))],
            };

            var plan = new PromptRoom([AdaCard]).Compose(sources, new(), out var shortage);

            if (plan is null)
            {
                shortage.ShouldNotBeNull().ShouldContain("a model with a larger");
                return;
            }

            shortage.ShouldBeNull();
            PromptAssembly.Assemble(plan).ShouldContain(m => m.Text.Contains(newest));
            plan.EstimatedTokens.ShouldBeLessThanOrEqualTo(window - 128);
        });

    [Theory]
    [MemberData(nameof(Layouts))]
    public void With_a_full_budget_the_newest_message_is_there_and_with_an_empty_one_the_turn_is_refused(PromptLayout layout)
    {
        var full = Messages([.. Enumerable.Range(0, 500).Select(n => Said(Hana, new string('x', 400))), Said(Hana, "the newest")]);
        PromptAssembly.Assemble(Plan(Sources(OfferOf(full), Profile(2_048, layout, history: 1_000)))).ShouldContain(m => m.Text.Contains("the newest"));

        new PromptRoom().Compose(Sources(OfferOf(full), Profile(256, layout)), new(), out var shortage).ShouldBeNull();
        shortage.ShouldNotBeNull().ShouldContain("larger window");
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void What_the_profile_leaves_out_is_told_like_what_the_window_leaves_out(PromptLayout layout)
    {
        var messages = Messages(Enumerable.Range(0, 30).Select(n => Said(Hana, $"message {n}", 0)));

        var history = Plan(Sources(OfferOf(messages), Profile(layout: layout, history: 10))).Allocations.Single(a => a.Source == "history");
        var all = Plan(Sources(OfferOf(messages), Profile(layout: layout, history: 30))).Allocations.Single(a => a.Source == "history");

        (history.State, history.LeftOut, history.Why).ShouldBe((AllocationState.Satisfied, 20, "the profile lets no more messages into a prompt"));
        (all.LeftOut, all.Why).ShouldBe((0, ""));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Ten_thousand_messages_at_once_are_one_prompt(PromptLayout layout)
    {
        var messages = Messages(Enumerable.Range(0, 10_000).Select(n => Said(Hana, $"message {n}", 0)));
        var plan = Plan(Sources(OfferOf(messages, first: 1), Profile(layout: layout, history: 1_000)));

        plan.Messages.ShouldBeInRange(200, 1_000);
        PromptAssembly.Assemble(plan).ShouldContain(m => m.Text.Contains("message 9999"));
        plan.EstimatedTokens.ShouldBeLessThanOrEqualTo(8_192 - 256);
        plan.Allocations.Single(a => a.Source == "history").ShouldSatisfyAllConditions(
            a => a.State.ShouldBeOneOf(AllocationState.Satisfied, AllocationState.FloorOnly), a => (a.LeftOut == 0).ShouldBe(a.Why.Length == 0));
    }

    [Fact]
    public void A_card_larger_than_its_budget_loses_whole_items_and_says_how_many()
    {
        var card = AdaCard with { Facts = [.. Enumerable.Range(0, 500).Select(n => $"Fact {n} is true of me and of nobody else in here.")] };
        var plan = Plan(Sources(OfferOf(Messages(Said(Hana, "hi"))), card: card));

        var facts = plan.Allocations.Single(a => a.Source == "facts");
        facts.State.ShouldBe(AllocationState.FloorOnly);
        facts.LeftOut.ShouldBeInRange(1, 499);
        facts.Why.ShouldNotBeEmpty();
        var text = PromptAssembly.Assemble(plan)[0].Text;
        text.ShouldContain($"Fact {499 - facts.LeftOut} is true of me and of nobody else in here.\n");
        text.ShouldNotContain($"Fact {500 - facts.LeftOut} ");
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void What_must_be_told_and_does_not_fit_is_refused_by_its_name(PromptLayout layout)
    {
        var offer = OfferOf(Messages(Said(Hana, "hi")), doctrine: new string('d', 8_000));

        new PromptRoom([AdaCard]).Compose(Sources(offer, Profile(2_048, layout)), new(), out var shortage).ShouldBeNull();

        shortage.ShouldNotBeNull().ShouldContain("shorten the room's doctrine, or use a model with a larger window");
    }

    [Fact]
    public void A_description_that_does_not_fit_is_refused_by_its_name()
    {
        var card = AdaCard with { Description = new string('d', 8_000) };

        new PromptRoom([card]).Compose(Sources(OfferOf(Messages(Said(Hana, "hi"))), Profile(2_048), card), new(), out var shortage).ShouldBeNull();

        shortage.ShouldNotBeNull().ShouldContain("shorten the description on the card of Ada");
    }

    [Fact]
    public void A_window_smaller_than_the_reserves_has_no_profile()
    {
        var models = new ModelRegistry(new ModelDescriptor("small", 511, PassWordProtocol.Instance));

        var refused = models.BuildProfile(AdaCard, "small", HardwareTier.Cpu, 10).ShouldBeOfType<ProfileResult.Refused>();

        refused.Error.ShouldBeOfType<ProfileError.WindowTooSmall>().Message.ShouldContain("choose another model");
    }

    [Fact]
    public void The_first_message_of_an_empty_room_is_a_prompt()
    {
        foreach (var (name, layout) in PromptLayouts.All)
        {
            var offer = OfferOf(Messages(Said(new("human:first"), "hello?")), roster: Polyphony.Rooms.Roster.Of());
            Text(Prompt(Sources(offer, Profile(layout: layout)), new())).ShouldContain("hello?", customMessage: name);
        }
    }

    [Fact]
    public void The_layout_and_the_counter_of_a_model_reach_the_profile()
    {
        var tokens = new PromptAssemblyTests.CountingCounter();
        var models = new ModelRegistry(new ModelDescriptor("m", 8_192, PassWordProtocol.Instance) { Layout = PromptLayout.SharedTranscriptFirst, Tokens = tokens });

        var profile = models.BuildProfile(AdaCard, "m", HardwareTier.Cpu, 10).ShouldBeOfType<ProfileResult.Built>().Profile;

        (profile.Layout, profile.Tokens).ShouldBe((PromptLayout.SharedTranscriptFirst, tokens));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("a", 1)]
    [InlineData("abcd", 1)]
    [InlineData("abcde", 2)]
    [InlineData("žž", 1)]
    [InlineData("東京都", 3)]
    public void A_quarter_of_the_bytes_is_the_estimate(string text, int tokens) => ByteTokenCounter.Instance.Count(text).ShouldBe(tokens);
}
