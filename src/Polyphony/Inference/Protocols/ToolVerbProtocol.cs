using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Polyphony.Turns;

namespace Polyphony.Inference.Protocols;

/// <summary>
/// Two tools, of which the model must call one: <c>speak(text)</c> or <c>pass(reason?)</c>. They are declared and never invoked: the call is the decision. Words beside the one
/// call are not said.
/// </summary>
public sealed class ToolVerbProtocol : IDecisionProtocol
{
    private const string SpeakVerb = "speak";
    private const string PassVerb = "pass";
    private const string BothVerbs = $"call {SpeakVerb} with your words, or {PassVerb}";

    private static readonly Verb SpeakTool = new(
        SpeakVerb, "Say something in the room.",
        """{"type":"object","properties":{"text":{"type":"string","description":"Your words, without a name in front."}},"required":["text"],"additionalProperties":false}""");

    private static readonly Verb PassTool = new(
        PassVerb, "Stay silent this time.",
        """{"type":"object","properties":{"reason":{"type":"string","description":"Why, in a few words; nobody in the room sees it."}},"additionalProperties":false}""");

    /// <summary>The only value.</summary>
    public static ToolVerbProtocol Instance { get; } = new();

    /// <inheritdoc/>
    public string Name => "tools";

    /// <inheritdoc/>
    public string Contract =>
        "Call exactly one of your two tools. speak(text) says your words, in your own voice, without a name in front. pass(reason) is silence. "
        + "If somebody asks you something, answer it with speak. If you have nothing to add, call pass; silence is a good answer.";

    /// <inheritdoc/>
    public ChatResponseFormat? ResponseFormat => null;

    /// <inheritdoc/>
    public void Ask(ChatOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Tools = [SpeakTool, PassTool];
        options.ToolMode = ChatToolMode.RequireAny;
        options.AllowMultipleToolCalls = false;
    }

    /// <inheritdoc/>
    public bool TryRead(in ModelAnswer answer, [NotNullWhen(true)] out Decision? decision, [NotNullWhen(false)] out string? whyNot)
    {
        decision = null;
        whyNot = answer.Flaw(mayCallTools: true) ?? Read(answer.ToolCalls, out decision);
        return whyNot is null;
    }

    /// <summary>Always empty: a call's words come whole.</summary>
    public string DraftOf(string answerSoFar) => "";

    private static string? Read(IReadOnlyList<FunctionCallContent> calls, out Decision? decision)
    {
        decision = null;
        if (calls.Count != 1)
        {
            return calls.Count == 0 ? $"no tool was called: {BothVerbs}" : $"{calls.Count} tools were called, and only one may be: {BothVerbs}";
        }

        var call = calls[0];
        if (call.Name is not (SpeakVerb or PassVerb))
        {
            return $"there is no tool '{ModelAnswer.OneLine(call.Name)}': {BothVerbs}";
        }

        var argument = call.Name == SpeakVerb ? "text" : "reason";
        if (call.Exception is not null || !TryGetText(call, argument, out var text))
        {
            return $"the arguments of {call.Name} cannot be read: it takes {argument}, a string";
        }

        text = text.Trim();
        if (call.Name == SpeakVerb && text.Length == 0)
        {
            return $"{SpeakVerb} was called without words: give it your words as text, or call {PassVerb}";
        }

        if (call.Name == SpeakVerb && PassWord.IsReserved(text, out var reason))
        {
            (call, text) = (new(call.CallId, PassVerb), reason);
        }

        decision = call.Name == SpeakVerb ? new Decision.Speak(text) : new Decision.Pass(text.Length == 0 ? PassReason.None : PassReason.Of(text));
        return null;
    }

    /// <summary>The argument; empty where it is absent, false where it is no string.</summary>
    private static bool TryGetText(FunctionCallContent call, string name, out string text)
    {
        object? value = null;
        call.Arguments?.TryGetValue(name, out value);
        text = value switch
        {
            string words => words,
            JsonElement { ValueKind: JsonValueKind.String } element => element.GetString()!,
            _ => "",
        };
        return value is null or string or JsonElement { ValueKind: JsonValueKind.String or JsonValueKind.Null };
    }

    private sealed class Verb(string name, string description, string schema) : AIFunctionDeclaration
    {
        public override string Name => name;

        public override string Description => description;

        public override JsonElement JsonSchema { get; } = JsonDocument.Parse(schema).RootElement;
    }
}
