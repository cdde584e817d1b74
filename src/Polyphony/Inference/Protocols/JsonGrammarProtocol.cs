using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Polyphony.Turns;

namespace Polyphony.Inference.Protocols;

/// <summary>
/// The contract of <see cref="JsonDecisionProtocol"/> under a GBNF grammar, for engines of the llama.cpp family. The call carries the grammar as
/// <c>ChatOptions.AdditionalProperties["grammar"]</c> and no response format: such an engine takes one of the two.
/// </summary>
public sealed class JsonGrammarProtocol : IDecisionProtocol
{
    /// <summary>The key of the grammar among a call's additional properties.</summary>
    public const string GrammarKey = "grammar";

    /// <summary>The grammar, in GBNF: the two keys in their order, and words wherever <c>will_respond</c> is true.</summary>
    public const string Grammar =
        """
        root ::= "{" ws "\"will_respond\"" ws ":" ws ( speaks | passes ) ws "}"
        speaks ::= "true" ws "," ws "\"response\"" ws ":" ws "\"" char+ "\""
        passes ::= "false" ws "," ws "\"response\"" ws ":" ws "\"" char* "\""
        char ::= [^"\\\x7F\x00-\x1F] | "\\" ( ["\\/bfnrt] | "u" hex hex hex hex )
        hex ::= [0-9a-fA-F]
        ws ::= " "?
        """;

    /// <summary>The only value.</summary>
    public static JsonGrammarProtocol Instance { get; } = new();

    /// <inheritdoc/>
    public string Name => "json-grammar";

    /// <inheritdoc/>
    public string Contract => JsonDecisionProtocol.Instance.Contract;

    /// <inheritdoc/>
    public ChatResponseFormat? ResponseFormat => null;

    /// <inheritdoc/>
    public void Ask(ChatOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (options.AdditionalProperties ??= [])[GrammarKey] = Grammar;
        if (options is PersonaChatOptions persona)
        {
            persona.Frame = JsonDecisionProtocol.Frame;
        }
    }

    /// <inheritdoc/>
    public bool TryRead(in ModelAnswer answer, [NotNullWhen(true)] out Decision? decision, [NotNullWhen(false)] out string? whyNot) =>
        JsonDecisionProtocol.Instance.TryRead(answer, out decision, out whyNot);

    /// <inheritdoc/>
    public string DraftOf(string answerSoFar) => JsonDecisionProtocol.Instance.DraftOf(answerSoFar);
}
