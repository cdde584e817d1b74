using System.Collections.Frozen;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace Polyphony.Diagnostics;

/// <summary>What all records of one class have in common, prepared once: names as they are written, and the message as it is filled in.</summary>
internal sealed class ProbeShape
{
    private const int Places = 16;

    private readonly FrozenDictionary<string, ProbeField> _fields;
    private readonly Place?[] _places = new Place?[Places];
    private readonly string[] _text;
    private readonly string[] _holes;
    private readonly int[] _holeAt;

    private ProbeShape(int index, string name, string message, IEnumerable<string> parameters, bool isOfRoom)
    {
        Index = index;
        Name = name;
        WrittenClass = Encoding.UTF8.GetBytes($",\"class\":\"{JsonEncodedText.Encode(name)}\",\"message\":");
        IsOfRoom = isOfRoom;
        _fields = parameters.ToFrozenDictionary(static p => p, static p => new ProbeField(p));
        HasRecordKeys = _fields.Values.Any(static f => f.IsRecordKey);
        (_text, _holes) = Split(message);
        _holeAt = new int[_holes.Length];
    }

    /// <summary>The shapes by class.</summary>
    public static FrozenDictionary<string, ProbeShape> All { get; } = Read().ToFrozenDictionary(static s => s.Name);

    public static ProbeShape Timing => All[ProbeClasses.Timing];

    /// <summary>By <see cref="Index"/>, whether a filter takes the class.</summary>
    public static bool[] WantedBy(ProbeFilter filter)
    {
        var wanted = new bool[All.Count];
        foreach (var shape in All.Values)
        {
            wanted[shape.Index] = filter.Matches(shape.Name);
        }

        return wanted;
    }

    /// <summary>Its place among all shapes, from 0.</summary>
    public int Index { get; }

    public string Name { get; }

    /// <summary>What stands in a line between the clocks and the message.</summary>
    public byte[] WrittenClass { get; }

    /// <summary>Whether any of its values stands at the top of the record.</summary>
    public bool HasRecordKeys { get; }

    /// <summary>Whether its events name their room and turn themselves, so that the span they happen in is not theirs.</summary>
    public bool IsOfRoom { get; }

    /// <summary>The field of a logged value; null for what is none, such as the logger's own template.</summary>
    public ProbeField? FieldOf(string parameter) => _fields.GetValueOrDefault(parameter);

    /// <summary>The same for the value at a place: the values of one method come in one order, with the same names, so the last answer is mostly the right one.</summary>
    public ProbeField? FieldAt(int place, string parameter)
    {
        if (place >= Places)
        {
            return FieldOf(parameter);
        }

        var last = _places[place];
        if (last is null || !ReferenceEquals(last.Parameter, parameter))
        {
            _places[place] = last = new(parameter, FieldOf(parameter));
        }

        return last.Field;
    }

    /// <summary>The message for a person, from its template and the values.</summary>
    public void Fill(ReadOnlySpan<KeyValuePair<string, object?>> values, ProbeText text)
    {
        for (var i = 0; i < _holes.Length; i++)
        {
            text.Append(_text[i]);
            text.Append(ValueOf(values, i));
        }

        text.Append(_text[^1]);
    }

    /// <summary>The value of a hole, looked for first where it stood last: a hint only, which several readers may overwrite.</summary>
    private object? ValueOf(ReadOnlySpan<KeyValuePair<string, object?>> values, int hole)
    {
        var (name, last) = (_holes[hole], _holeAt[hole]);
        if (last < values.Length && values[last].Key == name)
        {
            return values[last].Value;
        }

        for (var i = 0; i < values.Length; i++)
        {
            if (values[i].Key == name)
            {
                _holeAt[hole] = i;
                return values[i].Value;
            }
        }

        return null;
    }

    private static (string[] Text, string[] Holes) Split(string message)
    {
        List<string> text = [], holes = [];
        var rest = message;
        while (rest.IndexOf('{', StringComparison.Ordinal) is >= 0 and var open && rest.IndexOf('}', open) is > 0 and var close)
        {
            text.Add(rest[..open]);
            holes.Add(rest[(open + 1)..close]);
            rest = rest[(close + 1)..];
        }

        text.Add(rest);
        return ([.. text], [.. holes]);
    }

    /// <summary>An entry of the cache. Its two parts are replaced as one object, so that a second reader never sees half of it.</summary>
    private sealed record Place(string Parameter, ProbeField? Field);

    private static IEnumerable<ProbeShape> Read()
    {
        var index = 0;
        yield return new(index++, ProbeClasses.ProbeFile, "a probe file of version {version}", ["version", "product", "content", "classes"], isOfRoom: true);
        yield return new(index++, ProbeClasses.ProbeDropped, "{count} records were lost: {reason}", ["count", "reason"], isOfRoom: true);
        yield return new(index++, ProbeClasses.Timing, "{seam} took {ms} ms", ["seam"], isOfRoom: false);
        foreach (var methods in ProbeTaxonomy.Methods.GroupBy(static m => m.Log.EventName!))
        {
            var parameters = methods.SelectMany(static m => m.Method.GetParameters()).Select(static (ParameterInfo p) => p.Name!).Distinct();
            var (method, log) = methods.First();
            yield return new(index++, methods.Key, log.Message, parameters, isOfRoom: method.DeclaringType == typeof(RoomProbe));
        }
    }
}

/// <summary>A field as it is written.</summary>
internal sealed class ProbeField
{
    public ProbeField(string parameter)
    {
        Name = ProbeTaxonomy.FieldName(parameter);
        WrittenName = Written(Name);
        IsRecordKey = ProbeTaxonomy.RecordKeys.Contains(Name);
    }

    public string Name { get; }

    /// <summary>What stands before its value in a line, from the comma on.</summary>
    public byte[] WrittenName { get; }

    /// <summary>Whether it stands at the top of the record.</summary>
    public bool IsRecordKey { get; }

    public static byte[] Written(string name) => Encoding.UTF8.GetBytes($",\"{JsonEncodedText.Encode(name)}\":");
}
