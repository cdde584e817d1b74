using CsCheck;
using Polyphony.Personas;
using Polyphony.Rooms;

namespace Polyphony.Tests.Personas;

public sealed class MentionIndexTests
{
    [Theory]
    [InlineData("Bo")]
    [InlineData("BO, come")]
    [InlineData("ask bo")]
    [InlineData("bo's hive")]
    [InlineData("bo\u2019s hive")]
    [InlineData("@bo")]
    [InlineData("hey @Bo!")]
    [InlineData("(bo)")]
    [InlineData("'bo'")]
    [InlineData("\u201cbo\u201d")]
    [InlineData("bo.")]
    [InlineData("bo...")]
    [InlineData("well...bo")]
    [InlineData("bo,")]
    [InlineData("bo: hello")]
    [InlineData("bo - hello")]
    [InlineData("a\u2014bo\u2014b")]
    [InlineData("*bo*")]
    [InlineData("bo😀")]
    [InlineData("\u200fbo")]
    [InlineData("\ud800bo")]
    [InlineData("bo\udc00")]
    [InlineData("bobby and bo")]
    public void A_short_name_is_found_as_a_word(string text) => Find(text, "Bo").ShouldBe(["Bo"]);

    [Theory]
    [InlineData("")]
    [InlineData("bobby")]
    [InlineData("robo")]
    [InlineData("bo-peep")]
    [InlineData("robo-bo")]
    [InlineData("bo@x.org")]
    [InlineData("x@bo")]
    [InlineData("x@bo.org")]
    [InlineData("x/bo")]
    [InlineData("/bo")]
    [InlineData("c:\\bo")]
    [InlineData("bo/x")]
    [InlineData("bo_1")]
    [InlineData("_bo")]
    [InlineData("bo_")]
    [InlineData("bo2")]
    [InlineData("example.bo.org")]
    [InlineData("example.bo")]
    [InlineData("bo.org")]
    [InlineData("o'bo")]
    [InlineData("bo\u0301")]
    [InlineData("bo\u200dx")]
    [InlineData("böbo")]
    [InlineData("bo\U0001D41A")]
    [InlineData("b o")]
    public void A_short_name_is_not_found_inside_something_else(string text) => Find(text, "Bo").ShouldBeEmpty();

    [Theory]
    [InlineData("ai-driven design")]
    [InlineData("openai.com")]
    [InlineData("the air")]
    public void Ai_is_not_found_inside_words(string text) => Find(text, "Ai").ShouldBeEmpty();

    [Fact]
    public void The_longest_name_wins_and_is_read_as_one()
    {
        Find("ann lou knows", "Ann", "Lou", "Ann Lou").ShouldBe(["Ann Lou"]);
        Find("ann lou, ann lou", "Ann", "Ann Lou").ShouldBe(["Ann Lou"]);
        Find("ann louise", "Ann", "Ann Lou").ShouldBe(["Ann"]);
        Find("Bo (2), not Bo", "Bo", "Bo (2)").ShouldBe(["Bo (2)", "Bo"]);
    }

    [Fact]
    public void Names_of_every_shape_are_found()
    {
        Find("ask C++ about it", "C++").ShouldBe(["C++"]);
        Find("who is (bo)?", "(Bo)").ShouldBe(["(Bo)"]);
        Find("merci Žofie", "žofie").ShouldBe(["žofie"]);
        Find("what about dr. ann-lou?", "Dr. Ann-Lou").ShouldBe(["Dr. Ann-Lou"]);
        Find("anything", "?!").ShouldBeEmpty();
    }

    [Fact]
    public void Everybody_is_found_once_in_the_order_of_first_appearance() =>
        Find("Lou and bo, or Bo and lou and Ann", "Ann", "Bo", "Lou").ShouldBe(["Lou", "Bo", "Ann"]);

    [Fact]
    public void Any_text_can_be_searched() => Gen.String.Sample(text => Find($"{text} bo {text}", "Bo", "Ann Lou", "(x)").Count <= 3);

    private static List<string> Find(string text, params string[] names) =>
        [.. new MentionIndex(names.Select(name => new Participant(new(name), AuthorKind.Persona, name))).Find(text).Select(id => id.Value)];
}
