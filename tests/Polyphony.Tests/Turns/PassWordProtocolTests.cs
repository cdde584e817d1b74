using CsCheck;
using Polyphony.Inference.Protocols;
using Polyphony.Turns;

namespace Polyphony.Tests.Turns;

public sealed class PassWordProtocolTests
{
    private static readonly PassWordProtocol Protocol = PassWordProtocol.Instance;

    [Theory]
    [InlineData("PASS", "chose silence")]
    [InlineData("pass", "chose silence")]
    [InlineData(" Pass \n", "chose silence")]
    [InlineData("pass.", "chose silence")]
    [InlineData("PASS!", "chose silence")]
    [InlineData("(PASS)", "chose silence")]
    [InlineData("[pass]", "chose silence")]
    [InlineData("**PASS**", "chose silence")]
    [InlineData("`PASS`", "chose silence")]
    [InlineData("\"PASS\"", "chose silence")]
    [InlineData("PASS: nothing new", "nothing new")]
    [InlineData("PASS - nothing new", "nothing new")]
    [InlineData("PASS — nothing new", "nothing new")]
    [InlineData("PASS, nothing new", "nothing new")]
    [InlineData("PASS\nI spoke a moment ago.", "I spoke a moment ago.")]
    [InlineData("PASS nothing new", "nothing new")]
    [InlineData("PASS (nothing new)", "(nothing new)")]
    [InlineData("PASS:", "chose silence")]
    [InlineData("{\"will_respond\": false, \"response\": \"\"}", "chose silence")]
    public void Silence_is_understood_with_its_reason(string answer, string reason)
    {
        Protocol.TryRead(answer, out var decision, out _).ShouldBeTrue();

        decision.ShouldBe(new Decision.Pass(reason));
        Protocol.DraftOf(answer).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Pass me the salt")]
    [InlineData("pass: the salt")]
    [InlineData("I'll pass on the refactor")]
    [InlineData("Verdict: PASS for all six cases")]
    [InlineData("PASSAGE to India is a novel")]
    [InlineData("PASSED, all of them")]
    [InlineData("PASS_1 is the first pass")]
    [InlineData("PASS-through caching would help")]
    [InlineData("PASS/FAIL is all it says")]
    [InlineData("PASS's second rule")]
    [InlineData("PASS\n```\ncode\n```")]
    [InlineData("They all say PASS")]
    [InlineData("{not json")]
    [InlineData("{\"will_respond\": true}")]
    public void Speech_stays_speech(string answer)
    {
        Protocol.TryRead(answer, out var decision, out _).ShouldBeTrue();

        decision.ShouldBe(new Decision.Speak(answer));
    }

    [Fact]
    public void Words_in_the_other_protocols_form_are_understood()
    {
        Protocol.TryRead("""{"will_respond": true, "response": "good morning"}""", out var decision, out _).ShouldBeTrue();

        decision.ShouldBe(new Decision.Speak("good morning"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\t")]
    public void An_empty_answer_is_no_decision(string answer)
    {
        Protocol.TryRead(answer, out var decision, out var whyNot).ShouldBeFalse();

        decision.ShouldBeNull();
        whyNot.ShouldNotBeNull().ShouldContain("PASS");
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("P", "")]
    [InlineData("pa", "")]
    [InlineData("Pass", "")]
    [InlineData("PASS: noth", "")]
    [InlineData("{\"will_resp", "")]
    [InlineData("Pass me", "Pass me")]
    [InlineData(" PASSA", "PASSA")]
    [InlineData("Perhaps", "Perhaps")]
    public void A_draft_shows_only_what_is_surely_speech(string soFar, string draft) => Protocol.DraftOf(soFar).ShouldBe(draft);

    [Fact]
    public void Any_answer_is_read_or_refused_and_never_breaks_the_reader() =>
        Gen.OneOf(
                Gen.String,
                Gen.OneOf("PASS", "pass", ":", " ", "\n", "(", ")", "*", "\"", "'", "{", "}", "will_respond", "true", "\\u", "\\", "-", "/", ".", "\ud800", "x").Array[0, 8].Select(p => string.Concat(p)))
            .Sample(
                answer =>
                {
                    var isRead = Protocol.TryRead(answer, out var decision, out var whyNot);
                    (decision is not null).ShouldBe(isRead);
                    (whyNot is null).ShouldBe(isRead);
                    (decision is Decision.Speak { Text: var text } && string.IsNullOrWhiteSpace(text)).ShouldBeFalse();
                    Protocol.DraftOf(answer).ShouldNotBeNull();
                    JsonDecisionProtocol.Instance.DraftOf(answer).ShouldNotBeNull();
                    JsonDecisionProtocol.Instance.TryRead(answer, out _, out _);
                },
                iter: 10_000);
}
