using Google.Protobuf;

namespace Polyphony.Samples.OtlpWaterfall;

/// <summary>
/// Reads what an OTLP exporter sends, by the field numbers of opentelemetry-proto: as much of it as a waterfall needs, and the rest is skipped. No generated code,
/// so that nothing but the reader of the wire format is needed.
/// </summary>
internal static class OtlpReader
{
    private const int ErrorStatus = 2;

    /// <summary>The spans of an <c>ExportTraceServiceRequest</c>.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is none.</exception>
    public static List<OtlpSpan> Spans(byte[] request)
    {
        var spans = new List<OtlpSpan>();
        EachOfScopes(request, (resource, scope) => Each(scope, (field, input) => field == 2 && Add(spans, Span(input.ReadBytes(), resource))));
        return spans;
    }

    /// <summary>The metrics of an <c>ExportMetricsServiceRequest</c>.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is none.</exception>
    public static List<OtlpMetric> Metrics(byte[] request)
    {
        var metrics = new List<OtlpMetric>();
        EachOfScopes(request, (_, scope) => Each(scope, (field, input) => field == 2 && Add(metrics, Metric(input.ReadBytes()))));
        return metrics;
    }

    // Both requests are lists of resources (1), which have their attributes (1) and a list of scopes (2).
    private static void EachOfScopes(byte[] request, Action<IReadOnlyDictionary<string, object?>, ByteString> scope) =>
        Each(ByteString.CopyFrom(request), (field, input) =>
        {
            if (field != 1)
            {
                return false;
            }

            Dictionary<string, object?> resource = [];
            Each(input.ReadBytes(), (part, within) =>
            {
                switch (part)
                {
                    case 1: Each(within.ReadBytes(), (f, i) => f == 1 && AddPair(resource, i.ReadBytes())); return true;
                    case 2: scope(resource, within.ReadBytes()); return true;
                    default: return false;
                }
            });
            return true;
        });

    private static OtlpSpan Span(ByteString message, IReadOnlyDictionary<string, object?> resource)
    {
        Dictionary<string, object?> attributes = [];
        var (trace, id, parent, name) = ("", "", "", "");
        var (start, end, isError) = (0UL, 0UL, false);
        Each(message, (field, input) =>
        {
            switch (field)
            {
                case 1: trace = Hex(input.ReadBytes()); return true;
                case 2: id = Hex(input.ReadBytes()); return true;
                case 4: parent = Hex(input.ReadBytes()); return true;
                case 5: name = input.ReadString(); return true;
                case 7: start = input.ReadFixed64(); return true;
                case 8: end = input.ReadFixed64(); return true;
                case 9: return AddPair(attributes, input.ReadBytes());
                case 15: isError = StatusCode(input.ReadBytes()) == ErrorStatus; return true;
                default: return false;
            }
        });
        return new()
        {
            TraceId = trace, SpanId = id, ParentId = parent.Length > 0 ? parent : null, Name = name, Start = start, End = end, IsError = isError,
            Attributes = attributes, Resource = resource,
        };
    }

    private static int StatusCode(ByteString message)
    {
        var code = 0;
        Each(message, (field, input) =>
        {
            if (field == 3)
            {
                code = input.ReadEnum();
            }

            return field == 3;
        });
        return code;
    }

    private static OtlpMetric Metric(ByteString message)
    {
        var (name, unit) = ("", "");
        List<OtlpPoint> points = [];
        Each(message, (field, input) =>
        {
            switch (field)
            {
                case 1: name = input.ReadString(); return true;
                case 3: unit = input.ReadString(); return true;
                case 5 or 7: Each(input.ReadBytes(), (f, i) => f == 1 && Add(points, Point(i.ReadBytes(), attributes: 7, count: 6))); return true;
                case 9: Each(input.ReadBytes(), (f, i) => f == 1 && Add(points, Point(i.ReadBytes(), attributes: 9, count: 4))); return true;
                default: return false;
            }
        });
        return new(name, unit, points);
    }

    private static OtlpPoint Point(ByteString message, int attributes, int count)
    {
        Dictionary<string, object?> about = [];
        long counted = 0;
        Each(message, (field, input) =>
        {
            if (field == attributes)
            {
                return AddPair(about, input.ReadBytes());
            }

            if (field == count)
            {
                counted = input.ReadSFixed64();
            }

            return field == count;
        });
        return new(counted, about);
    }

    private static bool AddPair(Dictionary<string, object?> attributes, ByteString message)
    {
        var key = "";
        object? value = null;
        Each(message, (field, input) =>
        {
            switch (field)
            {
                case 1: key = input.ReadString(); return true;
                case 2: value = Value(input.ReadBytes()); return true;
                default: return false;
            }
        });
        attributes[key] = value;
        return true;
    }

    private static object? Value(ByteString message)
    {
        object? value = null;
        Each(message, (field, input) =>
        {
            switch (field)
            {
                case 1: value = input.ReadString(); return true;
                case 2: value = input.ReadBool(); return true;
                case 3: value = input.ReadInt64(); return true;
                case 4: value = input.ReadDouble(); return true;
                default: return false;
            }
        });
        return value;
    }

    /// <summary>Goes through the fields of a message; a field that <paramref name="read"/> does not take is skipped.</summary>
    private static void Each(ByteString message, Func<int, CodedInputStream, bool> read)
    {
        using var input = message.CreateCodedInput();
        while (input.ReadTag() is > 0 and var tag)
        {
            if (!read(WireFormat.GetTagFieldNumber(tag), input))
            {
                input.SkipLastField();
            }
        }
    }

    private static bool Add<T>(List<T> list, T item)
    {
        list.Add(item);
        return true;
    }

    private static string Hex(ByteString id) => Convert.ToHexStringLower(id.Span);
}
