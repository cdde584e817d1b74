using System.Text.Encodings.Web;
using Microsoft.Extensions.AI;
using Polyphony.Inference.Protocols;
using Polyphony.Turns;

namespace Polyphony.Testing;

/// <summary>Writes a decision as a model would, in whichever protocol.</summary>
public static class DecisionText
{
    /// <summary>The answer that a model of that protocol gives for the decision. It is read back before it is given out, so a script never says what it does not mean.</summary>
    /// <exception cref="ArgumentException">The protocol cannot say that, such as the word PASS as speech.</exception>
    public static string Write(Decision decision, IDecisionProtocol protocol)
    {
        ArgumentNullException.ThrowIfNull(decision);
        ArgumentNullException.ThrowIfNull(protocol);
        var (speaks, words) = decision switch
        {
            Decision.Speak speak => (true, speak.Text),
            Decision.Pass pass => (false, pass.Reason),
            _ => throw new ArgumentException("the decision is neither to speak nor to pass", nameof(decision)),
        };
        if (protocol is ToolVerbProtocol)
        {
            throw new ArgumentException($"protocol '{protocol.Name}' speaks by calls and not by text; script one with {nameof(ScriptedAnswer)}.{nameof(ScriptedAnswer.Of)}", nameof(protocol));
        }

        var answer = protocol.ResponseFormat is not null || protocol is JsonGrammarProtocol ? Json(speaks, words)
            : speaks ? words
            : words.Length == 0 ? "PASS"
            : $"PASS: {words}";
        return protocol.TryRead(ModelAnswer.Of(answer), out var read, out var whyNot) && read.GetType() == decision.GetType()
            ? answer
            : throw new ArgumentException($"protocol '{protocol.Name}' does not read that back as it was meant ({whyNot ?? "it reads another decision"}); script the text itself", nameof(decision));
    }

    /// <summary>The call that a model makes for the decision under <see cref="ToolVerbProtocol"/>.</summary>
    internal static FunctionCallContent Call(Decision decision) => decision switch
    {
        Decision.Speak speak => new("call-1", "speak", new Dictionary<string, object?> { ["text"] = speak.Text }),
        Decision.Pass pass => new("call-1", "pass", new Dictionary<string, object?> { ["reason"] = pass.Reason }),
        _ => throw new ArgumentException("the decision is neither to speak nor to pass", nameof(decision)),
    };

    /// <summary>The JSON object of <see cref="JsonDecisionProtocol"/>.</summary>
    internal static string Json(bool speaks, string words) =>
        $$"""{"will_respond":{{(speaks ? "true" : "false")}},"response":"{{JavaScriptEncoder.Default.Encode(words)}}"}""";
}
