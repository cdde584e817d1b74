using System.Globalization;
using System.Text.Json;

namespace Polyphony.Llama.Text;

/// <summary>Turns one JSON schema into rules of a grammar. An expression that stands in a rule is always one name, one literal, or in brackets.</summary>
internal sealed class SchemaRules(JsonElement root)
{
    private const int MostDepth = 64;
    private const int MostRules = 10_000;

    // The library expands repetitions: each is a rule of its own, copied for every request.
    private const int MostTimes = 1_000;
    private const int MostProperties = 500;

    private static readonly string[] Descriptions = ["title", "description", "default", "examples", "$schema", "$id", "$comment", "deprecated", "readOnly", "writeOnly", "$defs", "definitions"];
    private static readonly string[] Constraints = ["properties", "required", "additionalProperties", "items", "minItems", "maxItems", "minLength", "maxLength"];

    private readonly Dictionary<string, string> _rules = [];
    private readonly Dictionary<string, string> _referred = [];

    /// <summary>The rules beside the root's.</summary>
    public IReadOnlyDictionary<string, string> Rules => _rules;

    /// <summary>What the root's rule is.</summary>
    public string Root()
    {
        _referred["#"] = "root";
        return Value(root, "#", 0);
    }

    private string Value(JsonElement schema, string at, int depth)
    {
        if (depth > MostDepth || _rules.Count > MostRules)
        {
            throw Unsupported($"the schema is too large at '{at}': more than {MostDepth} levels or {MostRules} rules", "make it smaller");
        }

        if (schema.ValueKind == JsonValueKind.True)
        {
            return "value";
        }

        if (schema.ValueKind != JsonValueKind.Object)
        {
            throw Unsupported($"'{at}' is no schema that anything fulfils", "give an object or true");
        }

        string[] keywords = [.. schema.EnumerateObject().Select(keyword => keyword.Name).Except(Descriptions)];
        return keywords.FirstOrDefault(keyword => keyword is "$ref" or "anyOf" or "oneOf" or "const" or "enum") switch
        {
            "$ref" => Referred(schema, OnlyKeyword("$ref"), at, depth),
            "const" => Among(schema, [schema.GetProperty(OnlyKeyword("const", "type"))], "const", at),
            "enum" => Among(schema, Elements(schema, OnlyKeyword("enum", "type"), at), "enum", at),
            { } several => Alternatives(Elements(schema, OnlyKeyword(several), at).Select((one, i) => Value(one, $"{at}/{several}/{i}", depth + 1))),
            null => Typed(schema, keywords, at, depth),
        };

        string OnlyKeyword(string keyword, string beside = "") => keywords.FirstOrDefault(other => other != keyword && other != beside) is { } other
            ? throw Unsupported($"'{keyword}' at '{at}' stands beside '{other}'", "put them into schemas of their own")
            : keyword;
    }

    private string Typed(JsonElement schema, string[] keywords, string at, int depth)
    {
        if (keywords.FirstOrDefault(keyword => keyword != "type" && !Constraints.Contains(keyword)) is { } unknown)
        {
            throw Unsupported($"the keyword '{unknown}' at '{at}' cannot be kept while writing", "leave it out and check the answer");
        }

        string[] types = Types(schema, at) ?? (keywords.Length == 0 ? [] : keywords.Any(keyword => keyword is "properties" or "required" or "additionalProperties") ? ["object"]
            : keywords.Any(keyword => keyword is "items" or "minItems" or "maxItems") ? ["array"] : ["string"]);
        return types.Length == 0 ? "value" : Alternatives(types.Select(type => type switch
        {
            "object" => ObjectOf(schema, at, depth),
            "array" => ArrayOf(schema, at, depth),
            "string" => StringOf(schema, at),
            "number" or "integer" or "boolean" or "null" => type,
            _ => throw Unsupported($"the type '{type}' at '{at}' is none of JSON", "use object, array, string, number, integer, boolean or null"),
        }));
    }

    private string ObjectOf(JsonElement schema, string at, int depth)
    {
        var others = schema.TryGetProperty("additionalProperties", out var given) ? given : default;
        var required = schema.TryGetProperty("required", out _) ? Elements(schema, "required", at).Select(name => name.ToString()).ToHashSet() : [];
        JsonProperty[] properties = schema.TryGetProperty("properties", out var declared) && declared.ValueKind == JsonValueKind.Object ? [.. declared.EnumerateObject()] : [];
        if (required.FirstOrDefault(name => properties.All(property => property.Name != name)) is { } missing)
        {
            throw Unsupported($"'required' at '{at}' names '{missing}', which is not among its properties", "declare it");
        }

        if (properties.Length > MostProperties)
        {
            throw Unsupported($"'properties' at '{at}' are more than {MostProperties}", "put some of them into an object of their own");
        }

        if (properties.Length == 0)
        {
            return others.ValueKind switch
            {
                JsonValueKind.Undefined or JsonValueKind.True => "object",
                JsonValueKind.False => Add("(\"{\" ws \"}\")"),
                _ => MapOf(Value(others, $"{at}/additionalProperties", depth + 1)),
            };
        }

        return others.ValueKind is JsonValueKind.Undefined or JsonValueKind.False
            ? Add(Members([.. properties.Select(property => (Member(property), required.Contains(property.Name)))]))
            : throw Unsupported($"'additionalProperties' at '{at}' stands beside 'properties'", "set it to false");

        string Member(JsonProperty property) => Add($"{GbnfText.LiteralName(property.Name)} ws {Value(property.Value, $"{at}/properties/{property.Name}", depth + 1)}");

        string MapOf(string value)
        {
            var member = Add($"string \":\" ws {value}");
            return Add($"\"{{\" ws ({member} (\",\" ws {member})* ws)? \"}}\"");
        }
    }

    // One rule for what follows each property, so that the grammar grows with their number and not with their combinations.
    private string Members(IReadOnlyList<(string Member, bool Required)> members)
    {
        var following = new string[members.Count + 1];
        following[^1] = "";
        for (var i = members.Count - 1; i > 0; i--)
        {
            var (member, required) = members[i];
            following[i] = Add($"{(required ? $"\",\" ws {member}" : $"(\",\" ws {member})?")} {following[i + 1]}");
        }

        var firsts = members.TakeWhile((_, i) => i == 0 || !members[i - 1].Required).Select((first, i) => $"{first.Member} {following[i + 1]} ws").ToList();
        return $"\"{{\" ws {Add(string.Join(" | ", firsts))}{(members.Any(member => member.Required) ? "" : "?")} \"}}\"";
    }

    private string ArrayOf(JsonElement schema, string at, int depth)
    {
        var item = schema.TryGetProperty("items", out var items) ? Value(items, $"{at}/items", depth + 1) : "value";
        var (least, most) = (Number(schema, "minItems", at) ?? 0, Number(schema, "maxItems", at));
        if (most < least)
        {
            throw Unsupported($"'maxItems' at '{at}' is less than 'minItems'", "make it more");
        }

        if (most == 0)
        {
            return Add("\"[\" ws \"]\"");
        }

        var further = GbnfText.Times(Math.Max(0, least - 1), most - 1);
        return Add($"\"[\" ws ({item} (\",\" ws {item}){further} ws){(least == 0 ? "?" : "")} \"]\"");
    }

    private string StringOf(JsonElement schema, string at)
    {
        var (least, most) = (Number(schema, "minLength", at) ?? 0, Number(schema, "maxLength", at));
        return most < least ? throw Unsupported($"'maxLength' at '{at}' is less than 'minLength'", "make it more")
            : (least, most) is (0, null) ? "string"
            : Add($"\"\\\"\" char{GbnfText.Times(least, most)} \"\\\"\"");
    }

    private string Referred(JsonElement schema, string keyword, string at, int depth)
    {
        var pointer = schema.GetProperty(keyword).ToString();
        if (_referred.TryGetValue(pointer, out var known))
        {
            return known;
        }

        var target = root;
        if (!pointer.StartsWith('#') || !pointer[1..].Split('/').Skip(1).All(Enter))
        {
            throw Unsupported($"'$ref' at '{at}' points to '{pointer}', which is not in this schema", "put it under $defs");
        }

        // The name is there before the rule, so that what refers to itself ends.
        var name = Reserve();
        _referred[pointer] = name;
        _rules[name] = Value(target, pointer, depth + 1);
        return name;

        bool Enter(string step)
        {
            step = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (target.ValueKind == JsonValueKind.Array && int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < target.GetArrayLength())
            {
                target = target[index];
                return true;
            }

            return target.ValueKind == JsonValueKind.Object && target.TryGetProperty(step, out target);
        }
    }

    private string Among(JsonElement schema, IEnumerable<JsonElement> values, string keyword, string at)
    {
        var types = Types(schema, at);
        string[] literals = [.. values.Where(value => types is null || types.Any(type => IsOf(value, type))).Select(GbnfText.Literal)];
        return literals.Length > 0 ? Alternatives(literals) : throw Unsupported($"'{keyword}' at '{at}' has no value of its type", "give it one");
    }

    private static bool IsOf(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && number == decimal.Truncate(number),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => false,
    };

    private static string[]? Types(JsonElement schema, string at) => !schema.TryGetProperty("type", out var type) ? null
        : type.ValueKind == JsonValueKind.String ? [type.GetString()!]
        : [.. Elements(schema, "type", at).Select(one => one.ToString())];

    private static JsonElement[] Elements(JsonElement schema, string keyword, string at) => schema.GetProperty(keyword) is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 | keyword == "required"
        ? [.. list.EnumerateArray()]
        : throw Unsupported($"'{keyword}' at '{at}' is no list with something in it", "give it one");

    private static int? Number(JsonElement schema, string keyword, string at) => !schema.TryGetProperty(keyword, out var given) ? null
        : given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out var number) && number is >= 0 and <= MostTimes ? number
        : throw Unsupported($"'{keyword}' at '{at}' is no whole number from 0 to {MostTimes}", "give it one, or leave it out");

    private string Alternatives(IEnumerable<string> expressions)
    {
        string[] distinct = [.. expressions.Distinct()];
        return distinct is [var one] ? one : Add(string.Join(" | ", distinct));
    }

    private string Add(string rule)
    {
        var name = Reserve();
        _rules[name] = rule;
        return name;
    }

    private string Reserve()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"r{_rules.Count + 1}");
        _rules[name] = "";
        return name;
    }

    private static LlamaException Unsupported(string what, string remedy) => new(LlamaFault.SchemaUnsupported, $"{what}; {remedy}");
}
