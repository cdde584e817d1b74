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
    [InlineData("_PASS_ .", "chose silence")]
    [InlineData("'Pass.'", "chose silence")]
    [InlineData("```\nPASS\n```", "chose silence")]
    [InlineData("[PASS] nothing new", "nothing new")]
    [InlineData("Pass. I spoke a moment ago.", "I spoke a moment ago.")]
    [InlineData("They all say PASS", "They all say")]
    [InlineData("I have nothing to add, so PASS.", "I have nothing to add, so")]
    [InlineData("I have nothing to add.\n(pass)", "I have nothing to add.")]
    [InlineData("I'll pass my turn", "I'll pass my turn")]
    [InlineData("Well, I\u2019ll pass my turn, Bo has said it all.", "Well, I\u2019ll pass my turn, Bo has said it all.")]
    [InlineData("I will pass this one.", "I will pass this one.")]
    [InlineData("Nothing to add. I'll pass for now.", "Nothing to add. I'll pass for now.")]
    [InlineData("(I pass)", "(I pass)")]
    [InlineData("I'm passing this time.", "I'm passing this time.")]
    [InlineData("```json\n{\"will_respond\": false, \"response\": \"done\"}\n```", "done")]
    [InlineData("{\"will_respond\": false, \"response\": \"\"}", "chose silence")]
    public void Silence_is_understood_with_its_reason(string answer, string reason)
    {
        Protocol.TryRead(ModelAnswer.Of(answer), out var decision, out _).ShouldBeTrue();

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
    [InlineData("They all say PASS/FAIL")]
    [InlineData("They all pass")]
    [InlineData("the test was a PASS, I think")]
    [InlineData("I'll pass on the refactor.")]
    [InlineData("I'll pass you the salt.")]
    [InlineData("I will pass this along to Bo.")]
    [InlineData("I'll pass this one to Bo.")]
    [InlineData("She said \"I'll pass my turn\" and left.")]
    [InlineData("I pass the mill every morning.")]
    [InlineData("Do not bypass")]
    [InlineData("All green:\n```\nPASS\n```\nThat was the log. PASS")]
    [InlineData("{not json")]
    public void Speech_stays_speech(string answer)
    {
        Protocol.TryRead(ModelAnswer.Of(answer), out var decision, out _).ShouldBeTrue();

        decision.ShouldBe(new Decision.Speak(answer));
    }

    [Theory]
    [InlineData("Mira: PASS", "chose silence")]
    [InlineData("Mira: PASS, nothing new", "nothing new")]
    [InlineData("**Mira:** PASS: done", "done")]
    [InlineData("[12:03] Mira: pass", "chose silence")]
    public void Silence_is_understood_behind_its_own_label(string answer, string reason)
    {
        Protocol.TryRead(ModelAnswer.Of(answer, "Mira"), out var decision, out _).ShouldBeTrue();

        decision.ShouldBe(new Decision.Pass(reason));
    }

    [Fact]
    public void A_weak_narration_counts_in_a_short_text_only()
    {
        var tale = string.Concat(Enumerable.Range(1, 80).Select(i => $"The {i}th plank creaks. "));

        Read("I'll pass this one. " + tale[..400]).ShouldBeOfType<Decision.Pass>();
        Read("I'll pass this one. " + tale[..800]).ShouldBeOfType<Decision.Speak>();
        Read("I'll pass my turn. " + tale[..800]).ShouldBeOfType<Decision.Pass>();

        static Decision? Read(string text) => Protocol.TryRead(ModelAnswer.Of(text), out var decision, out _) ? decision : null;
    }

    [Theory]
    [InlineData("{\"will_respond\": true}", "response is missing")]
    [InlineData("{\"will_respond\": true, \"response\": \"I was ab", "JSON where words were asked for")]
    [InlineData("{\"antwort\": \"ja\"}", "will_respond is missing")]
    [InlineData("{\"will_respond\":true,\"response\":\"a\"}{\"will_respond\":true,\"response\":\"b\"}", "not one JSON object")]
    [InlineData("[{\"name\": \"speak\", \"arguments\": {\"text\": \"hi\"}}]", "not a JSON object")]
    [InlineData("```json\n{\"name\": \"speak\"}\n```", "will_respond is missing")]
    [InlineData("Here is my decision:\n{\"will_respond\": true, \"response\": \"hi\"}", "JSON where words were asked for")]
    public void Json_in_the_place_of_words_is_no_decision(string answer, string why)
    {
        Protocol.TryRead(ModelAnswer.Of(answer), out var decision, out var whyNot).ShouldBeFalse();

        decision.ShouldBeNull();
        whyNot.ShouldNotBeNull().ShouldContain(why);
        Protocol.DraftOf(answer).ShouldNotContain("{\"name");
    }

    [Fact]
    public void Words_in_the_other_protocols_form_are_understood()
    {
        Protocol.TryRead(ModelAnswer.Of("""{"will_respond": true, "response": "good morning"}"""), out var decision, out _).ShouldBeTrue();

        decision.ShouldBe(new Decision.Speak("good morning"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\t")]
    public void An_empty_answer_is_no_decision(string answer)
    {
        Protocol.TryRead(ModelAnswer.Of(answer), out var decision, out var whyNot).ShouldBeFalse();

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
                    var isRead = Protocol.TryRead(ModelAnswer.Of(answer), out var decision, out var whyNot);
                    (decision is not null).ShouldBe(isRead);
                    (whyNot is null).ShouldBe(isRead);
                    (decision is Decision.Speak { Text: var text } && string.IsNullOrWhiteSpace(text)).ShouldBeFalse();
                    Protocol.DraftOf(answer).ShouldNotBeNull();
                    JsonDecisionProtocol.Instance.DraftOf(answer).ShouldNotBeNull();
                    JsonDecisionProtocol.Instance.TryRead(ModelAnswer.Of(answer), out _, out _);
                },
                iter: 10_000);
}
