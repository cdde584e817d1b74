using System.Globalization;
using System.Text;

namespace Polyphony.Diagnostics;

/// <summary>Writes probes as lines of JSON. Belongs to one writer.</summary>
internal sealed class ProbeJson(ProbeTime time)
{
    private const string SecondFormat = "yyyy-MM-ddTHH:mm:ss.";
    private const int MicrosecondDigits = 6;

    private readonly JsonLines _lines = new();
    private readonly ProbeText _message = new();
    private readonly byte[] _at = Encoding.ASCII.GetBytes("yyyy-MM-ddTHH:mm:ss.ffffffZ");
    private readonly Dictionary<string, byte[]> _tagNames = [];
    private long _second = -1;
    private object? _trace;
    private ProbeKeys _traceKeys;
    private readonly byte[] _traceId = new byte[32];

    /// <summary>What was written since <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Lines => _lines.Written;

    public void Clear() => _lines.CutTo(0);

    /// <summary>Takes back what was written after the first <paramref name="length"/> bytes.</summary>
    public void CutTo(int length) => _lines.CutTo(length);

    /// <summary>Adds one line. What cannot be written as JSON is an error of the probe, and may leave half of it: see <see cref="CutTo"/>.</summary>
    public void Add(CapturedProbe probe)
    {
        _message.Clear();
        probe.Write(_message);
        Begin(probe.Shape, probe.Timestamp);
        Take(probe.Span);
        if (probe.Span is { } span)
        {
            WriteIds(span);
        }

        Write(probe.Shape.HasRecordKeys ? _traceKeys.With(probe.Values) : _traceKeys);
        if (probe.IsTiming)
        {
            WriteTiming(probe.Span!);
        }
        else
        {
            WriteFields(probe.Shape, probe.Values);
        }

        _lines.Raw("}\n"u8);
    }

    /// <summary>Adds a record of the file itself.</summary>
    public void Add(ProbeShape shape, long timestamp, params ReadOnlySpan<KeyValuePair<string, object?>> values)
    {
        _message.Clear();
        shape.Fill(values, _message);
        Begin(shape, timestamp);
        WriteFields(shape, values);
        _lines.Raw("}\n"u8);
    }

    /// <summary>Records of one turn follow each other, so that its keys are mostly at hand.</summary>
    private void Take(SeamSpan? span)
    {
        if (ReferenceEquals(span?.TraceKey, _trace))
        {
            return;
        }

        (_trace, _traceKeys) = (span?.TraceKey, span is null ? default : span.Keys);
        span?.TraceId.TryFormat(_traceId, out _, "x32", CultureInfo.InvariantCulture);
    }

    /// <summary>The wall clock with microseconds. Only its last six digits change within a second.</summary>
    private ReadOnlySpan<byte> Written(DateTimeOffset at)
    {
        var (second, ticks) = Math.DivRem(at.UtcTicks, TimeSpan.TicksPerSecond);
        if (second != _second)
        {
            _second = second;
            at.UtcDateTime.TryFormat(_at, out _, SecondFormat, CultureInfo.InvariantCulture);
        }

        var rest = (uint)(ticks / TimeSpan.TicksPerMicrosecond);
        for (var digit = SecondFormat.Length + MicrosecondDigits - 1; digit >= SecondFormat.Length; digit--)
        {
            (rest, var last) = Math.DivRem(rest, 10);
            _at[digit] = (byte)('0' + last);
        }

        return _at;
    }

    private void Begin(ProbeShape shape, long timestamp)
    {
        _lines.Raw("{\"at\":\""u8);
        _lines.Raw(Written(time.At(timestamp)));
        _lines.Raw("\",\"mono_us\":"u8);
        _lines.Number(time.MonoUs(timestamp));
        _lines.Raw(shape.WrittenClass);
        _lines.Text(_message.Written);
    }

    private void WriteIds(SeamSpan span)
    {
        _lines.Raw(",\"trace_id\":\""u8);
        _lines.Raw(_traceId);
        _lines.Raw("\",\"span_id\":\""u8);
        WriteHex(span.Id);
        if (span.ParentId is not 0 and var parent)
        {
            _lines.Raw("\",\"parent_id\":\""u8);
            WriteHex(parent);
        }

        _lines.Raw("\""u8);
    }

    private void Write(in ProbeKeys keys)
    {
        if (keys.Turn is not null)
        {
            _lines.Raw(",\"turn\":"u8);
            _lines.Text(keys.Turn);
        }

        if (keys.Room is not null)
        {
            _lines.Raw(",\"room\":"u8);
            _lines.Text(keys.Room);
        }

        if (keys.Persona is not null)
        {
            _lines.Raw(",\"persona\":"u8);
            _lines.Text(keys.Persona);
        }

        if (keys.Seq is { } seq)
        {
            _lines.Raw(",\"seq\":"u8);
            _lines.Number(seq);
        }
    }

    private void WriteHex(ulong id)
    {
        Span<byte> digits = stackalloc byte[16];
        id.TryFormat(digits, out _, "x16", CultureInfo.InvariantCulture);
        _lines.Raw(digits);
    }

    private void WriteTiming(SeamSpan span)
    {
        _lines.Raw(",\"fields\":{\"seam\":"u8);
        _lines.Text(span.Seam);
        foreach (ref readonly var tag in span.Tags)
        {
            if (!_tagNames.TryGetValue(tag.Key, out var name))
            {
                _tagNames.Add(tag.Key, name = ProbeField.Written(ProbeKeys.TagField(tag.Key)));
            }

            Write(name, tag.Value);
        }

        _lines.Raw("},\"duration_us\":"u8);
        _lines.Number(Math.Round(span.Duration.TotalMicroseconds, 1));
    }

    private void WriteFields(ProbeShape shape, ReadOnlySpan<KeyValuePair<string, object?>> values)
    {
        _lines.Raw(",\"fields\":{"u8);
        var isFirst = true;
        for (var i = 0; i < values.Length; i++)
        {
            if (shape.FieldAt(i, values[i].Key) is { IsRecordKey: false } field)
            {
                isFirst &= !Write(isFirst ? field.WrittenName.AsSpan(1) : field.WrittenName, values[i].Value);
            }
        }

        _lines.Raw("}"u8);
    }

    /// <summary>Writes a field, with what stands before its value; false where there is nothing to write.</summary>
    private bool Write(ReadOnlySpan<byte> name, object? value)
    {
        if (value is null or (double and (double.NaN or double.PositiveInfinity or double.NegativeInfinity)))
        {
            return false;
        }

        _lines.Raw(name);
        switch (value)
        {
            case string text: _lines.Text(text); break;
            case int number: _lines.Number(number); break;
            case long number: _lines.Number(number); break;
            case double number: _lines.Number(number); break;
            case string[] texts: _lines.Text(string.Join(", ", texts)); break;
            case bool truth: _lines.Raw(truth ? "true"u8 : "false"u8); break;
            default: _lines.Text(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }

        return true;
    }
}
