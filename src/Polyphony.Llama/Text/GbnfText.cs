using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Polyphony.Llama.Text;

/// <summary>The notation of llama.cpp's grammars, as far as it is written and read here.</summary>
internal static class GbnfText
{
    /// <summary>The rules of JSON itself that a schema's rules build on. White space is bounded, so that nobody writes it for ever.</summary>
    public static readonly IReadOnlyDictionary<string, string> Json = new Dictionary<string, string>
    {
        ["ws"] = "[ ]? | \"\\n\" [ ]{0,24}",
        ["null"] = "\"null\"",
        ["boolean"] = "\"true\" | \"false\"",
        ["integer"] = "\"-\"? (\"0\" | [1-9] [0-9]{0,15})",
        ["number"] = "\"-\"? (\"0\" | [1-9] [0-9]{0,15}) (\".\" [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?",
        // No half of a letter that is written with two.
        ["char"] = "[^\"\\\\\\x7F\\x00-\\x1F] | \"\\\\\" ([\"\\\\/bfnrt] | \"u\" ([0-9a-cA-Ce-fE-F] [0-9a-fA-F] | [dD] [0-7]) [0-9a-fA-F]{2})",
        ["string"] = "\"\\\"\" char* \"\\\"\"",
        ["array"] = "\"[\" ws (value (\",\" ws value)* ws)? \"]\"",
        ["object"] = "\"{\" ws (string \":\" ws value (\",\" ws string \":\" ws value)* ws)? \"}\"",
        ["value"] = "object | array | string | number | boolean | null",
    };

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A text that stands there literally.</summary>
    public static string Literal(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (var letter in text)
        {
            literal.Append(letter switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                < ' ' or '\x7f' => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)letter:X2}"),
                _ => letter.ToString(),
            });
        }

        return literal.Append('"').ToString();
    }

    /// <summary>A JSON value that stands there literally, without white space.</summary>
    public static string Literal(JsonElement value) => Literal(Written(writer => value.WriteTo(writer)));

    /// <summary>The name of a property and its colon.</summary>
    public static string LiteralName(string name) => Literal(Written(writer => writer.WriteStringValue(name)) + ":");

    /// <summary>How often something is repeated: <c>{2,5}</c>.</summary>
    public static string Times(int least, int? most) => (least, most) switch
    {
        (0, null) => "*",
        (_, null) => string.Create(CultureInfo.InvariantCulture, $"{{{least},}}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{{{least},{most}}}"),
    };

    private static string Written(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Relaxed))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
