using System.ComponentModel;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Polyphony.Diagnostics;

/// <summary>A class of probes.</summary>
/// <param name="Name">The class, such as <c>persona.turn.spoke</c>.</param>
/// <param name="Summary">What it tells.</param>
/// <param name="Fields">Its fields, in their order.</param>
public sealed record ProbeClassInfo(string Name, string Summary, IReadOnlyList<ProbeFieldInfo> Fields);

/// <summary>A field of a probe. Its name ends with its unit where it has one.</summary>
/// <param name="Name">In snake case.</param>
/// <param name="Type"><c>integer</c>, <c>number</c>, <c>boolean</c> or <c>string</c>.</param>
/// <param name="IsContent">Whether it holds what people or models said; written only where the operator turned content on.</param>
/// <param name="Summary">What its name does not say.</param>
public sealed record ProbeFieldInfo(string Name, string Type, bool IsContent, string Summary);

/// <summary>A place where time is spent.</summary>
/// <param name="Name">The seam, such as <c>inference.generate</c>.</param>
/// <param name="Parent">The seam within which it lies; null at the top.</param>
/// <param name="Summary">What takes the time.</param>
public sealed record ProbeSeamInfo(string Name, string? Parent, string Summary);

/// <summary>
/// What there is to probe. Read off the probe methods themselves, so that the manual and <c>polyphony probes list</c> cannot say anything else than the code.
/// </summary>
public static class ProbeTaxonomy
{
    /// <summary>The keys that a record has at its top, so that they are no fields.</summary>
    internal static readonly string[] RecordKeys = ["room", "turn", "persona", "seq"];

    /// <summary>All classes, by name.</summary>
    public static IReadOnlyList<ProbeClassInfo> Classes { get; } = [.. Read().OrderBy(static c => c.Name, StringComparer.Ordinal)];

    /// <summary>All seams of class <see cref="ProbeClasses.Timing"/>, from the outside in.</summary>
    public static IReadOnlyList<ProbeSeamInfo> Seams { get; } =
    [
        new(ProbeSeams.Turn, null, "the whole turn, from the arrival of what it answers (where that is known) to the room's answer"),
        new(ProbeSeams.Wait, ProbeSeams.Turn, "from that arrival until the loop took the offer"),
        new(ProbeSeams.Respond, ProbeSeams.Turn, "the pipeline, from recall to check"),
        new(ProbeSeams.Analyze, ProbeSeams.Respond, "waiting for the shared analysis of what is answered; within the stage compose"),
        new(ProbeSeams.AnalyzeCall, ProbeSeams.Analyze, "the model call of a shared analysis; it belongs to the room, and lies in the turn that asked first"),
        new(ProbeSeams.Assemble, ProbeSeams.Respond, "the prompt becomes chat messages"),
        new(ProbeSeams.Bid, ProbeSeams.Respond, "waiting for the room's bids on what is answered; within the stage respond"),
        new(ProbeSeams.Render, ProbeSeams.Respond, "the model calls, and reading the decision"),
        new(ProbeSeams.Generate, ProbeSeams.Render, "one model call"),
        new(ProbeSeams.RenderChat, ProbeSeams.Generate, "the chat messages become tokens, in an engine of this process"),
        new(ProbeSeams.Forward, ProbeSeams.Generate, "such an engine computes: the prompt, and what is written"),
        new(ProbeSeams.Say, ProbeSeams.Turn, "handing the result in, until the room has answered"),
        new(ProbeSeams.Append, null, "one append to the log, until it is durable; it holds what came of many turns"),
    ];

    /// <summary>The methods that probe, each with its log attribute.</summary>
    internal static IEnumerable<(MethodInfo Method, LoggerMessageAttribute Log)> Methods =>
        from method in typeof(TurnProbe).GetMethods(Declared).Concat(typeof(RoomProbe).GetMethods(Declared))
        let log = method.GetCustomAttribute<LoggerMessageAttribute>()
        where log is not null
        select (method, log);

    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The name of a parameter as a field: <c>responseLen</c> is <c>response_len</c>.</summary>
    internal static string FieldName(string parameter)
    {
        var name = new StringBuilder(parameter.Length + 4);
        foreach (var c in parameter)
        {
            if (char.IsUpper(c))
            {
                name.Append('_').Append(char.ToLowerInvariant(c));
            }
            else
            {
                name.Append(c);
            }
        }

        return name.ToString();
    }

    private static IEnumerable<ProbeClassInfo> Read()
    {
        yield return new(ProbeClasses.ProbeFile, "A probe file begins, or goes on under a new program: its form, and what is written to it.",
            [Field("version", "integer"), Field("product", "string"), Field("content", "boolean"), Field("classes", "string")]);
        yield return new(ProbeClasses.ProbeDropped, "Records were lost since the last one of this class, and why.", [Field("count", "integer"), Field("reason", "string")]);
        yield return new(ProbeClasses.Timing, "Something took time: duration_us, at the top of the record, at a seam.", [Field("seam", "string")]);
        foreach (var methods in Methods.GroupBy(static m => m.Log.EventName!))
        {
            var plain = methods.Single(static m => !IsSensitive(m.Method)).Method;
            var isPlain = plain.GetParameters().Select(static p => p.Name).ToHashSet();
            var all = methods.OrderBy(static m => IsSensitive(m.Method)).Last().Method.GetParameters();
            yield return new(
                methods.Key,
                plain.GetCustomAttribute<DescriptionAttribute>()?.Description ?? throw new InvalidOperationException($"{plain.Name} has no description; add one, it is the manual's text"),
                [.. all.Where(static p => !RecordKeys.Contains(p.Name)).Select(p => Field(FieldName(p.Name!), TypeOf(p.ParameterType), !isPlain.Contains(p.Name)))]);
        }
    }

    private static ProbeFieldInfo Field(string name, string type, bool isContent = false) => new(name, type, isContent, ProbeFieldTexts.Of(name));

    private static bool IsSensitive(MethodInfo method) => method.Name.EndsWith("Sensitive", StringComparison.Ordinal);

    private static string TypeOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var t when t == typeof(int) || t == typeof(long) => "integer",
        var t when t == typeof(double) => "number",
        var t when t == typeof(bool) => "boolean",
        var t when t == typeof(string) => "string",
        var t => throw new InvalidOperationException($"a probe has no fields of type {t.Name}; pass a number, a boolean or a string"),
    };
}
