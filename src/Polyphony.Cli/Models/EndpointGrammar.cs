using OpenAI.Chat;
using Polyphony.Inference.Protocols;

namespace Polyphony.Cli.Models;

/// <summary>Puts a call's grammar where a server of the llama.cpp family looks for it: <c>grammar</c>, at the top of the request's body.</summary>
internal static class EndpointGrammar
{
    public static Microsoft.Extensions.AI.ChatOptions? InBody(Microsoft.Extensions.AI.ChatOptions? options)
    {
        if (options?.AdditionalProperties?.TryGetValue(JsonGrammarProtocol.GrammarKey, out var value) != true || value is not string grammar)
        {
            return options;
        }

        var own = options.Clone();
        own.RawRepresentationFactory = _ =>
        {
            var raw = new ChatCompletionOptions();
#pragma warning disable SCME0001 // Experimental, and the package's only way to put a field of a server's own into the body; a test reads it off the wire.
            raw.Patch.Set("$.grammar"u8, grammar);
#pragma warning restore SCME0001
            return raw;
        };
        return own;
    }
}
