using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Polyphony.Analysis;

/// <summary>
/// Reads what a model wrote about a message, tolerantly: reasoning blocks and fences around the object do not matter, and of several objects the last with a summary
/// counts. Pure; bounded work for any text.
/// </summary>
internal static class AnalysisReader
{
    /// <summary>The most characters an angle may have; a longer one is none.</summary>
    public const int LongestAngle = 1_000;

    // A real answer has one object in it, or a few; text made of braces alone must not cost more than that.
    private const int MostObjects = 256;

    private static readonly JsonReaderOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Reads a whole answer.</summary>
    /// <param name="answer">What the model wrote.</param>
    /// <param name="specialities">What it was asked about: each gets an entry.</param>
    /// <param name="error">Why it is no analysis.</param>
    /// <returns>The analysis; null where there is none.</returns>
    public static MessageAnalysis? Read(string answer, IReadOnlyList<string> specialities, [NotNullWhen(false)] out AnalysisError? error)
    {
        var text = WithoutReasoning(answer);
        error = string.IsNullOrWhiteSpace(text) ? new AnalysisError.Empty() : new AnalysisError.Envelope();
        try
        {
            using var found = LastWithSummary(Encoding.UTF8.GetBytes(text));
            return found is null ? null : Read(found.RootElement, specialities, out error);
        }
        catch (InvalidOperationException)
        {
            // A JSON string with half of a character in it, which is no text.
            error = new AnalysisError.Envelope();
            return null;
        }
    }

    /// <summary>The text without its reasoning blocks. One that does not end may hold the answer, so only its mark goes.</summary>
    private static string WithoutReasoning(string text)
    {
        const string Open = "<think>";
        const string Close = "</think>";
        var kept = new StringBuilder(text.Length);
        var from = 0;
        while (text.IndexOf(Open, from, StringComparison.OrdinalIgnoreCase) is var at and >= 0)
        {
            kept.Append(text, from, at - from);
            var end = text.IndexOf(Close, at, StringComparison.OrdinalIgnoreCase);
            from = end < 0 ? at + Open.Length : end + Close.Length;
            if (end < 0)
            {
                break;
            }
        }

        return from == 0 ? text : kept.Append(text, from, text.Length - from).ToString();
    }

    private static JsonDocument? LastWithSummary(byte[] text)
    {
        JsonDocument? last = null;
        var tried = 0;
        for (var at = 0; at < text.Length && tried < MostObjects; at++)
        {
            if (text[at] != (byte)'{' || !MayBeObject(text.AsSpan(at + 1)))
            {
                continue;
            }

            tried++;
            if (Parse(text.AsSpan(at), out var length) is not { } found)
            {
                continue;
            }

            if (found.RootElement.TryGetProperty("summary", out _))
            {
                last?.Dispose();
                last = found;
                at += length - 1;
            }
            else
            {
                // It may be an envelope around the one that counts.
                found.Dispose();
            }
        }

        return last;
    }

    private static bool MayBeObject(ReadOnlySpan<byte> rest) => rest.TrimStart(" \t\r\n"u8) is [(byte)'"', ..];

    private static JsonDocument? Parse(ReadOnlySpan<byte> text, out int length)
    {
        var reader = new Utf8JsonReader(text, isFinalBlock: true, new JsonReaderState(Lenient));
        length = 0;
        try
        {
            var found = JsonDocument.ParseValue(ref reader);
            length = (int)reader.BytesConsumed;
            return found;
        }
        catch (JsonException)
        {
            // Not an object from here on; the next brace may begin one.
            return null;
        }
    }

    private static MessageAnalysis? Read(JsonElement found, IReadOnlyList<string> specialities, [NotNullWhen(false)] out AnalysisError? error)
    {
        if (!TryText(found, "summary", out var summary) || string.IsNullOrWhiteSpace(summary))
        {
            error = new AnalysisError.Field("summary");
            return null;
        }

        if (!found.TryGetProperty("suggestedAngles", out var suggested) || suggested.ValueKind != JsonValueKind.Object)
        {
            error = new AnalysisError.Field("suggestedAngles");
            return null;
        }

        error = null;
        return new()
        {
            Summary = summary.Trim(),
            KeyConcepts = found.TryGetProperty("keyConcepts", out var concepts) && concepts.ValueKind == JsonValueKind.Array
                ? [.. concepts.EnumerateArray().Where(static c => c.ValueKind == JsonValueKind.String).Select(static c => c.GetString()!)]
                : [],
            Intent = TryText(found, "intent", out var intent) ? IntentOf(intent.Trim()) : MessageIntent.Other,
            SuggestedAngles = AnglesOf(suggested, specialities),
        };
    }

    private static bool TryText(JsonElement found, string name, [NotNullWhen(true)] out string? text)
    {
        text = found.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return text is not null;
    }

    private static MessageIntent IntentOf(string name) => name.ToLowerInvariant() switch
    {
        "question" => MessageIntent.Question,
        "request" => MessageIntent.Request,
        "statement" => MessageIntent.Statement,
        "task" => MessageIntent.Task,
        "social" => MessageIntent.Social,
        _ => MessageIntent.Other,
    };

    private static Dictionary<string, string> AnglesOf(JsonElement suggested, IReadOnlyList<string> specialities)
    {
        var angles = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var speciality in specialities)
        {
            angles[speciality] = "";
        }

        foreach (var property in suggested.EnumerateObject())
        {
            var name = property.Name.Trim();
            if (property.Value.ValueKind == JsonValueKind.String && angles.ContainsKey(name))
            {
                angles[name] = AngleOf(property.Value.GetString()!);
            }
        }

        return angles;
    }

    /// <summary>One line, or nothing where it is no sentence. It is made safe where it enters a prompt: whoever spoke to the model may have got it to say anything.</summary>
    private static string AngleOf(string words)
    {
        var line = string.Join(' ', words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length > LongestAngle ? "" : line;
    }
}
