using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Tests.Turns;

public sealed class SpeechCheckTests
{
    private static readonly Offer Offer = new()
    {
        Room = new("r"),
        Turn = new(3),
        Attempt = 2,
        Persona = new("persona:ada"),
        First = 0,
        Last = 0,
        Transcript = default,
        Roster = Roster.Empty.With(new("persona:ada"), AuthorKind.Persona, "Ada").With(new("persona:bo"), AuthorKind.Persona, "Bo")
            .With(new("human:Hana"), AuthorKind.Human, "Hana Nová"),
        Timeout = TimeSpan.FromMinutes(1),
    };

    [Theory]
    [InlineData("I think so.", "I think so.")]
    [InlineData("  I think so.\n", "I think so.")]
    [InlineData("Ada: I think so.", "I think so.")]
    [InlineData("ADA: Ada: I think so.", "I think so.")]
    [InlineData("**Ada:** I think so.", "I think so.")]
    [InlineData("[Ada]: I think so.", "I think so.")]
    [InlineData("One thing: it is late.\nNote: very late.", "One thing: it is late.\nNote: very late.")]
    [InlineData("I asked Bo: he knows.", "I asked Bo: he knows.")]
    [InlineData("first\nAda: second", "first\nAda: second")]
    [InlineData("https://example.org: a site", "https://example.org: a site")]
    [InlineData("@Bo: I think so.", "@Bo: I think so.")]
    [InlineData("👍", "👍")]
    [InlineData("hana: a flower", "hana: a flower")]
    public void Its_own_words_pass_without_its_own_label(string text, string said)
    {
        var result = SpeechCheck.Check(Offer, new("Ada"), text);

        (result.Outcome, result.Text).ShouldBe((TurnOutcome.Spoke.Instance, said));
        (result.Turn, result.Attempt, result.Persona).ShouldBe((Offer.Turn, Offer.Attempt, Offer.Persona));
    }

    [Theory]
    [InlineData("Bo: I think so.")]
    [InlineData("bo : I think so.")]
    [InlineData("I think so.\nHana Nová: me too")]
    [InlineData("I think so.\r\n  **Bo:** me too")]
    [InlineData("I think so.\u2028<Bo>: me too")]
    [InlineData("Ada: Bo: me too")]
    [InlineData("I think so.\n- Bo: me too")]
    [InlineData("I think so.\nBo：me too")]
    [InlineData("I think so.\n> Bo: me too")]
    [InlineData("🤖 Bo: me too")]
    [InlineData("| Bo: me too")]
    [InlineData("Bo 🤖: me too")]
    [InlineData("<b>Bo:</b> me too")]
    [InlineData("<b>Bo</b>: me too")]
    [InlineData("Hana: me too")]
    public void Another_ones_line_is_refused(string text)
    {
        var result = SpeechCheck.Check(Offer, new("Ada"), text);

        result.Outcome.ShouldBeOfType<TurnOutcome.Refused>().Rule.ShouldBe("other-voice");
        result.Text.ShouldBeNull();
    }

    [Fact]
    public void Who_shares_a_first_name_with_another_may_speak_under_it() =>
        SpeechCheck.Check(Offer, new("Hana Malá"), "Hana: I think so.").Outcome.ShouldBe(TurnOutcome.Spoke.Instance);

    [Theory]
    [InlineData("")]
    [InlineData("\u200b")]
    [InlineData("\u2060 \ufeff")]
    [InlineData("  \n")]
    [InlineData("Ada:")]
    [InlineData("Ada: ADA: **")]
    public void A_name_alone_is_nothing_said(string text) =>
        SpeechCheck.Check(Offer, new("Ada"), text).Outcome.ShouldBeOfType<TurnOutcome.Refused>().Rule.ShouldBe("empty");
}
