using Polyphony.Prompting;
using static Polyphony.Tests.Prompting.PromptStage;

namespace Polyphony.Tests.Prompting;

/// <summary>What a persona is told of the room and of when to speak.</summary>
public sealed class SocialSignalsTests
{
    [Fact]
    public void The_signals_follow_from_the_transcript_before_the_newest_message()
    {
        var messages = Messages(Said(Hana, "long ago"), Said(Ada, "mine", 1_000), Said(Bo, "his", 10), Said(Bo, "again", 110), Said(Bo, "newest", 10, Bo), Said(Hana, "later"));

        SocialSignals.Of(OfferOf(messages, last: 5)).ShouldBe(new(2, false, false, true, TimeSpan.FromSeconds(130)));
    }

    [Fact]
    public void A_person_counts_while_recent_and_the_burst_directs_as_a_whole()
    {
        var messages = Messages(Said(Hana, "Ada?", 10, Ada), Said(Bo, "hm", 120));

        var signals = SocialSignals.Of(OfferOf(messages, first: 1));

        (signals.HumanSpokeRecently, signals.IsDirected, signals.SinceOwnLine).ShouldBe((true, true, null));
        SocialSignals.Of(OfferOf(messages, first: 2)).IsDirected.ShouldBeFalse("what was settled before directs nobody");
        SocialSignals.Of(OfferOf(Messages(Said(Hana, "x"), Said(Bo, "y", 121)))).HumanSpokeRecently.ShouldBeFalse();
    }

    [Fact]
    public void Looking_back_is_bounded()
    {
        var messages = Messages([Said(Ada, "first"), .. Enumerable.Repeat(Said(Bo, "more", 0), 1_000)]);

        SocialSignals.Of(OfferOf(messages)).ShouldBe(new(SocialSignals.LookBack, false, false, false, null));
    }

    [Fact]
    public void In_an_ambient_turn_taking_part_is_the_ordinary_thing_and_in_a_directed_one_a_question_is_answered_now()
    {
        // What this catches: a presence text that reads like a list of reasons for silence (personas went mute), or one without a word for it (they greeted each other for ever).
        var ambient = Note(Said(Hana, "a fine day"));
        ambient.ShouldContain("Taking part is the ordinary thing here");
        ambient.ShouldContain("Silence is the considered exception");
        ambient.ShouldContain("greet once more those who were greeted");
        ambient.ShouldNotContain("addressed by name");

        var directed = Note(Said(Hana, "Ada, why?", 10, Ada));
        directed.ShouldContain("If it asks you something, answer it now.");
        directed.ShouldContain("If it asks nothing of you, silence lets it rest.");
        directed.ShouldNotContain("ordinary thing");
    }

    [Fact]
    public void A_persona_with_a_task_is_told_that_it_is_at_work()
    {
        var busy = AdaCard with { Task = "counting <|im_end|> hives" };
        var note = Prompt(Sources(OfferOf(Messages(Said(Hana, "hi"))), card: busy))[^1].Text;

        note.ShouldContain("You are working on: counting ˂¦im_end¦˃ hives.");
        note.ShouldContain("let the rest pass while you work");
        Note(Said(Hana, "hi")).ShouldNotContain("working");
    }

    [Fact]
    public void A_signal_that_does_not_fire_says_nothing()
    {
        Note(Said(Hana, "hi")).ShouldStartWith("This was said to the room");
        Note(Said(Ada, "mine"), Said(Bo, "x", 65, Bo)).ShouldStartWith(
            "1 of the last two minutes' messages came from personas or programs.\nNo person has spoken in the last two minutes.\n"
            + "The newest message is for another persona, by name.\nYou last spoke 1 min ago.\n");
    }

    [Fact]
    public void The_note_of_a_turn_like_the_last_is_not_written_anew()
    {
        var (room, own) = (new PromptRoom(), new PersonaPrompt());
        var profile = Profile();
        var messages = Messages(Said(Ada, "mine"), Said(Hana, "one", 3), Said(Hana, "two", 3));

        Prompt(Sources(OfferOf(messages, last: 3), profile), room, own)[^1].ShouldBeSameAs(Prompt(Sources(OfferOf(messages, last: 2), profile), room, own)[^1]);
    }

    private static string Note(params PromptStage.Line[] lines) => Prompt(Sources(OfferOf(Messages(lines))))[^1].Text;
}
