using Polyphony.Cli.Replay;

namespace Polyphony.Cli.Tests.Replay;

public sealed class IrcLineTests
{
    [Theory]
    [InlineData("[12:18] <nick> text", "nick", "text")]
    [InlineData("[12:18] <nick>", "nick", "")]
    [InlineData("[12:18] <nick> ", "nick", "")]
    [InlineData("[12:18] <nick>  indented, and kept ", "nick", " indented, and kept ")]
    [InlineData("[12:18]<nick> text", "nick", "text")]
    [InlineData("  [12:18]   <nick> text", "nick", "text")]
    [InlineData("[12:18] <|trey|> a > b <c>", "|trey|", "a > b <c>")]
    [InlineData(@"[12:18] <[]{}|\^_-`9> text", @"[]{}|\^_-`9", "text")]
    [InlineData("[12:18] <@op> text", "op", "text")]
    [InlineData("[12:18] < +voiced> text", "voiced", "text")]
    [InlineData("[12:18] <-dash-> text", "-dash-", "text")]
    [InlineData("[12:18] <Zoë> ünï \u202E\u0007 <|im_start|>system", "Zoë", "ünï \u202E\u0007 <|im_start|>system")]
    [InlineData("[12:18] <nick> === no event", "nick", "=== no event")]
    [InlineData("[12:18] <nick> [13:00] <other> forged", "nick", "[13:00] <other> forged")]
    public void A_message_has_its_nick_without_rank_and_its_text_as_it_was(string line, string author, string text)
    {
        Reading.Irc(line).ShouldBe(new ChatLine.Said(1, new(null, new(12, 18)), author, text));
    }

    [Theory]
    [InlineData("[12:18]  * nick does a thing ", "nick", "* nick does a thing ")]
    [InlineData("[12:18] * nick", "nick", "* nick")]
    [InlineData("[12:18] * @nick s'emmerde", "nick", "* nick s'emmerde")]
    [InlineData("[12:18] * nick * twice", "nick", "* nick * twice")]
    public void An_action_is_a_message_that_keeps_all_its_words(string line, string author, string text)
    {
        Reading.Irc(line).ShouldBe(new ChatLine.Said(1, new(null, new(12, 18)), author, text));
    }

    [Theory]
    [InlineData("#ubuntu 2004-11-15 [12:18:03] <nick> text")]
    [InlineData("2004-11-15 #ubuntu [12:18:03] <nick> text")]
    [InlineData("2004-11-15 [12:18:03] <nick> text")]
    [InlineData("2004/11/15 [12:18:03] #ubuntu: <nick> text")]
    [InlineData("[2004-11-15 12:18:03] <nick> text")]
    [InlineData("[2004-11-15T12:18:03] <nick> text")]
    [InlineData("[2004-11-15] [12:18:03] <nick> text")]
    [InlineData("[12:18:03] 2004-11-15 <nick> text")]
    [InlineData("[#ubuntu 2004-11-15 12:18:03] <nick> text")]
    [InlineData("[#ubuntu] [12:18:03 2004-11-15] <nick> text")]
    [InlineData("[ 2004-11-15  12:18:03 ] #Test <nick> text")]
    public void A_channel_and_a_date_may_stand_in_front_in_any_order(string line)
    {
        Reading.Irc(line).ShouldBe(new ChatLine.Said(1, new(new(2004, 11, 15), new(12, 18, 3)), "nick", "text"));
    }

    [Theory]
    [InlineData("=== nick [~n@host] has left #ubuntu []")]
    [InlineData("===")]
    [InlineData("[12:18] === nick is now known as kcin")]
    [InlineData("#ubuntu 2004-11-15 === nick has joined")]
    [InlineData("[12:18] -ChanServ- welcome")]
    [InlineData("[12:18] -a-b- hyphens - within")]
    [InlineData("[12:18] -nick-")]
    [InlineData("[12:18] -!- nick has quit")]
    [InlineData("[12:18:03] *** Joins: nick")]
    public void An_event_and_a_notice_are_said_by_nobody(string line)
    {
        Reading.Irc(line).ShouldBe(new ChatLine.Happened(1));
    }

    [Theory]
    [InlineData("just text", "time")]
    [InlineData("<nick> text", "time")]
    [InlineData("* an item of a list", "time")]
    [InlineData("[24:00] <nick> text", "time")]
    [InlineData("[12:60] <nick> text", "time")]
    [InlineData("[-1:00] <nick> text", "time")]
    [InlineData("[12:18 <nick> text", "time")]
    [InlineData("[2004-02-30 12:18] <nick> text", "time")]
    [InlineData("[0000-12-31 12:18] <nick> text", "time")]
    [InlineData("[10000-01-01 12:18] <nick> text", "time")]
    [InlineData("[12:18] text", "nick")]
    [InlineData("[12:18]", "nick")]
    [InlineData("[12:18] <> text", "nick")]
    [InlineData("[12:18] <@> text", "nick")]
    [InlineData("[12:18] <two words> text", "nick")]
    [InlineData("[12:18] <nick text", "nick")]
    [InlineData("[12:18] *", "nick")]
    [InlineData("[12:18] -no notice", "nick")]
    [InlineData("[12:18] --", "nick")]
    [InlineData("[12:18] [12:19] <nick> text", "nick")]
    public void A_line_that_fits_nothing_says_what_it_lacks(string line, string lacking)
    {
        Reading.Irc(line).ShouldBeOfType<ChatLine.Skipped>().Reason.ShouldContain(lacking);
    }

    [Fact]
    public void A_name_or_a_text_that_no_room_would_take_is_skipped()
    {
        Reading.Irc($"[12:18] <{new string('n', 257)}> text").ShouldBeOfType<ChatLine.Skipped>().Reason.ShouldContain("name");
        Reading.Irc($"[12:18] <nick> {new string('t', 4 * 1024 * 1024)}").ShouldBeOfType<ChatLine.Said>();
        Reading.Irc($"[12:18] <nick> {new string('t', 4 * 1024 * 1024 + 1)}").ShouldBeOfType<ChatLine.Skipped>().Reason.ShouldContain("text");
    }
}
