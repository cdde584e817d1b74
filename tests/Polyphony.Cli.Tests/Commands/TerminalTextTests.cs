using Polyphony.Cli.Chat;

namespace Polyphony.Cli.Tests.Commands;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("hello", 5)]
    [InlineData("日本語", 6)]
    [InlineData("한국", 4)]
    [InlineData("Zoë", 3)]
    [InlineData("", 0)]
    public void A_wide_letter_takes_two_columns(string text, int cells) => TerminalText.Cells(text).ShouldBe(cells);

    [Theory]
    [InlineData("hello", 5, "hello")]
    [InlineData("hello", 4, "…llo")]
    [InlineData("日本語です", 10, "日本語です")]
    [InlineData("日本語です", 9, "…本語です")]
    [InlineData("日本語です", 8, "…語です")]
    [InlineData("a😀b", 3, "…b")]
    public void The_end_of_a_draft_fits_into_its_line(string text, int cells, string shown)
    {
        TerminalText.End(text, cells).ShouldBe(shown);
        TerminalText.Cells(shown).ShouldBeLessThanOrEqualTo(cells);
    }
}
