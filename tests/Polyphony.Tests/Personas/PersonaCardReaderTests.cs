using System.Text;
using Polyphony.Personas;

namespace Polyphony.Tests.Personas;

public sealed class PersonaCardReaderTests
{
    private const string WholeYaml =
        """
        id: bo
        Name: Bo
        description: "Keeps bees."
        Specialties: [honey, smoke]
        facts:
          - I keep bees.
        example_lines:
          - "Bees: ask them nicely."
          - Smoke first.
        GREETING: Mind the hive.
        """;

    private const string WholeJson =
        """
        { "id": "bo", "Name": "Bo", "description": "Keeps bees.", "specialties": ["honey", "smoke"], "facts": ["I keep bees."],
          "example-lines": ["Bees: ask them nicely.", "Smoke first."], "greeting": "Mind the hive." }
        """;

    [Theory]
    [InlineData(WholeYaml, "bo.yaml")]
    [InlineData(WholeYaml, "bo.YML")]
    [InlineData(WholeJson, "bo.json")]
    [InlineData("\ufeff" + WholeJson, "bo.json")]
    [InlineData("\ufeff" + WholeYaml, "bo.yaml")]
    public void A_card_reads_the_same_in_every_format(string text, string file)
    {
        var card = PersonaCardReader.Parse(text, file);

        card.Id.Value.ShouldBe("persona:bo");
        card.Name.ShouldBe("Bo");
        card.Description.ShouldBe("Keeps bees.");
        card.Specialities.ShouldBe(["honey", "smoke"]);
        card.Facts.ShouldBe(["I keep bees."]);
        card.ExampleLines.ShouldBe(["Bees: ask them nicely.", "Smoke first."]);
        card.Greeting.ShouldBe("Mind the hive.");
    }

    [Theory]
    [InlineData("name: Ann-Lou de Vries III", "persona:ann-lou-de-vries-iii")]
    [InlineData("name: Žofie", "persona:žofie")]
    [InlineData("name: '(Bo)'", "persona:bo")]
    public void A_name_alone_is_a_card_and_its_slug_the_id(string text, string id)
    {
        var card = PersonaCardReader.Parse(text, "x.yaml");

        card.Id.Value.ShouldBe(id);
        card.Description.ShouldBeEmpty();
        card.Specialities.ShouldBeEmpty();
        card.Facts.ShouldBeEmpty();
        card.ExampleLines.ShouldBeEmpty();
        card.Greeting.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("lines: [a]")]
    [InlineData("examples: [a]")]
    [InlineData("example-lines: [a]")]
    public void Other_words_for_the_lines_are_understood(string lines) =>
        PersonaCardReader.Parse($"name: Bo\n{lines}", "x.yml").ExampleLines.ShouldBe(["a"]);

    [Fact]
    public void A_stream_reads_like_its_text()
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(WholeYaml));

        PersonaCardReader.Read(stream, "bo.yaml").ExampleLines.ShouldBe(PersonaCardReader.Parse(WholeYaml, "bo.yaml").ExampleLines);
        stream.CanRead.ShouldBeTrue();
    }

    [Theory]
    [InlineData("c.yaml", "", "line 1, key 'name'", "empty")]
    [InlineData("c.yaml", "# only a remark\n", "line 1, key 'name'", "missing")]
    [InlineData("c.yaml", "---\n", "line 2", "mapping")]
    [InlineData("c.yaml", "description: x", "line 1, key 'name'", "missing")]
    [InlineData("c.yaml", "description: x\nname: ' '", "line 2, key 'name'", "is empty")]
    [InlineData("c.yaml", "name:\n", "line 1, key 'name'", "is empty")]
    [InlineData("c.yaml", "name: Bo\nexmaple_lines: [a]", "line 2, key 'exmaple_lines'", "did you mean 'exampleLines'?")]
    [InlineData("c.yaml", "name: Bo\ncolour: red", "line 2, key 'colour'", "id, name, description, specialities, facts, exampleLines, greeting")]
    [InlineData("c.yaml", "name: Bo\ndesc: red", "line 2, key 'desc'", "did you mean 'description'?")]
    [InlineData("c.yaml", "name: Bo\nfacts: [a]\nFacts: [b]", "line 3, key 'Facts'", "line 2")]
    [InlineData("c.yaml", "name: Bo\nlines: [a]\nexamples: [b]", "line 3, key 'examples'", "line 2")]
    [InlineData("c.yaml", "name: Bo\nfacts: I keep bees", "line 2, key 'facts'", "a list of texts is expected, not text")]
    [InlineData("c.yaml", "name: Bo\nfacts: {a: b}", "line 2, key 'facts'", "not a mapping")]
    [InlineData("c.yaml", "name: [Bo]", "line 1, key 'name'", "text is expected, not a list")]
    [InlineData("c.yaml", "name: {first: Bo}", "line 1, key 'name'", "text is expected, not a mapping")]
    [InlineData("c.yaml", "name: Bo\nfacts:\n  - fine\n  - Bees: ask them", "line 4, key 'facts'", "quotes")]
    [InlineData("c.yaml", "name: Bo\nfacts:\n  - fine\n  - [[a]]", "line 4, key 'facts'", "not a list")]
    [InlineData("c.yaml", "name: Bo\nfacts:\n  - fine\n  -\n", "line 4, key 'facts'", "empty")]
    [InlineData("c.yaml", "name: Bo\nfacts:\n  - fine\n  - 'PASS: no'", "line 4, key 'facts'", "PASS")]
    [InlineData("c.yaml", "- name: Bo", "line 1", "mapping")]
    [InlineData("c.yaml", "Bo", "line 1", "mapping")]
    [InlineData("c.yaml", "name: Bo\n---\nname: Ann", "line 2", "one card a file")]
    [InlineData("c.yaml", "name: Bo\nfacts: [a\ngreeting: b", "line 2", "not YAML")]
    [InlineData("c.yaml", "name: 'Bo\n", "line 1", "not YAML")]
    [InlineData("c.yaml", "name: Bo\n\tfacts: [a]", "line 1", "not YAML")]
    [InlineData("c.yaml", "name: &n Bo\ngreeting: *n", "line 2", "aliases")]
    [InlineData("c.yaml", "name: Bo\nfacts: {a: [*n]}", "line 2", "aliases")]
    [InlineData("c.yaml", "name: \"B\\ud800\"", "line 1", "surrogates")]
    [InlineData("c.yaml", "[a]: b", "line 1", "key")]
    [InlineData("c.yaml", "? [a]\n: b", "line 1", "key")]
    [InlineData("c.yaml", "name: \"B\\no\"", "line 1, key 'name'", "line break")]
    [InlineData("c.yaml", "name: \"B\\u0007o\"", "line 1, key 'name'", "invisible")]
    [InlineData("c.yaml", "name: \"Bo\\u202e\"", "line 1, key 'name'", "invisible")]
    [InlineData("c.yaml", "name: '?!'", "line 1, key 'name'", "letter")]
    [InlineData("c.yaml", "name: Bo\nid: Bo Bee", "line 2, key 'id'", "'bo-bee'")]
    [InlineData("c.yaml", "name: Bo\nid: '!'", "line 2, key 'id'", "leave it out")]
    [InlineData("c.json", "{\n\"nam\": \"Bo\"}", "line 2, key 'nam'", "did you mean 'name'?")]
    [InlineData("c.json", "{\"name\": \"Bo\",\n}", "line 2", "not JSON")]
    [InlineData("c.json", "{ // remark\n\"name\": \"Bo\"}", "line 1", "not JSON")]
    [InlineData("c.json", "{\"name\": \"Bo\"", "line 1", "not JSON")]
    [InlineData("c.json", "{\"name\": \"Bo\"} x", "line 1", "not JSON")]
    [InlineData("c.json", "\n[\"Bo\"]", "line 2", "object")]
    [InlineData("c.json", "{\"name\": 7}", "line 1, key 'name'", "a number")]
    [InlineData("c.json", "{\"name\": null}", "line 1, key 'name'", "is empty")]
    [InlineData("c.json", "{\"name\": \"Bo\",\n\"facts\": [\"a\",\n true]}", "line 3, key 'facts'", "true or false")]
    [InlineData("c.json", "{\"name\": \"Bo\",\n\"facts\": {\"a\": [1]}}", "line 2, key 'facts'", "an object")]
    [InlineData("c.json", "{\"name\": \"Bo\",\n\"name\": \"Ann\"}", "line 2, key 'name'", "line 1")]
    [InlineData("c.json", "{\n\"name\": \"\\ud800\"}", "line 2", "half a character")]
    [InlineData("c.txt", "name: Bo", "c.txt", ".yaml, .yml or .json")]
    public void A_bad_card_is_refused_in_one_line_that_names_file_line_and_key(string file, string text, string where, string what)
    {
        var message = MessageFor(text, file);

        message.ShouldStartWith(file);
        message.ShouldContain(where);
        message.ShouldContain(what, Case.Sensitive);
        message.ShouldNotContain("\n");
        message.ShouldNotContain("\r");
    }

    [Fact]
    public void A_list_past_five_hundred_texts_is_refused()
    {
        var items = string.Concat(Enumerable.Range(1, CardFields.MaxListLength).Select(i => $"\n  - line {i}"));

        PersonaCardReader.Parse($"name: Bo\nlines:{items}", "c.yaml").ExampleLines.Count.ShouldBe(CardFields.MaxListLength);
        MessageFor($"name: Bo\nlines:{items}\n  - one more", "c.yaml").ShouldContain("c.yaml, line 503, key 'exampleLines'");
    }

    [Fact]
    public void A_name_past_sixty_four_characters_is_refused()
    {
        PersonaCardReader.Parse($"name: {new string('o', 64)}", "c.yaml").Name.Length.ShouldBe(64);
        MessageFor($"name: {new string('o', 65)}", "c.yaml").ShouldContain("65 characters");
    }

    [Fact]
    public void A_line_longer_than_64_KiB_is_refused_by_number() =>
        MessageFor($"name: Bo\n# {new string('x', PersonaCardReader.MaxLineBytes)}", "c.yaml").ShouldContain("c.yaml, line 2");

    [Fact]
    public void Half_a_character_in_a_text_is_refused_by_line() =>
        MessageFor("name: Bo\ngreeting: \ud800", "c.yaml").ShouldContain("c.yaml, line 2");

    [Theory]
    [InlineData("c.yaml")]
    [InlineData("c.json")]
    public void Deep_nesting_and_odd_bytes_end_in_the_typed_error(string file)
    {
        // What this catches: a parser that answers some malformed input with an exception of its own.
        string[] pieces = ["name: Bo\n", "[", "{", "]", "}", "- ", "? ", ": ", "'", "\"", "&a ", "*a ", "!t ", "%YAML 9.9\n", "| \n", ">9\n", "\\u", "\0", "\u0085", "\n  ", ",", "---\n", "...\n", "\\x", "@", "`", "<<: ", "😀"];
        MessageFor(string.Concat(Enumerable.Repeat("[\n", 100_000)), file).ShouldStartWith(file);
        MessageFor(string.Concat(Enumerable.Repeat("{\"a\":\n", 100_000)), file).ShouldStartWith(file);
        for (var seed = 0; seed < 3_000; seed++)
        {
            var random = new Random(seed);
            var text = string.Concat(Enumerable.Range(0, 12).Select(_ => pieces[random.Next(pieces.Length)]));
            try
            {
                PersonaCardReader.Parse(text, file);
            }
            catch (PersonaCardException e)
            {
                e.Message.ShouldNotContain("\n");
            }
        }
    }

    private static string MessageFor(string text, string file) =>
        Should.Throw<PersonaCardException>(() => PersonaCardReader.Parse(text, file)).Message;
}
