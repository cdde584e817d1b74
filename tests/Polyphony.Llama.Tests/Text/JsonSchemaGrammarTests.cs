using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.AI;
using Polyphony.Llama.Text;

namespace Polyphony.Llama.Tests.Text;

public sealed class JsonSchemaGrammarTests
{
    private const string Decision = """{"type":"object","properties":{"speak":{"type":"boolean"},"reply":{"type":["string","null"],"maxLength":5},"mood":{"enum":["calm","cross"]}},"required":["speak"],"additionalProperties":false}""";
    private const string Tree = """{"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"n":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},"required":["n","next"]}}}""";

    [Theory]
    [InlineData(Decision, "{\"speak\":true}|{ \"speak\": false, \"reply\": null }|{\"speak\":true,\"reply\":\"日本🎻ab\",\"mood\":\"calm\"}|{\n  \"speak\": true,\n  \"mood\": \"cross\"\n}",
        "{}|{\"reply\":\"a\"}|{\"speak\":1}|{\"speak\":true,\"reply\":\"abcdef\"}|{\"speak\":true,\"mood\":\"glad\"}|{\"speak\":true,\"more\":1}|{\"mood\":\"calm\",\"speak\":true}|[]|{\"speak\":true")]
    [InlineData(Tree, "{\"n\":1,\"next\":null}|{\"n\":-1,\"next\":{\"n\":0,\"next\":null}}", "{\"n\":1}|{\"n\":01,\"next\":null}|{\"n\":1.5,\"next\":null}|{\"n\":1,\"next\":{}}")]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{"type":"null"},"c":true}}""", "{}|{\"a\":[1,{\"x\":\"y\"}]}|{\"b\":null}|{\"c\":1}|{\"a\":1,\"c\":2}|{\"a\":1,\"b\":null,\"c\":2}", "{\"b\":1}|{\"c\":1,\"a\":2}|{,\"a\":1}|{\"a\":1,}")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"null"},"c":{"type":"null"}},"required":["b"]}""", "{\"b\":null}|{\"a\":null,\"b\":null}|{\"b\":null,\"c\":null}", "{}|{\"a\":null}|{\"a\":null,\"c\":null}")]
    [InlineData("""{"type":"array","items":{"type":"number"},"minItems":1,"maxItems":3}""", "[1]|[-0.5,1e5]|[ 1, 2, 3 ]", "[]|[1,2,3,4]|[01]|[1,]|[.5]|[1")]
    [InlineData("""{"type":"array","items":{"type":"boolean"}}""", "[]|[true]|[true,false,true]", "[1]|[true false]")]
    [InlineData("""{"type":"array","maxItems":0}""", "[]", "[1]")]
    [InlineData("""{"type":"string","minLength":2}""", "\"ab\"|\"a\\n\"|\"\\u00e9\\uD7FF\"", "\"\"|\"a\"|\"\\u00e\"|\"a\nb\"|\"a\\xb\"|\"\\ud83c\\udfbb\"")]
    [InlineData("""{"const":{"a":["x\"y",1]}}""", "{\"a\":[\"x\\\"y\",1]}", "{\"a\":[]}")]
    [InlineData("""{"type":"string","enum":["a",1,"b"]}""", "\"a\"|\"b\"", "1|\"c\"")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"object","additionalProperties":{"type":"integer"}}]}""", "7|-7|{}|{\"k\":1,\"l\":2}", "{\"k\":\"v\"}|7.5|x")]
    [InlineData("""{"type":"object","additionalProperties":false,"description":"nothing","default":{}}""", "{}", "{\"a\":1}")]
    [InlineData("""{"properties":{"q\"\\é":{"type":"null"}},"required":["q\"\\é"]}""", "{\"q\\\"\\\\é\":null}", "{}")]
    [InlineData("true", "null|{\"a\":[true,false,null,-1.5e-3,\"x\"]}", "{a:1}|nul")]
    public void What_fulfils_the_schema_can_be_written_and_what_does_not_cannot(string schema, string good, string bad)
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        using var grammar = LlamaGrammar.OfSchema(model, Parsed(schema));

        good.Split('|').Where(text => !CanWrite(text)).ShouldBeEmpty();
        bad.Split('|').Where(CanWrite).ShouldBeEmpty();

        bool CanWrite(string text)
        {
            using var constraint = grammar.Begin();
            foreach (var token in model.Tokenize(text))
            {
                if (!constraint.Allows(token))
                {
                    return false;
                }

                constraint.Accept(token);
            }

            return constraint.IsComplete || constraint.Allows(model.TokenizeMarkup("<|im_end|>")[0]);
        }
    }

    [Theory]
    [InlineData(Decision)]
    [InlineData(Tree)]
    [InlineData("""{"type":"array","items":{"anyOf":[{"type":"string","maxLength":3},{"type":"number"},{"type":"object","additionalProperties":{"type":"boolean"}}]},"minItems":1,"maxItems":4}""")]
    public void Whatever_is_chosen_among_the_allowed_tokens_is_JSON(string schema)
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        using var grammar = LlamaGrammar.OfSchema(model, Parsed(schema));
        var (pieces, logits, ended) = (TokenPieces.Of(model), new float[model.VocabularySize], 0);

        Gen.Int[0, int.MaxValue].Sample(
            seed =>
            {
                using var constraint = grammar.Begin();
                var (random, written) = (new Random(seed), new List<byte>());
                for (var i = 0; i < 200 && !constraint.IsComplete; i++)
                {
                    logits.AsSpan().Clear();
                    constraint.Mask(logits).ShouldBeTrue();
                    int[] allowed = [.. Enumerable.Range(0, logits.Length).Where(token => !float.IsNegativeInfinity(logits[token]))];
                    var token = allowed[random.Next(allowed.Length)];
                    constraint.Accept(token);
                    written.AddRange(pieces[token]);
                }

                ended += constraint.IsComplete ? 1 : 0;
                if (constraint.IsComplete)
                {
                    Should.NotThrow(() => JsonDocument.Parse(written.ToArray()).Dispose(), Encoding.UTF8.GetString([.. written]));
                }
            },
            iter: 30,
            threads: 1);
        ended.ShouldBeGreaterThan(5, "too few came to an end");
    }

    [Theory]
    [InlineData("""{"type":"string","pattern":"a+"}""", "pattern")]
    [InlineData("""{"type":"string","format":"date-time"}""", "format")]
    [InlineData("""{"type":"integer","minimum":3}""", "minimum")]
    [InlineData("""{"type":"object","properties":{"x":{"type":"array","items":{"not":{}}}}}""", "#/properties/x/items")]
    [InlineData("""{"allOf":[{}]}""", "allOf")]
    [InlineData("""{"type":"object","properties":{"a":{}},"additionalProperties":true}""", "additionalProperties")]
    [InlineData("""{"type":"object","properties":{"a":{}},"required":["b"]}""", "'b'")]
    [InlineData("""{"anyOf":[{}],"type":"string"}""", "'anyOf' at '#' stands beside 'type'")]
    [InlineData("""{"anyOf":[]}""", "anyOf")]
    [InlineData("""{"enum":[]}""", "enum")]
    [InlineData("""{"type":"string","enum":[1]}""", "enum")]
    [InlineData("""{"type":"text"}""", "'text'")]
    [InlineData("""{"type":"string","maxLength":1001}""", "maxLength")]
    [InlineData("""{"type":"string","maxLength":-1}""", "maxLength")]
    [InlineData("""{"type":"array","minItems":3,"maxItems":2}""", "maxItems")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "#/$defs/none")]
    [InlineData("""{"$ref":"other.json"}""", "other.json")]
    [InlineData("""{"$ref":"#","type":"object"}""", "$ref")]
    [InlineData("false", "'#'")]
    [InlineData("3", "'#'")]
    public void What_cannot_be_kept_is_named(string schema, string named)
    {
        var unsupported = Should.Throw<LlamaException>(() => JsonSchemaGrammar.Of(Parsed(schema)));
        unsupported.Fault.ShouldBe(LlamaFault.SchemaUnsupported);
        unsupported.Message.ShouldContain(named);
        unsupported.Message.ShouldContain("; ", customMessage: "what to do");
    }

    [Fact]
    public void A_schema_that_is_too_large_is_refused()
    {
        var wide = $"{{\"properties\":{{{string.Join(',', Enumerable.Range(0, 501).Select(i => $"\"p{i}\":true"))}}}}}";
        Should.Throw<LlamaException>(() => JsonSchemaGrammar.Of(Parsed(wide))).Message.ShouldContain("'properties'");

        var deep = string.Concat(Enumerable.Repeat("{\"items\":", 80)) + "true" + new string('}', 80);
        using var json = JsonDocument.Parse(deep, new() { MaxDepth = 200 });
        Should.Throw<LlamaException>(() => JsonSchemaGrammar.Of(json.RootElement)).Fault.ShouldBe(LlamaFault.SchemaUnsupported);
    }

    [Fact]
    public void The_schema_of_a_type_can_be_kept_and_what_is_written_is_read_as_the_type()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        var schema = AIJsonUtilities.CreateJsonSchema(typeof(Plan), serializerOptions: JsonSerializerOptions.Web);
        using var grammar = LlamaGrammar.OfSchema(model, schema);
        using var constraint = grammar.Begin();
        var plan = new Plan("Dig the bed", [new("spade", 2), new("line", null)], true);

        foreach (var token in model.Tokenize(JsonSerializer.Serialize(plan, JsonSerializerOptions.Web)))
        {
            constraint.Accept(token);
        }

        constraint.IsComplete.ShouldBeTrue();
    }

    [Fact]
    public void The_largest_grammars_that_are_made_are_read()
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        var (lengths, items) = ("\"minLength\":999,\"maxLength\":1000", "\"minItems\":999,\"maxItems\":1000");

        Write($"{{\"type\":\"object\",\"properties\":{{{Properties("{}")}}}}}", "{\"p499\":\"\"}");
        Write($"{{\"type\":\"object\",\"properties\":{{{Properties("{}")}}},\"required\":[\"p498\"]}}", "{\"p1\":0,\"p498\":[]}");
        Write($"{{\"type\":\"string\",{lengths}}}", $"\"{new string('x', 1_000)}\"");
        Write("{\"type\":\"string\",\"minLength\":1000}", $"\"{new string('x', 1_001)}\"");
        Write($"{{\"type\":\"array\",\"items\":{{\"type\":\"object\",\"properties\":{{{Properties("{\"enum\":[1,2]}")}}}}},{items}}}", $"[{string.Join(',', Enumerable.Repeat("{}", 1_000))}]");
        Write("{\"type\":\"array\",\"items\":{\"type\":\"array\",\"maxItems\":1000},\"minItems\":1000}", $"[{string.Join(',', Enumerable.Repeat("[1,[]]", 1_001))}]");

        string Properties(string schema) => string.Join(',', Enumerable.Range(0, 500).Select(i => $"\"p{i}\":{schema}"));

        void Write(string schema, string text)
        {
            using var grammar = LlamaGrammar.OfSchema(model, Parsed(schema));
            using var constraint = grammar.Begin();
            foreach (var token in model.Tokenize(text))
            {
                constraint.Accept(token);
            }

            constraint.IsComplete.ShouldBeTrue(schema);
        }
    }

    [Theory]
    [InlineData("""{"$ref":"#"}""")]
    [InlineData("""{"anyOf":[{"$ref":"#/$defs/a"},{"type":"null"}],"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"}]}}}""")]
    public void A_schema_that_is_only_itself_is_refused(string schema)
    {
        using var scratch = new Scratch();
        using var model = Engine.Open(scratch);
        var refused = Should.Throw<LlamaException>(() => LlamaGrammar.OfSchema(model, Parsed(schema)));
        refused.Fault.ShouldBe(LlamaFault.GrammarRefused);
        refused.Message.ShouldNotContain("\n");
    }

    private static JsonElement Parsed(string schema)
    {
        using var json = JsonDocument.Parse(schema);
        return json.RootElement.Clone();
    }

    private sealed record Plan(string Title, IReadOnlyList<Tool> Tools, bool? Urgent);

    private sealed record Tool(string Name, int? Count);
}
