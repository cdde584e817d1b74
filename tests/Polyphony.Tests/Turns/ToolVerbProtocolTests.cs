using System.Text.Json;
using Microsoft.Extensions.AI;
using Polyphony.Inference.Protocols;
using Polyphony.Turns;

namespace Polyphony.Tests.Turns;

public sealed class ToolVerbProtocolTests
{
    private static readonly ToolVerbProtocol Protocol = ToolVerbProtocol.Instance;

    [Fact]
    public void A_call_carries_the_two_verbs_and_requires_one_of_them()
    {
        var options = new ChatOptions();

        Protocol.Ask(options);

        options.Tools.ShouldNotBeNull().Select(t => t.Name).ShouldBe(["speak", "pass"]);
        options.Tools.ShouldAllBe(t => t is AIFunctionDeclaration && !(t is AIFunction));
        options.ToolMode.ShouldBe(ChatToolMode.RequireAny);
        options.AllowMultipleToolCalls.ShouldBe(false);
    }

    [Fact]
    public void The_verbs_are_read_with_words_as_text_or_as_json()
    {
        Read(Call("speak", ("text", " good morning "))).ShouldBe((new Decision.Speak("good morning"), null));
        Read(Call("speak", ("text", JsonElement("\"ja\"")))).ShouldBe((new Decision.Speak("ja"), null));
        Read(Call("pass", ("reason", "nothing new"))).ShouldBe((new Decision.Pass("nothing new"), null));
        Read(Call("pass")).ShouldBe((new Decision.Pass("chose silence"), null));
        Read("beside the call", Call("pass")).ShouldBe((new Decision.Pass("chose silence"), null));
    }

    [Fact]
    public void Anything_else_is_no_decision_and_says_why()
    {
        Why("good morning").ShouldContain("no tool was called");
        Why("", Call("speak", ("text", "a")), Call("pass")).ShouldContain("2 tools were called");
        Why("", Call("speak", ("text", "a")), Call("speak", ("text", "b"))).ShouldContain("2 tools were called");
        Why("", Call("search", ("q", "a"))).ShouldContain("no tool 'search'");
        Why("", Call("speak")).ShouldContain("without words");
        Why("", Call("speak", ("text", " "))).ShouldContain("without words");
        Why("", Call("speak", ("text", 3))).ShouldContain("cannot be read");
        Why("", Call("speak", ("text", JsonElement("[1]")))).ShouldContain("cannot be read");
        var broken = Call("pass");
        broken.Exception = new JsonException("half an object");
        Why("", broken).ShouldContain("cannot be read");
    }

    [Fact]
    public void The_grammar_goes_with_the_call_where_an_adapter_finds_it()
    {
        var options = new ChatOptions();

        JsonGrammarProtocol.Instance.Ask(options);

        options.AdditionalProperties.ShouldNotBeNull()["grammar"].ShouldBe(JsonGrammarProtocol.Grammar);
        options.ResponseFormat.ShouldBeNull();
        JsonGrammarProtocol.Grammar.ShouldContain("\\\"will_respond\\\"");
    }

    private static (Decision?, string?) Read(params FunctionCallContent[] calls) => Read("", calls);

    private static (Decision?, string?) Read(string text, params FunctionCallContent[] calls)
    {
        Protocol.TryRead(new ModelAnswer { Text = text, ToolCalls = calls }, out var decision, out var whyNot);
        return (decision, whyNot);
    }

    private static string Why(string text, params FunctionCallContent[] calls)
    {
        var (decision, whyNot) = Read(text, calls);
        decision.ShouldBeNull();
        return whyNot.ShouldNotBeNull();
    }

    private static FunctionCallContent Call(string name, params (string Key, object? Value)[] arguments) =>
        new("1", name, arguments.ToDictionary(a => a.Key, a => a.Value));

    private static object JsonElement(string json) => JsonDocument.Parse(json).RootElement;
}
