using Polyphony.Personas;

namespace Polyphony.Tests.Personas;

public sealed class PersonaGeneratorTests
{
    [Fact]
    public void Every_generated_name_is_its_own()
    {
        var cards = Enumerable.Range(0, PersonaGenerator.Count).Select(PersonaGenerator.Make).ToList();

        cards.Select(card => card.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count().ShouldBe(PersonaGenerator.Count);
        cards.Select(card => card.Id).Distinct().Count().ShouldBe(PersonaGenerator.Count);
        cards.ShouldAllBe(card => card.Name.All(char.IsAsciiLetter) && card.Name.Length >= 6 && card.Name.Length <= 8);
    }

    [Fact]
    public void The_same_number_makes_the_same_persona()
    {
        var (one, again) = (PersonaGenerator.Make(4711), PersonaGenerator.Make(4711));

        again.Name.ShouldBe(one.Name);
        again.Description.ShouldBe(one.Description);
        again.Facts.ShouldBe(one.Facts);
        again.ExampleLines.ShouldBe(one.ExampleLines);
        again.Greeting.ShouldBe(one.Greeting);
    }

    [Fact]
    public void A_generated_persona_is_found_by_its_id()
    {
        var card = PersonaGenerator.Make(4711);

        PersonaGenerator.Find(card.Id).ShouldNotBeNull().Description.ShouldBe(card.Description);
        PersonaGenerator.Find(new("persona:nobody")).ShouldBeNull();
    }

    [Fact]
    public void A_generated_persona_is_whole()
    {
        for (var index = 0; index < 500; index++)
        {
            var card = PersonaGenerator.Make(index);
            card.ExampleLines.Count.ShouldBe(24);
            card.Specialities.ShouldBeUnique();
            card.ExampleLines.Concat(card.Facts).ShouldBeUnique();
            card.ExampleLines.Concat(card.Facts).Append(card.Description).Append(card.Greeting)
                .ShouldAllBe(text => text.Length > 20 && text.EndsWith('.') && !text.Contains('{'));
        }
    }

    [Fact]
    public void Two_generated_personas_say_different_things()
    {
        var cards = Enumerable.Range(0, 200).Select(PersonaGenerator.Make).ToList();

        foreach (var card in cards)
        {
            foreach (var other in cards.Where(other => other != card))
            {
                // A few lines without much of the persona in them may meet; never more than a quarter.
                card.ExampleLines.Intersect(other.ExampleLines).Count().ShouldBeLessThanOrEqualTo(6, $"{card.Name} and {other.Name}");
            }
        }
    }

    [Fact]
    public void A_room_is_filled_up_past_names_that_are_taken()
    {
        PersonaCard[] given = [new("Ann"), new(PersonaGenerator.Make(1).Name.ToUpperInvariant())];

        var cards = PersonaGenerator.Fill(given, 12);

        cards.Count.ShouldBe(12);
        cards.Take(2).ShouldBe(given);
        cards.Select(card => card.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count().ShouldBe(12);
        PersonaGenerator.Fill(given, 1).ShouldBe([given[0]]);
        PersonaGenerator.Fill([PersonaGenerator.Make(0)], PersonaGenerator.Count).Count.ShouldBe(PersonaGenerator.Count);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(PersonaGenerator.Count)]
    public void A_number_out_of_range_is_refused(int index) => Should.Throw<ArgumentOutOfRangeException>(() => PersonaGenerator.Make(index));
}
