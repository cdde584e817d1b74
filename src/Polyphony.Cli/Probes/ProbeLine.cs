using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Polyphony.Cli.Probes;

/// <summary>One record of a probe file, as it stands in the file: nothing is copied, and only what every command asks for is looked at.</summary>
/// <remarks>Good as long as the bytes are that it was read from.</remarks>
internal ref struct ProbeLine
{
    // Some 30 years: what claims to have taken longer was not measured.
    private const double MostUs = 1e15;

    private bool _hasAt;
    private bool _hasMonoUs;
    private bool _hasFields;

    /// <summary>The whole line.</summary>
    public ReadOnlySpan<byte> Json { get; private set; }

    public ReadOnlySpan<byte> Class { get; private set; }

    public ReadOnlySpan<byte> TraceId { get; private set; }

    /// <summary>As shown: <c>t12</c>. Empty where the record belongs to no turn.</summary>
    public ReadOnlySpan<byte> Turn { get; private set; }

    public ReadOnlySpan<byte> Room { get; private set; }

    public ReadOnlySpan<byte> Persona { get; private set; }

    /// <summary>The object <c>fields</c>.</summary>
    public ProbeFields Fields { get; private set; }

    /// <summary>Microseconds; less than 0 where the record is no timing.</summary>
    public double DurationUs { get; private set; }

    public readonly bool IsTiming => DurationUs >= 0;

    /// <summary>Reads a line without its end; false where it is no record of a probe file.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out ProbeLine record)
    {
        record = new() { Json = line, DurationUs = -1 };
        if (line is not [(byte)'{', .., (byte)'}'] || line.Length > ProbeFile.LongestLine || !Utf8.IsValid(line))
        {
            return false;
        }

        try
        {
            RequireWholeSurrogates(line);
            return record.Read(line);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // A foreign line: the caller counts it. The second kind is thrown for half of a surrogate pair.
            return false;
        }
    }

    /// <summary>A text with half of a surrogate pair in an escape is none, and throws wherever somebody asks for it: found here, once.</summary>
    private static void RequireWholeSurrogates(ReadOnlySpan<byte> line)
    {
        if (line.IndexOf("\\ud"u8) < 0 && line.IndexOf("\\uD"u8) < 0)
        {
            return;
        }

        var unescaped = new byte[line.Length];
        for (var reader = new Utf8JsonReader(line); reader.Read();)
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                reader.CopyString(unescaped);
            }
        }
    }

    private bool Read(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.ValueSpan;
            reader.Read();
            if (!Take(key, ref reader, line))
            {
                return false;
            }
        }

        var isTiming = Class.SequenceEqual("timing"u8);
        return !reader.Read() && _hasAt && _hasMonoUs && _hasFields && Class.Length > 0 && isTiming == IsTiming;
    }

    /// <summary>Takes the value that stands under a key; false where it is of another type than ours.</summary>
    private bool Take(ReadOnlySpan<byte> key, scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> line)
    {
        switch (key)
        {
            case [(byte)'a', (byte)'t']:
                return _hasAt = reader.TokenType == JsonTokenType.String;
            case [(byte)'m', (byte)'o', ..] when key.SequenceEqual("mono_us"u8):
                return _hasMonoUs = reader.TokenType == JsonTokenType.Number;
            case [(byte)'d', ..] when key.SequenceEqual("duration_us"u8):
                DurationUs = reader.TokenType == JsonTokenType.Number && TryNumber(reader.ValueSpan, out var us) && us is >= 0 and < MostUs ? us : -1;
                return IsTiming;
            case [(byte)'f', ..] when key.SequenceEqual("fields"u8):
                var start = (int)reader.TokenStartIndex;
                _hasFields = reader.TokenType == JsonTokenType.StartObject;
                reader.Skip();
                Fields = new(line[start..(int)reader.BytesConsumed]);
                return _hasFields;
            default:
                return TakeText(key, ref reader);
        }
    }

    private bool TakeText(ReadOnlySpan<byte> key, scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            // A key of a later version.
            reader.Skip();
            return true;
        }

        if (key.SequenceEqual("class"u8))
        {
            Class = ProbeFields.TextOf(ref reader);
        }
        else if (key.SequenceEqual("turn"u8))
        {
            Turn = ProbeFields.TextOf(ref reader);
        }
        else if (key.SequenceEqual("room"u8))
        {
            Room = ProbeFields.TextOf(ref reader);
        }
        else if (key.SequenceEqual("persona"u8))
        {
            Persona = ProbeFields.TextOf(ref reader);
        }
        else if (key.SequenceEqual("trace_id"u8))
        {
            TraceId = ProbeFields.TextOf(ref reader);
        }

        return true;
    }

    /// <summary>Reads a number as JSON writes it; false where it is beyond what a double holds.</summary>
    internal static bool TryNumber(ReadOnlySpan<byte> text, out double number) =>
        Utf8Parser.TryParse(text, out number, out var read) && read == text.Length && double.IsFinite(number);
}
