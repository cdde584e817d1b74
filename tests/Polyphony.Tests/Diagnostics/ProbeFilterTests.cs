using Polyphony.Diagnostics;

namespace Polyphony.Tests.Diagnostics;

public sealed class ProbeFilterTests
{
    [Theory]
    [InlineData("", "anything.at.all", true)]
    [InlineData(" , ", "anything.at.all", true)]
    [InlineData("*", "anything.at.all", true)]
    [InlineData("persona.turn.spoke", "persona.turn.spoke", true)]
    [InlineData("persona.turn.spoke", "persona.turn.silent", false)]
    [InlineData("persona.turn", "persona.turn.silent", true)]
    [InlineData("persona", "persona.turn.silent", true)]
    [InlineData("persona", "personality.x", false)]
    [InlineData("persona", "persona", true)]
    [InlineData("timing, room", "room.append", true)]
    [InlineData("timing, room", "floor.grant", false)]
    [InlineData("timing,*", "floor.grant", true)]
    public void A_filter_takes_a_class_or_what_stands_below_it(string filter, string @class, bool matches)
    {
        ProbeFilter.Parse(filter).Matches(@class).ShouldBe(matches);
    }

    [Fact]
    public void An_unknown_class_is_refused_with_those_that_come_near()
    {
        Should.Throw<ArgumentException>(() => ProbeFilter.Parse("timing,persona.trun")).Message.ShouldStartWith("there is no class 'persona.trun'; near: persona.turn");
    }

    [Fact]
    public void Where_nothing_comes_near_the_refusal_says_where_the_classes_are()
    {
        Should.Throw<ArgumentException>(() => ProbeFilter.Parse(new string('z', 1_000))).Message.ShouldBe($"there is no class '{new string('z', 60)}…'; 'polyphony probes list' shows them");
    }

    [Theory]
    [InlineData("Zoe", "Zoë")]
    [InlineData("zoë", "Zoë")]
    [InlineData("anah", "Anahit")]
    [InlineData("Nobody", "")]
    [InlineData("", "")]
    public void Names_a_few_slips_away_come_near(string name, string near)
    {
        string.Join(' ', NearNames.Of(name, ["Anahit", "Kudzai", "Xurxo", "Zoë"])).ShouldBe(near);
    }
}
