using Polyphony.Inference.Protocols;
using Polyphony.Turns;

namespace Polyphony.Tests.Turns;

public sealed class JsonDecisionProtocolTests
{
    private static readonly JsonDecisionProtocol Protocol = JsonDecisionProtocol.Instance;

    [Theory]
    [InlineData("""{"will_respond":true,"response":"good morning"}""", "good morning")]
    [InlineData(""" { "response" : " good \"morning\"\n" , "will_respond" : true } """, "good \"morning\"")]
    [InlineData("""{"will_respond":true,"response":"ja \u00e4","mood":{"a":[1,2]}}""", "ja ä")]
    [InlineData("```json\n{\"will_respond\":true,\"response\":\"x\"}\n```", "x")]
    [InlineData("```\n{\"will_respond\":true,\"response\":\"x\"}```\n", "x")]
    [InlineData("<think>hm</think>{\"will_respond\":true,\"response\":\"x\"}", "x")]
    public void Speech_is_read(string answer, string text)
    {
        Protocol.TryRead(ModelAnswer.Of(answer), out var decision, out _).ShouldBeTrue();

        decision.ShouldBe(new Decision.Speak(text));
    }

    [Theory]
    [InlineData("""{"will_respond":false,"response":""}""", "chose silence")]
    [InlineData("""{"will_respond":false,"response":"it is true, but not my field"}""", "it is true, but not my field")]
    public void Silence_is_read_with_its_reason_and_shows_no_draft(string answer, string reason)
    {
        Protocol.TryRead(ModelAnswer.Of(answer), out var decision, out _).ShouldBeTrue();

        decision.ShouldBe(new Decision.Pass(reason));
        Protocol.DraftOf(answer).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("", "not one JSON object")]
    [InlineData("good morning", "not one JSON object")]
    [InlineData("PASS", "not one JSON object")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("\"x\"", "not a JSON object")]
    [InlineData("{}", "will_respond is missing")]
    [InlineData("""{"response":"x"}""", "will_respond is missing")]
    [InlineData("""{"will_respond":true}""", "response is missing")]
    [InlineData("""{"will_respond":"true","response":"x"}""", "will_respond is not true or false")]
    [InlineData("""{"will_respond":1,"response":"x"}""", "will_respond is not true or false")]
    [InlineData("""{"will_respond":true,"response":null}""", "response is not a string")]
    [InlineData("""{"will_respond":true,"response":["x"]}""", "response is not a string")]
    [InlineData("""{"will_respond":true,"response":" "}""", "response is empty")]
    [InlineData("""{"will_respond":true,"response":"x"}{"will_respond":true,"response":"y"}""", "not one JSON object")]
    [InlineData("""{"will_respond":true,"response":"x"} and more""", "not one JSON object")]
    [InlineData("""{"will_respond":true,"response":"x" """, "not one JSON object")]
    [InlineData("""{"will_respond":true,"response":"\ud800"}""", "not one JSON object")]
    [InlineData("```json\n{\"will_respond\":true,\"response\":\"x\"}\n```\nand more", "not one JSON object")]
    [InlineData("```json\n{\"will_respond\":true,\"response\":\"x\"}", "not one JSON object")]
    [InlineData("""{"will_respond":false,"will_respond":true,"response":"x"}""", "will_respond stands twice")]
    [InlineData("""{"will_respond":true,"response":"x","response":"y"}""", "response stands twice")]
    public void Anything_else_is_no_decision_and_says_why(string answer, string why)
    {
        Protocol.TryRead(ModelAnswer.Of(answer), out var decision, out var whyNot).ShouldBeFalse();

        decision.ShouldBeNull();
        whyNot.ShouldNotBeNull().ShouldContain(why);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("""{"will_respond": tr""", "")]
    [InlineData("""{"will_respond": true""", "")]
    [InlineData("""{"will_respond": true, "response":""", "")]
    [InlineData("""{"will_respond": true, "response": "good mor""", "good mor")]
    [InlineData("""{"will_respond": true, "response": "a\nb\u00e4\"c""", "a\nbä\"c")]
    [InlineData("""{"will_respond": true, "response": "a\u00""", "a")]
    [InlineData("""{"will_respond": true, "response": "a\""", "a")]
    [InlineData("""{"will_respond": true, "response": "done"}""", "done")]
    [InlineData("""{"will_respond" : true , "response" : "done"}""", "done")]
    [InlineData("""{"will_respond": false, "response": "it is true""", "")]
    [InlineData("""{"response": "first", "will_respond": fal""", "")]
    [InlineData("""{"response": "true", """, "")]
    public void A_draft_is_the_words_once_it_is_sure_that_it_speaks(string soFar, string draft) => Protocol.DraftOf(soFar).ShouldBe(draft);

    [Fact]
    public void The_schema_goes_with_the_call_and_is_made_once() => Protocol.ResponseFormat.ShouldNotBeNull().ShouldBeSameAs(Protocol.ResponseFormat);

    [Fact]
    public void The_protocols_are_found_by_name()
    {
        DecisionProtocols.Names.ShouldBe(["pass", "json", "json-grammar", "tools"]);
        DecisionProtocols.Find("json").ShouldBeSameAs(Protocol);
        Should.Throw<ArgumentException>(() => DecisionProtocols.Find("xml")).Message.ShouldContain("pass, json, json-grammar, tools");
    }
}
