using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Polyphony.Turns;

namespace Polyphony.Inference.Protocols;

/// <summary>
/// One JSON object: <c>{"will_respond": bool, "response": string}</c>, also within a single code fence. The schema goes with the call and is built once. A response that is nothing but PASS is silence.
/// </summary>
public sealed class JsonDecisionProtocol : IDecisionProtocol
{
    private const string Schema =
        """
        {"type":"object","properties":{"will_respond":{"type":"boolean"},"response":{"type":"string"}},
         "required":["will_respond","response"],"additionalProperties":false}
        """;

    // What a server may put in front of the text of an answer.
    private const char ByteOrderMark = '\ufeff';

    private static readonly ChatResponseFormat Format = ChatResponseFormat.ForJsonSchema(
        JsonDocument.Parse(Schema).RootElement, "decision", "Whether the persona speaks, and what it says.");

    /// <summary>The form of an answer, for an engine that places it.</summary>
    internal static DecisionFrame Frame { get; } = new(
        "{\"will_respond\":", "true", "false", "{\"will_respond\":true,\"response\":\"", "}",
        static reason => $"{{\"will_respond\":false,\"response\":\"{JsonEncodedText.Encode(reason)}\"}}");

    /// <summary>The only value.</summary>
    public static JsonDecisionProtocol Instance { get; } = new();

    /// <inheritdoc/>
    public string Name => "json";

    /// <inheritdoc/>
    public string Contract =>
        "Reply with one JSON object and nothing else, its keys in this order: will_respond (true or false) and response (your words, in your own "
        + "voice, without a name in front; empty when you are silent). If somebody asks you something, answer it. "
        + "If you have nothing to add, will_respond is false; silence is a good answer.";

    /// <inheritdoc/>
    public ChatResponseFormat? ResponseFormat => Format;

    /// <inheritdoc/>
    public void Ask(ChatOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ResponseFormat = Format;
        if (options is PersonaChatOptions persona)
        {
            persona.Frame = Frame;
        }
    }

    /// <inheritdoc/>
    public bool TryRead(in ModelAnswer answer, [NotNullWhen(true)] out Decision? decision, [NotNullWhen(false)] out string? whyNot)
    {
        decision = null;
        whyNot = answer.Flaw(mayCallTools: false);
        return whyNot is null && TryRead(answer.Text, out decision, out whyNot);
    }

    /// <summary>Reads the words of an answer.</summary>
    internal static bool TryRead(string text, [NotNullWhen(true)] out Decision? decision, [NotNullWhen(false)] out string? whyNot)
    {
        decision = null;
        bool? speaks = null;
        string? words = null;
        try
        {
            whyNot = Read(Encoding.UTF8.GetBytes(CodeFence.Unwrap(text.TrimStart(ByteOrderMark))), ref speaks, ref words);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            whyNot = "the reply is not one JSON object with will_respond and response";
        }

        if (whyNot is not null)
        {
            return false;
        }

        if (speaks is null || words is null)
        {
            whyNot = speaks is null ? "will_respond is missing" : "response is missing";
            return false;
        }

        if (speaks.Value && string.IsNullOrWhiteSpace(words))
        {
            whyNot = "will_respond is true but response is empty: say something, or set will_respond to false";
            return false;
        }

        decision = !speaks.Value ? new Decision.Pass(PassReason.Of(words))
            : PassWord.IsReserved(words, out var reason) ? new Decision.Pass(PassReason.Of(reason))
            : new Decision.Speak(words.Trim());
        return true;
    }

    /// <inheritdoc/>
    public string DraftOf(string answerSoFar)
    {
        ArgumentNullException.ThrowIfNull(answerSoFar);

        // Only in the order that the contract asks for is it sure before the end that these words are to be said.
        var rest = ReasoningText.VisibleSoFar(answerSoFar).AsSpan();
        CodeFence.SkipOpening(ref rest);
        return Skip(ref rest, "{")
            && Skip(ref rest, "\"will_respond\"") && Skip(ref rest, ":") && Skip(ref rest, "true") && Skip(ref rest, ",")
            && Skip(ref rest, "\"response\"") && Skip(ref rest, ":") && Skip(ref rest, "\"")
            && Unescape(rest).TrimStart() is var draft && !PassWord.MayBegin(draft) && !PassWord.IsReserved(draft, out _)
            ? draft
            : "";
    }

    private static bool Skip(ref ReadOnlySpan<char> rest, string token)
    {
        rest = rest.TrimStart();
        if (!rest.StartsWith(token, StringComparison.Ordinal))
        {
            return false;
        }

        rest = rest[token.Length..];
        return true;
    }

    private static string? Read(ReadOnlySpan<byte> json, ref bool? speaks, ref string? words)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return "the reply is not a JSON object";
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isSpeaks = reader.ValueTextEquals("will_respond"u8);
            var isWords = reader.ValueTextEquals("response"u8);
            if ((isSpeaks && speaks is not null) || (isWords && words is not null))
            {
                return isSpeaks ? "will_respond stands twice" : "response stands twice";
            }

            reader.Read();
            switch (reader.TokenType)
            {
                case JsonTokenType.True or JsonTokenType.False when isSpeaks: speaks = reader.GetBoolean(); break;
                case JsonTokenType.String when isWords: words = reader.GetString(); break;
                default:
                    if (isSpeaks || isWords)
                    {
                        return isSpeaks ? "will_respond is not true or false" : "response is not a string";
                    }

                    reader.Skip();
                    break;
            }
        }

        // Anything after the object makes this throw: an answer is one object and nothing else.
        reader.Read();
        return null;
    }

    private static string Unescape(ReadOnlySpan<char> text)
    {
        var words = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length && text[i] != '"'; i++)
        {
            if (text[i] != '\\')
            {
                words.Append(text[i]);
            }
            else if (++i < text.Length)
            {
                if (text[i] == 'u')
                {
                    if (i + 4 >= text.Length || !ushort.TryParse(text.Slice(i + 1, 4), System.Globalization.NumberStyles.HexNumber, null, out var code))
                    {
                        break;
                    }

                    words.Append((char)code);
                    i += 4;
                }
                else
                {
                    words.Append(text[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', var c => c });
                }
            }
        }

        // Half of a pair is no character yet.
        return words.Length > 0 && char.IsHighSurrogate(words[^1]) ? words.ToString(0, words.Length - 1) : words.ToString();
    }
}
