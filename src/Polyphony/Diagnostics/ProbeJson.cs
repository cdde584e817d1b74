using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Polyphony.Diagnostics;

/// <summary>Writes probes as lines of JSON. Belongs to one writer.</summary>
internal sealed class ProbeJson : IDisposable
{
    private const string SecondFormat = "yyyy-MM-ddTHH:mm:ss.";
    private const int AtLength = 27;

    private static readonly JsonEncodedText At = JsonEncodedText.Encode("at");
    private static readonly JsonEncodedText MonoUs = JsonEncodedText.Encode("mono_us");
    private static readonly JsonEncodedText Class = JsonEncodedText.Encode("class");
    private static readonly JsonEncodedText Message = JsonEncodedText.Encode("message");
    private static readonly JsonEncodedText TraceId = JsonEncodedText.Encode("trace_id");
    private static readonly JsonEncodedText SpanId = JsonEncodedText.Encode("span_id");
    private static readonly JsonEncodedText ParentId = JsonEncodedText.Encode("parent_id");
    private static readonly JsonEncodedText Turn = JsonEncodedText.Encode("turn");
    private static readonly JsonEncodedText Room = JsonEncodedText.Encode("room");
    private static readonly JsonEncodedText Persona = JsonEncodedText.Encode("persona");
    private static readonly JsonEncodedText Seq = JsonEncodedText.Encode("seq");
    private static readonly JsonEncodedText Fields = JsonEncodedText.Encode("fields");
    private static readonly JsonEncodedText Seam = JsonEncodedText.Encode("seam");
    private static readonly JsonEncodedText DurationUs = JsonEncodedText.Encode("duration_us");

    private readonly ArrayBufferWriter<byte> _lines = new(256 * 1024);
    private readonly Utf8JsonWriter _json;
    private readonly ProbeTime _time;
    private readonly ProbeText _message = new();
    private readonly char[] _at = new char[AtLength];
    private readonly Dictionary<string, JsonEncodedText?> _tagNames = [];
    private long _second = -1;
    private Activity? _root;
    private ProbeKeys _rootKeys;

    public ProbeJson(ProbeTime time)
    {
        _time = time;

        // The text is read by people and by jq, never put into a web page as it is; the keys are ours.
        _json = new(_lines, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    }

    /// <summary>What was written since <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Lines => _lines.WrittenSpan;

    public void Clear() => _lines.ResetWrittenCount();

    /// <summary>Takes back what was written after the first <paramref name="length"/> bytes.</summary>
    public void CutTo(int length)
    {
        var kept = Lines[..length].ToArray();
        Clear();
        _lines.Write(kept);
    }

    /// <summary>Adds one line. What cannot be written as JSON is an error of the probe, and leaves nothing half written.</summary>
    public void Add(CapturedProbe probe)
    {
        _json.Reset(_lines);
        _message.Clear();
        probe.Write(_message);
        Begin(probe.Shape, probe.Timestamp);
        if (probe.Span is { } span)
        {
            _json.WriteString(TraceId, span.TraceId.ToHexString());
            _json.WriteString(SpanId, span.SpanId.ToHexString());
            if (span.ParentSpanId != default)
            {
                _json.WriteString(ParentId, span.ParentSpanId.ToHexString());
            }
        }

        Write(KeysOf(probe));
        _json.WriteStartObject(Fields);
        if (probe.IsTiming)
        {
            WriteTiming(probe.Span!);
        }
        else
        {
            WriteFields(probe.Shape, probe.Values);
            _json.WriteEndObject();
        }

        End();
    }

    /// <summary>Adds a record of the file itself.</summary>
    public void Add(ProbeShape shape, long timestamp, params ReadOnlySpan<KeyValuePair<string, object?>> values)
    {
        _json.Reset(_lines);
        _message.Clear();
        shape.Fill(values, _message);
        Begin(shape, timestamp);
        _json.WriteStartObject(Fields);
        WriteFields(shape, values);
        _json.WriteEndObject();
        End();
    }

    public void Dispose() => _json.Dispose();

    /// <summary>Records of one turn follow each other, so that its keys are mostly at hand.</summary>
    private ProbeKeys KeysOf(CapturedProbe probe)
    {
        var root = probe.Root;
        if (!ReferenceEquals(root, _root))
        {
            (_root, _rootKeys) = (root, root is null ? default : ProbeKeys.Of(root));
        }

        return _rootKeys.With(probe.Values);
    }

    /// <summary>The wall clock with microseconds. Only its last six digits change within a second.</summary>
    private ReadOnlySpan<char> Written(DateTimeOffset at)
    {
        var (second, ticks) = Math.DivRem(at.UtcTicks, TimeSpan.TicksPerSecond);
        if (second != _second)
        {
            _second = second;
            at.UtcDateTime.TryFormat(_at, out _, SecondFormat, CultureInfo.InvariantCulture);
            _at[^1] = 'Z';
        }

        (ticks / TimeSpan.TicksPerMicrosecond).TryFormat(_at.AsSpan(SecondFormat.Length), out _, "D6", CultureInfo.InvariantCulture);
        return _at;
    }

    private void Begin(ProbeShape shape, long timestamp)
    {
        _json.WriteStartObject();
        _json.WriteString(At, Written(_time.At(timestamp)));
        _json.WriteNumber(MonoUs, _time.MonoUs(timestamp));
        _json.WriteString(Class, shape.WrittenName);
        _json.WriteString(Message, _message.Written);
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _lines.GetSpan(1)[0] = (byte)'\n';
        _lines.Advance(1);
    }

    private void Write(in ProbeKeys keys)
    {
        if (keys.Turn is not null)
        {
            _json.WriteString(Turn, keys.Turn);
        }

        if (keys.Room is not null)
        {
            _json.WriteString(Room, keys.Room);
        }

        if (keys.Persona is not null)
        {
            _json.WriteString(Persona, keys.Persona);
        }

        if (keys.Seq is { } seq)
        {
            _json.WriteNumber(Seq, seq);
        }
    }

    private void WriteTiming(Activity span)
    {
        _json.WriteString(Seam, span.OperationName);
        foreach (ref readonly var tag in span.EnumerateTagObjects())
        {
            if (!_tagNames.TryGetValue(tag.Key, out var name))
            {
                _tagNames.Add(tag.Key, name = ProbeKeys.TagField(tag.Key) is { } field ? JsonEncodedText.Encode(field) : null);
            }

            if (name is { } known)
            {
                Write(known, tag.Value);
            }
        }

        _json.WriteEndObject();
        _json.WriteNumber(DurationUs, Math.Round(span.Duration.TotalMicroseconds, 1));
    }

    private void WriteFields(ProbeShape shape, ReadOnlySpan<KeyValuePair<string, object?>> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (shape.FieldAt(i, values[i].Key) is { IsRecordKey: false } field)
            {
                Write(field.WrittenName, values[i].Value);
            }
        }
    }

    private void Write(JsonEncodedText name, object? value)
    {
        switch (value)
        {
            case null: break;
            case string text: _json.WriteString(name, text); break;
            case int number: _json.WriteNumber(name, number); break;
            case long number: _json.WriteNumber(name, number); break;
            case double number when double.IsFinite(number): _json.WriteNumber(name, Math.Round(number, 3)); break;
            case double: break;
            case bool truth: _json.WriteBoolean(name, truth); break;
            default: _json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }
}
