using Polyphony.Turns;

namespace Polyphony.Tests.Turns;

public sealed class ReasoningTextTests
{
    [Theory]
    [InlineData("<think>a b</think>Hello", "Hello", 1)]
    [InlineData("<think>\na\n</think>\n\nHello", "\n\nHello", 1)]
    [InlineData("<THINKING>a</THINKING> Hello", " Hello", 1)]
    [InlineData("[THINK]a[/THINK]Hello", "Hello", 1)]
    [InlineData("<think>a</think>Hello\n<think>b</think>there", "Hello\nthere", 2)]
    [InlineData("Okay, they greet me.\n</think>\n\nHello", "\n\nHello", 1)]
    [InlineData("Okay, they greet me.</think>Hello", "Hello", 1)]
    [InlineData("Hello <think>they greet me, I think</think> there", "Hello  there", 1)]
    [InlineData("<think>and so", "", 1)]
    [InlineData("Hello\n<think>and so", "Hello\n", 1)]
    public void Reasoning_is_taken_out_and_counted(string written, string visible, int blocks)
    {
        var answer = ModelAnswer.Of(written);

        (answer.Text, answer.ReasoningBlocks).ShouldBe((visible, blocks));
        answer.ReasoningLength.ShouldBe(written.Length - visible.Length);
    }

    [Theory]
    [InlineData("Hello")]
    [InlineData("Some models write <think> before they answer.")]
    [InlineData("It goes between <think> and </think> tags.")]
    [InlineData("The tag `</think>` ends it.")]
    [InlineData("The tag </think> ends it.")]
    [InlineData("a < b and [c]")]
    public void A_tag_within_a_sentence_is_data(string written)
    {
        var answer = ModelAnswer.Of(written);

        (answer.Text, answer.ReasoningBlocks, answer.ReasoningLength).ShouldBe((written, 0, 0));
    }

    [Theory]
    [InlineData("<", "")]
    [InlineData("<thin", "")]
    [InlineData("<think>hm", "")]
    [InlineData("<b>", "<b>")]
    public void What_may_become_a_tag_is_not_shown(string soFar, string shown) => ReasoningText.VisibleSoFar(soFar).ShouldBe(shown);
}
