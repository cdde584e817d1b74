using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Turns;
using Polyphony.Turns.Speech;

namespace Polyphony.Tests.Turns.Speech;

public sealed class NearDuplicateTests
{
    private const string Line = "The old wall leans a little, and the beans lean with it, as they do every summer.";

    [Theory]
    [InlineData("THE OLD WALL leans a little and the beans lean with it as they do every summer")]
    [InlineData("Well, the old wall leans a little, and the beans lean with it, as they do every summer.")]
    [InlineData("The beans lean with the old wall, as it leans a little every summer, and they do.")]
    public void What_it_said_already_is_refused_whatever_the_order(string again) => IsRefused(again, $"A: {Line}", "Fine weather").ShouldBeTrue();

    [Theory]
    [InlineData("The new bridge sways a lot, and the cars sway with it, as cars do every winter.")]
    [InlineData("The old wall.")]
    [InlineData("The old wall leans 3 degrees, and the beans lean with it, as they do every summer.")]
    public void What_is_new_in_it_is_heard(string words) => IsRefused(words, $"A: {Line}", "Fine weather").ShouldBeFalse();

    [Fact]
    public void A_short_answer_to_a_person_may_be_given_again()
    {
        IsRefused("Yes.", "Is it old?", "A: Yes.", "Is it crooked?", "A: Yes.", "Ada, is it yours?").ShouldBeFalse();
        IsRefused("Good morning!", "Good morning", "A: Good morning!", "Good morning").ShouldBeFalse();
    }

    [Fact]
    public void A_courtesy_to_a_persona_is_said_once()
    {
        IsRefused("Goodbye!", "A: Goodbye!", "B: Goodbye, Ada!").ShouldBeTrue();
        IsRefused("Goodbye!", "B: Goodbye, Ada!").ShouldBeFalse();
    }

    [Fact]
    public void Who_asks_gets_even_a_long_answer_a_second_time_and_not_a_third()
    {
        IsRefused(Line, $"A: {Line}", "What about the wall, Ada?").ShouldBeFalse();
        IsRefused(Line, $"A: {Line}", "hm", $"A: {Line}", "What about the wall, Ada?").ShouldBeTrue();
    }

    [Fact]
    public void Others_may_have_said_it_and_old_lines_are_forgotten()
    {
        IsRefused(Line, $"B: {Line}", "Fine weather").ShouldBeFalse();
        string[] later = [.. Enumerable.Range(0, OwnLines.Kept).Select(i => $"A: number {i} is something else altogether")];
        IsRefused(Line, [$"A: {Line}", .. later[1..], "Fine weather"]).ShouldBeTrue();
        IsRefused(Line, [$"A: {Line}", .. later, "Fine weather"]).ShouldBeFalse();
    }

    [Fact]
    public void Scripts_without_spaces_are_compared_too()
    {
        IsRefused("这堵老墙有点歪，豆子也跟着歪，每年夏天都这样", "A: 这堵老墙有点歪，豆子也跟着歪，每年夏天都这样。", "B: 天气真好").ShouldBeTrue();
        IsRefused("那座新桥摇得很厉害，车子也跟着一起摇晃", "A: 这堵老墙有点歪，豆子也跟着歪，每年夏天都这样。", "B: 天气真好").ShouldBeFalse();
    }

    private static bool IsRefused(string text, params string[] said)
    {
        var outcome = SpeechCheck.Check(SpeechStage.Offer(said), new PersonaCard("Ada"), text, own: new()).Outcome;
        return outcome is TurnOutcome.Refused refused ? refused.Rule == "near-duplicate" : outcome is not TurnOutcome.Spoke;
    }
}
