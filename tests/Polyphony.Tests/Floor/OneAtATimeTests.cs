using Polyphony.Floor;
using Polyphony.Rooms;
using Polyphony.Tests.Rooms;

namespace Polyphony.Tests.Floor;

public sealed class OneAtATimeTests
{
    private static readonly RoomRules Rules = new() { Floor = OneAtATime.PolicyName };

    [Fact]
    public void Who_is_addressed_goes_first_in_the_order_of_the_names()
    {
        var room = new PureRoom(Rules, "Ada", "Bo", "Cem");
        room.Human("Cem, and Bo: who begins?");

        room.Open.ShouldBe(["Cem 1-1"]);
        room.TurnOf("Cem").Ground.ShouldBe("addressed by name");
        room.Pass("Cem");
        room.Speaker.ShouldBe("Bo");
        room.Pass("Bo");
        room.Speaker.ShouldBe("Ada");
        room.TurnOf("Ada").Ground.ShouldBe("silent longest");
        room.Pass("Ada");
        room.Speaker.ShouldBe("");
    }

    [Fact]
    public void An_earlier_address_goes_before_a_later_one()
    {
        var room = new PureRoom(Rules, "Ada", "Bo", "Cem");
        room.Human("Ada?");
        room.Human("Cem?");
        room.Human("Bo?");

        room.Pass("Ada");
        room.Speaker.ShouldBe("Cem");
        room.Pass("Cem");
        room.Speaker.ShouldBe("Bo");
    }

    [Fact]
    public void Then_goes_who_was_silent_longest()
    {
        var room = new PureRoom(Rules, "Ada", "Bo", "Cem");
        room.Human("hello");
        room.Speak("Ada", "hello");
        room.Speak("Bo", "good morning");
        room.Speak("Cem", "hi");

        room.Speaker.ShouldBe("Ada");
        room.Pass("Ada");
        room.Speaker.ShouldBe("Bo");
    }

    [Fact]
    public void The_floor_goes_round_until_somebody_speaks_and_what_was_said_starts_the_next_round()
    {
        var room = new PureRoom(Rules, "Ada", "Bo", "Cem");
        room.Human("hello");
        room.Pass("Ada");
        room.Speak("Bo", "good morning");

        room.Open.ShouldBe(["Ada 2-2"], "it has passed on the first already");
        room.Pass("Ada");
        room.Open.ShouldBe(["Cem 1-2"], "it takes together what it has not seen");
        room.Pass("Cem");
        room.Open.ShouldBeEmpty("its own words give Bo nothing to answer");
    }

    [Fact]
    public void A_burst_holds_no_more_than_its_limit_and_the_older_ones_count_as_left_by_the_floor()
    {
        var room = new PureRoom(Rules with { BurstLimit = 3 }, "Ada", "Bo");
        for (var n = 0; n < 6; n++)
        {
            room.Human($"message {n}");
        }

        room.Open.ShouldBe(["Ada 1-1"]);
        room.Pass("Ada");
        room.Open.ShouldBe(["Ada 4-6"]);
        room.Pass("Ada");
        room.Open.ShouldBe(["Bo 4-6"]);
        room.Pass("Bo");
        room.State.NotOfferedByFloor(room.Seat("Bo")).ShouldBe(3);
    }

    [Fact]
    public void A_human_takes_the_floor_from_a_turn_that_answers_personas_and_its_burst_comes_again()
    {
        var room = new PureRoom(Rules, "Ada", "Bo");
        room.Human("hello");
        room.Pass("Ada");
        room.Speak("Bo", "good morning");
        var before = room.TurnOf("Ada");

        room.Human("Bo, wait");

        room.Open.ShouldBe(["Bo 2-3"]);
        room.Seat("Ada").Counts.Superseded.ShouldBe(1);
        room.Pass("Bo");
        room.Open.ShouldBe(["Ada 2-3"]);
        (room.TurnOf("Ada").Turn, room.TurnOf("Ada").Attempt).ShouldBe((before.Turn, 2));
    }

    [Fact]
    public void A_turn_that_answers_a_human_is_not_taken_away()
    {
        var room = new PureRoom(Rules, "Ada", "Bo");
        room.Human("hello");
        room.Human("anybody?");

        room.Open.ShouldBe(["Ada 1-1"]);
        room.TurnOf("Ada").Attempt.ShouldBe(1);
    }

    [Fact]
    public void Who_leaves_in_its_turn_gives_the_floor_on()
    {
        var room = new PureRoom(Rules, "Ada", "Bo");
        room.Human("hello");

        room.Leave("Ada");

        room.Speaker.ShouldBe("Bo");
        room.Join("Ada");
        room.Pass("Bo");
        room.Speaker.ShouldBe("", "what was said while it was away is history for Ada");
    }

    [Fact]
    public void Personas_that_never_stop_talking_fall_silent_at_the_bound()
    {
        var room = new PureRoom(Rules with { PersonaTurnBound = 5 }, "Ada", "Bo", "Cem");
        room.Human("go on");
        var turns = 0;
        for (; room.Speaker is { Length: > 0 } speaker; turns++)
        {
            room.Speak(speaker, "and another thing");
        }

        turns.ShouldBe(5);
        room.Human("once more");
        room.Speaker.ShouldNotBeEmpty();
    }

    [Fact]
    public void Past_the_bound_a_human_message_that_nobody_has_spoken_to_still_goes_round()
    {
        // What this catches: a message that comes during a turn, and is covered by that turn's reply before anybody has seen it.
        var room = new PureRoom(Rules with { PersonaTurnBound = 0 }, "Ada", "Bo", "Cem");
        room.Human("hello");
        room.Human("and something else?");
        room.Speak("Ada", "hello");

        room.Open.ShouldBe(["Bo 1-2"]);
        room.Pass("Bo");
        room.Open.ShouldBe(["Cem 1-2"]);
        room.Pass("Cem");
        room.Open.ShouldBe(["Ada 2-2"]);
        room.Speak("Ada", "yes");
        room.Open.ShouldBeEmpty();
    }

    [Fact]
    public void Past_the_bound_everybody_whom_a_human_has_addressed_still_gets_its_turn()
    {
        var room = new PureRoom(Rules with { PersonaTurnBound = 1 }, "Ada", "Bo", "Cem");
        room.Human("Bo and Cem, what do you say?");
        room.Speak("Bo", "yes");

        room.Speaker.ShouldBe("Cem");
        room.Speak("Cem", "no");
        room.Speaker.ShouldBe("");
    }

    [Fact]
    public void Where_personas_are_not_offered_what_personas_say_only_the_others_words_start_a_round()
    {
        var room = new PureRoom(Rules with { OfferPersonaMessages = false }, "Ada", "Bo");
        room.Human("hello");
        room.Speak("Ada", "hello to you");

        room.Open.ShouldBe(["Bo 1-1"]);
        room.Speak("Bo", "hello to everybody");
        room.Open.ShouldBeEmpty();
        room.Agent("the build is red");
        room.Open.ShouldBe(["Ada 2-4"]);
    }
}
