using CsCheck;
using Microsoft.Extensions.AI;
using Polyphony.Personas;
using Polyphony.Prompting;
using Polyphony.Rooms;
using static Polyphony.Tests.Prompting.PromptStage;

namespace Polyphony.Tests.Prompting;

public sealed class SharedLayoutTests
{
    private static readonly ParticipantId[] Cast = [Ada, Bo, Hana];

    private static readonly Gen<PromptStage.Line[]> Talk = Gen.Select(
        Gen.Int[0, 2], Gen.Frequency((6, Gen.Int[1, 200]), (1, Gen.Int[200, 900])), Gen.Int[0, 400], Gen.Bool,
        (who, length, pause, asks) => new PromptStage.Line(Cast[who], new string((char)('a' + (length % 26)), length), pause, asks ? [Ada] : [])).Array[2, 120];

    [Fact]
    public void The_cue_and_the_depth_stand_behind_what_everybody_shares()
    {
        var messages = Messages(Said(Hana, "one"), Said(Ada, "two"), Said(Bo, "three"), Said(Hana, "four", 10, Ada));
        var plan = Plan(Sources(OfferOf(messages, first: 3), Shared(AdaCard)));
        var prompt = PromptAssembly.Assemble(plan);

        prompt[1..5].Select(m => (m.Role, m.Text)).ShouldBe(
            [(ChatRole.User, "Hana: one"), (ChatRole.User, "Ada: two"), (ChatRole.User, "Bo: three"), (ChatRole.User, "Hana: four")]);
        prompt[5].Text.ShouldBe("You are Ada. The last 2 lines are new and for you. Decide: speak or stay silent.");
        prompt[6].Text.ShouldContain("I have twelve hives.");
        prompt[7].Text.ShouldContain("addressed by name");
        plan.CueTokens.ShouldBeInRange(1, PromptRoom.CueTokens);
        plan.Blocks.Select(b => b.Scope).Distinct().ShouldBe([PromptScope.Substrate, PromptScope.Room, PromptScope.Transcript, PromptScope.Turn, PromptScope.Persona]);
    }

    [Fact]
    public void The_public_cards_of_all_stand_in_the_shared_part_and_what_is_private_does_not()
    {
        var text = Prompt(Sources(OfferOf(Messages(Said(Hana, "hi"))), Shared(AdaCard)))[0].Text;

        text.ShouldEndWith("In this room:\n1. Ada (a persona): Ada keeps bees. Knows about: bees, honey.\n2. Bo (a persona): Bo repairs clocks. Knows about: clocks.\n3. Hana\n");
        text.ShouldNotContain("twelve hives");
        text.ShouldNotContain("never late");
    }

    [Fact]
    public void A_room_of_many_names_everybody_as_long_as_it_can_and_the_last_cards_give_way()
    {
        PersonaCard[] cards = [.. Enumerable.Range(0, 60).Select(n => new PersonaCard($"P{n:00}") { Description = new string('d', 100) })];
        var roster = Roster.Of(cards.Select(c => new Participant(c.Id, AuthorKind.Persona, c.Name)));
        var plan = Plan(Sources(OfferOf(Messages(Said(Hana, "hi")), cards[0].Id, roster: roster), Shared(cards[0]), cards[0]), new(cards));

        var block = plan.Blocks.Single(b => b.Name == "cards");
        block.Tokens.ShouldBeLessThanOrEqualTo(8_192 / 8);
        block.Text.ShouldContain("1. P00 (a persona): ddd");
        block.Text.ShouldContain("\n60. P59\n");
    }

    [Fact]
    public void A_name_that_is_too_long_for_the_cue_is_its_place_in_the_list()
    {
        var card = new PersonaCard(new string('龍', 64));
        var roster = Roster.Of([.. Trio.Participants, new(card.Id, AuthorKind.Persona, card.Name)]);
        var plan = Plan(Sources(OfferOf(Messages(Said(Hana, "hi")), card.Id, roster: roster), Shared(card), card));

        plan.CueTokens.ShouldBeLessThanOrEqualTo(PromptRoom.CueTokens);
        PromptAssembly.Assemble(plan)[2].Text.ShouldStartWith("You are number 3. ");
        PromptAssembly.Assemble(plan)[3].Text.ShouldContain(card.Name);
    }

    [Fact]
    public void What_any_two_personas_read_is_the_same_up_to_the_tail_and_the_next_prompt_goes_on_where_it_ended() => Talk.Sample(
        talk =>
        {
            var (messages, room) = (Messages(talk), new PromptRoom([AdaCard, BoCard]));
            var (adasOwn, bosOwn) = (new PersonaPrompt(), new PersonaPrompt());
            PromptPlan? before = null;
            for (var last = 1; last <= messages.Length; last++)
            {
                var ada = Plan(Sources(OfferOf(messages, Ada, last: last), Shared(AdaCard)), room, adasOwn);
                var bo = Plan(Sources(OfferOf(messages, Bo, last: last), Shared(BoCard), BoCard), room, bosOwn);
                var (adas, bos) = (Text(PromptAssembly.Assemble(ada)), Text(PromptAssembly.Assemble(bo)));
                var shared = SharedLength(ada);
                adas.AsSpan().CommonPrefixLength(bos).ShouldBeGreaterThanOrEqualTo(shared);
                if (before is not null && before.FirstSeq == ada.FirstSeq)
                {
                    Text(PromptAssembly.Assemble(before)).AsSpan().CommonPrefixLength(adas).ShouldBeGreaterThanOrEqualTo(SharedLength(before));
                }

                ada.EstimatedTokens.ShouldBeLessThanOrEqualTo(2_048 - 256);
                before = ada;
            }
        },
        iter: 60);

    [Fact]
    public void Two_personas_and_any_next_message_share_nearly_all_of_it() => Talk.Sample(
        talk =>
        {
            // What this catches: something of one persona's, or of one turn's, in front of the tail; for a persona that is one message behind another.
            var (messages, room) = (Messages(talk), new PromptRoom([AdaCard, BoCard]));
            var ada = Plan(Sources(OfferOf(messages, Ada, last: messages.Length - 1), Shared(AdaCard, 8_192)), room);
            var bo = Plan(Sources(OfferOf(messages, Bo), Shared(BoCard, 8_192), BoCard), room);
            if (ada.FirstSeq == bo.FirstSeq)
            {
                Text(PromptAssembly.Assemble(ada)).AsSpan().CommonPrefixLength(Text(PromptAssembly.Assemble(bo))).ShouldBeGreaterThanOrEqualTo(SharedLength(ada) * 95 / 100);
            }
        },
        iter: 200);

    [Fact]
    public void Who_comes_later_changes_nothing_before_the_tail_until_the_window_moves()
    {
        // What this catches: a list of participants in front of everything, written anew with everybody who speaks for the first time.
        var (room, own, roster) = (new PromptRoom([AdaCard, BoCard]), new PersonaPrompt(), Trio);
        var guests = Enumerable.Range(0, 120).Select(n => new ParticipantId($"human:G{n}")).ToArray();
        var messages = Messages(guests.Select(guest => Said(guest, new string('x', 60))));
        PromptPlan? before = null;
        var listed = 0;
        for (var last = 1; last <= messages.Length; last++)
        {
            roster = roster.With(guests[last - 1], AuthorKind.Human, $"Guest {last}");
            var plan = Plan(Sources(OfferOf(messages, last: last, roster: roster), Shared(AdaCard)), room, own);
            var prompt = PromptAssembly.Assemble(plan);
            prompt[^4].Text.ShouldStartWith($"Guest {last}: ");
            if (before is not null && before.FirstSeq == plan.FirstSeq)
            {
                Text(prompt).AsSpan().CommonPrefixLength(Text(PromptAssembly.Assemble(before))).ShouldBeGreaterThanOrEqualTo(SharedLength(before));
            }

            listed = prompt[0].Text.Split("Guest ").Length - 1;
            before = plan;
        }

        before.ShouldNotBeNull().FirstSeq.ShouldBeGreaterThan(1);
        listed.ShouldBeGreaterThan(20, "when the window moves, those who have come are listed");
    }

    [Fact]
    public void A_further_persona_is_listed_at_once_and_everybody_reads_the_same()
    {
        var (room, adasOwn, bosOwn) = (new PromptRoom([AdaCard, BoCard]), new PersonaPrompt(), new PersonaPrompt());
        var messages = Messages(Said(Hana, "one"), Said(Hana, "two"));
        Plan(Sources(OfferOf(messages, last: 1), Shared(AdaCard)), room, adasOwn);
        var more = Trio.With(new("persona:cem"), AuthorKind.Persona, "Cem");

        var ada = Prompt(Sources(OfferOf(messages, roster: more), Shared(AdaCard)), room, adasOwn);
        var bo = Prompt(Sources(OfferOf(messages, Bo, roster: more), Shared(BoCard), BoCard), room, bosOwn);

        ada[0].Text.ShouldContain("3. Cem (a persona)\n4. Hana");
        bo[0].ShouldBeSameAs(ada[0]);
    }

    [Fact]
    public void The_place_that_stands_for_a_long_name_is_the_one_of_the_list_that_is_shown()
    {
        var card = new PersonaCard(new string('龍', 64));
        var (room, own, messages) = (new PromptRoom(), new PersonaPrompt(), Messages(Said(Hana, "hi")));
        var roster = Trio.With(card.Id, AuthorKind.Persona, card.Name);
        Prompt(Sources(OfferOf(messages, card.Id, roster: roster), Shared(card), card), room, own)[2].Text.ShouldStartWith("You are number 3. ");

        var more = roster.With(new("persona:cem"), AuthorKind.Persona, "Cem");
        var prompt = Prompt(Sources(OfferOf(messages, card.Id, roster: more), Shared(card), card), room, own);

        prompt[0].Text.ShouldContain($"4. {card.Name} (a persona)");
        prompt[2].Text.ShouldStartWith("You are number 4. ");
    }

    [Fact]
    public void Somebody_who_reads_behind_a_window_that_was_renewed_sees_what_fits()
    {
        var messages = Messages(Enumerable.Range(0, 60).Select(_ => Said(Hana, "x")));
        var window = new SharedWindow(400, 100, origin: 41);

        window.StartFor(TranscriptView.Of(messages), 60, 10, static (cost, _) => cost).ShouldBe(41);
        window.StartFor(TranscriptView.Of(messages), 30, 10, static (cost, _) => cost).ShouldBe(1);
    }

    [Fact]
    public void The_window_moves_at_most_once_for_a_quarter_of_it() =>
        Gen.Select(Gen.Int[1, 400], Gen.Int[1, 40], Gen.Frequency((8, Gen.Int[1, 30]), (1, Gen.Int[1, 400])).Array[1, 300]).Sample(
            (budget, shown, raw) =>
            {
                var costs = raw.Select(c => Math.Min(c, budget)).ToArray();
                var (messages, window) = (Messages(costs.Select(_ => Said(Hana, "x"))), new SharedWindow(budget, shown));
                var (moves, start, added) = (0, 1L, 0L);
                for (var last = 1; last <= costs.Length; last++)
                {
                    var next = window.StartFor(TranscriptView.Of(messages), last, costs, static (costs, seq) => costs[seq - 1]);
                    next.ShouldBeInRange(start, last, "it never goes back");
                    costs[(int)(next - 1)..last].Sum().ShouldBeLessThanOrEqualTo(budget);
                    (last - next + 1).ShouldBeLessThanOrEqualTo(shown);
                    moves += next == start ? 0 : 1;
                    added += costs[last - 1];
                    start = next;

                    // By what was added in tokens, or in messages, whichever filled a quarter more often.
                    var quarters = (added / Math.Max(1, budget / 4)) + (last / Math.Max(1, shown / 4));
                    ((long)moves).ShouldBeLessThanOrEqualTo(quarters + 1);
                    window.StartFor(TranscriptView.Of(messages), last, costs, static (costs, seq) => costs[seq - 1]).ShouldBe(next, "the same question has the same answer");
                }
            });

    [Fact]
    public void Of_ordinary_messages_the_window_keeps_a_start_until_a_quarter_is_added()
    {
        var messages = Messages(Enumerable.Range(0, 1_000).Select(_ => Said(Hana, "x")));
        var window = new SharedWindow(400, 1_000);
        var starts = Enumerable.Range(1, 1_000).Select(last => window.StartFor(TranscriptView.Of(messages), last, 10, static (cost, _) => cost)).ToArray();

        starts.Distinct().Count().ShouldBe(1 + ((1_000 - 40 + 9) / 10), "forty fit, and ten go at once");
        starts[39].ShouldBe(1);
        starts[40].ShouldBe(11);
        starts[49].ShouldBe(11);
    }

    [Fact]
    public void A_reader_who_is_behind_gets_the_window_that_the_others_had_there()
    {
        var messages = Messages(Enumerable.Range(0, 200).Select(_ => Said(Hana, "x")));
        var window = new SharedWindow(400, 100);
        var asked = Enumerable.Range(1, 200).Select(last => window.StartFor(TranscriptView.Of(messages), last, 10, static (cost, _) => cost)).ToArray();

        window.StartFor(TranscriptView.Of(messages), 150, 10, static (cost, _) => cost).ShouldBe(asked[149]);
        window.StartFor(TranscriptView.Of(messages), 50, 10, static (cost, _) => cost).ShouldBe(11, "forgotten: what fits, newest first");
    }

    [Fact]
    public async Task Personas_that_ask_at_once_get_the_same_window()
    {
        var messages = Messages(Enumerable.Range(0, 500).Select(n => Said(Hana, new string('x', n % 90))));
        var room = new PromptRoom([AdaCard, BoCard]);
        var prompts = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(() =>
        {
            var own = new PersonaPrompt();
            return Enumerable.Range(1, 500).Select(last => Plan(Sources(OfferOf(messages, n % 2 == 0 ? Ada : Bo, last: last), Shared(n % 2 == 0 ? AdaCard : BoCard), n % 2 == 0 ? AdaCard : BoCard), room, own).FirstSeq).ToArray();
        })));

        // A reader who was left behind by more than the window chooses alone; at the end nobody is.
        prompts.Select(p => p[^1]).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public void In_a_busy_room_with_newcomers_refused_messages_and_slow_readers_the_shared_part_changes_only_with_the_cast_and_the_window() => Busy.Sample(
        steps =>
        {
            var (messages, rosters) = Lived(steps);
            var (room, adasOwn, bosOwn) = (new PromptRoom([AdaCard, BoCard]), new PersonaPrompt(), new PersonaPrompt());
            var (adas, changes, reasons, bosLast) = (new Dictionary<int, PromptPlan>(), 0, 0, 0);
            PromptPlan? before = null;
            for (var last = 1; last <= messages.Length; last++)
            {
                reasons += last > 1 && !ReferenceEquals(rosters[last - 1].Cast, rosters[last - 2].Cast) ? 1 : 0;
                if (room.Compose(Sources(OfferOf(messages, Ada, last: last, roster: rosters[last - 1]), Shared(AdaCard)), adasOwn, out _) is not { } ada)
                {
                    continue;
                }

                changes += before is not null && !ReferenceEquals(PromptAssembly.Assemble(before)[0], PromptAssembly.Assemble(ada)[0]) ? 1 : 0;
                reasons += before is not null && before.FirstSeq != ada.FirstSeq ? 1 : 0;
                (adas[last], before) = (ada, ada);
                for (; bosLast < last - steps[last - 1].Lag; bosLast++)
                {
                    if (room.Compose(Sources(OfferOf(messages, Bo, last: bosLast + 1, roster: rosters[bosLast]), Shared(BoCard), BoCard), bosOwn, out _) is { } bo
                        && adas.TryGetValue(bosLast + 1, out var same) && ReferenceEquals(same.System, bo.System))
                    {
                        bo.FirstSeq.ShouldBe(same.FirstSeq);
                        Text(PromptAssembly.Assemble(bo)).AsSpan().CommonPrefixLength(Text(PromptAssembly.Assemble(same))).ShouldBeGreaterThanOrEqualTo(SharedLength(same));
                    }
                }
            }

            changes.ShouldBeLessThanOrEqualTo(reasons);
        },
        iter: 60);

    private static readonly Gen<(int Who, int Length, int Lag)[]> Busy = Gen.Select(
        Gen.Int[0, 13], Gen.Frequency((12, Gen.Int[1, 300]), (1, Gen.Int[2_000, 9_000])), Gen.Int[0, 4]).Array[2, 120];

    // Who is 0 or 1 a persona that was there, 2 to 12 a person, new or not, and 13 a further persona.
    private static (Message[] Messages, Roster[] Rosters) Lived((int Who, int Length, int Lag)[] steps)
    {
        var (lines, rosters, roster) = (new List<PromptStage.Line>(), new List<Roster>(), Trio);
        foreach (var (who, length, _) in steps)
        {
            var author = who switch { 0 => Ada, 1 => Bo, 13 => new ParticipantId($"persona:p{rosters.Count / 40}"), _ => new($"human:h{who}") };
            roster = roster.With(author, who is 0 or 1 or 13 ? AuthorKind.Persona : AuthorKind.Human, $"N{who}");
            lines.Add(Said(author, new string('x', length)));
            rosters.Add(roster);
        }

        return (Messages(lines), [.. rosters]);
    }

    private static Polyphony.Inference.InferenceProfile Shared(PersonaCard card, int context = 2_048) => Profile(context, PromptLayout.SharedTranscriptFirst, card);

    private static int SharedLength(PromptPlan plan) => Text(PromptAssembly.Assemble(plan)[..^3]).Length;
}
