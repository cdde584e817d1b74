using Polyphony.Personas;
using Polyphony.Rooms;

namespace Polyphony.Tests.Personas;

public sealed class NameLookTests
{
    [Theory]
    [InlineData("Аdа")]
    [InlineData("Αda")]
    [InlineData("Ａｄａ")]
    [InlineData("𝐀𝒹𝖺")]
    [InlineData("ADA")]
    [InlineData("A\u200bda")]
    [InlineData("Ada ")]
    public void Who_comes_with_a_name_that_looks_like_anothers_gets_a_number(string name)
    {
        var roster = Roster.Of(new Participant(new("persona:ada"), AuthorKind.Persona, "Ada"), new Participant(new("human:x"), AuthorKind.Human, name));

        roster.NameOf(new("human:x")).ShouldBe($"{name} (2)");
    }

    [Theory]
    [InlineData("Adá")]
    [InlineData("Анна")]
    [InlineData("ада")]
    [InlineData("愛")]
    [InlineData("Ida")]
    public void Another_name_stays_as_it_is(string name)
    {
        var roster = Roster.Of(new Participant(new("persona:ada"), AuthorKind.Persona, "Ada"), new Participant(new("human:x"), AuthorKind.Human, name));

        roster.NameOf(new("human:x")).ShouldBe(name);
    }

    [Theory]
    [InlineData("Мара", "мАРА", true)]
    [InlineData("Mapa", "Мара", true)]
    [InlineData("Ann: a", "Ann꞉ a", true)]
    [InlineData("Ann", "Anne", false)]
    [InlineData("Žofie", "žofie", true)]
    [InlineData("Žofie", "Zofie", false)]
    public void Names_are_compared_by_their_look_in_any_case(string one, string other, bool areAlike) => NameLook.AreAlike(one, other).ShouldBe(areAlike);
}
