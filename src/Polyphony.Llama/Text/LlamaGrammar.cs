using System.Text;
using System.Text.Json;
using Polyphony.Llama.Native;

namespace Polyphony.Llama.Text;

/// <summary>
/// What a reply must be, read once for a model; every request gets a constraint of its own from it. Thread-safe.
/// </summary>
public sealed unsafe class LlamaGrammar : IDisposable
{
    private readonly LlamaModel _model;
    private readonly LlamaSamplerHandle _parsed;
    private readonly Lock _lock = new();

    private LlamaGrammar(LlamaModel model, LlamaSamplerHandle parsed, int endOfReply)
    {
        (_model, _parsed, EndOfReply) = (model, parsed, endOfReply);
        Pieces = TokenPieces.Of(model);
    }

    internal TokenPieces Pieces { get; }

    /// <summary>A token that ends replies: allowed where the grammar's text may end.</summary>
    internal int EndOfReply { get; }

    /// <summary>Any JSON value.</summary>
    /// <exception cref="LlamaException"><see cref="LlamaFault.UnknownTokenizer"/>: the model has no token that ends a reply.</exception>
    public static LlamaGrammar OfJson(LlamaModel model) => Parse(model, JsonSchemaGrammar.Any);

    /// <summary>
    /// The JSON that a schema describes. Known: <c>type</c> (one or several), <c>properties</c> with <c>required</c>, <c>additionalProperties</c>, <c>items</c> with <c>minItems</c> and <c>maxItems</c>,
    /// <c>minLength</c> and <c>maxLength</c>, <c>enum</c>, <c>const</c>, <c>anyOf</c>, <c>oneOf</c>, <c>$ref</c> within the schema with <c>$defs</c>, and what only describes. Anything else is an error that names it.
    /// </summary>
    /// <remarks>
    /// What is let through fulfils the schema; less is let through: properties stand in the schema's order, an object with <c>properties</c> has no others, numbers have at most 16 digits before the point and as many behind it.
    /// Of <c>oneOf</c> at least one holds.
    /// </remarks>
    /// <exception cref="LlamaException">
    /// <see cref="LlamaFault.SchemaUnsupported"/>: the message names the keyword and its place; <see cref="LlamaFault.GrammarRefused"/>: it refers to itself without an end; <see cref="LlamaFault.UnknownTokenizer"/>: the model
    /// has no token that ends a reply.
    /// </exception>
    public static LlamaGrammar OfSchema(LlamaModel model, JsonElement schema) => Parse(model, JsonSchemaGrammar.Of(schema));

    /// <summary>The beginning of one text, for one request. Dispose of it when the request has ended.</summary>
    public GrammarConstraint Begin()
    {
        lock (_lock)
        {
            return new(this, _model, Owned(_model, NativeMethods.llama_sampler_clone(_parsed)));
        }
    }

    /// <summary>Gives it back. Constraints that have begun go on.</summary>
    public void Dispose() => _parsed.Dispose();

    // In llama.cpp's notation (GBNF). Not for grammars from outside: some that it reads end the process when they are used.
    internal static LlamaGrammar Parse(LlamaModel model, string gbnf)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var alive = new HandleUse(model.Handle);
        var end = NativeMethods.llama_vocab_eos(model.Vocabulary);
        if (end < 0 || !model.EndsReply(end))
        {
            throw new LlamaException(LlamaFault.UnknownTokenizer, $"the vocabulary of '{model.Path}' has no token that ends a reply; set tokenizer.ggml.eos_token_id in the file");
        }

        nint parsed = 0;
        var lines = LlamaLibrary.Logged(() =>
        {
            fixed (byte* text = Encoding.UTF8.GetBytes(gbnf + '\0'))
            fixed (byte* root = "root\0"u8)
            {
                parsed = NativeMethods.llama_sampler_init_grammar(model.Vocabulary, text, root);
            }
        });
        return parsed != 0 ? new(model, Owned(model, parsed), end) : throw new LlamaException(
            LlamaFault.GrammarRefused,
            $"the engine does not take the grammar ({(lines is [.., var reason] ? reason.ReplaceLineEndings(" ").Trim() : "it gave no reason")}); let every rule that refers to itself have something before that");
    }

    private static LlamaSamplerHandle Owned(LlamaModel model, nint sampler)
    {
        var added = false;
        model.Handle.DangerousAddRef(ref added);
        return new(sampler, model.Handle);
    }
}
