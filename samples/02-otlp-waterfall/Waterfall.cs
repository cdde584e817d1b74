using System.Text;

namespace Polyphony.Samples.OtlpWaterfall;

/// <summary>A trace as a waterfall: a line for each span, below the span it lies within, with a bar that begins where it began and is as long as it took.</summary>
internal static class Waterfall
{
    private const int Width = 40;
    private const double NanosOfMs = 1e6;

    /// <param name="trace">The spans of one trace, in any order.</param>
    public static string Of(IReadOnlyCollection<OtlpSpan> trace)
    {
        var ids = trace.Select(s => s.SpanId).ToHashSet();
        var root = trace.First(s => s.ParentId is null || !ids.Contains(s.ParentId));
        var text = new StringBuilder();
        Add(text, trace, root, from: root.Start, whole: Math.Max(1, trace.Max(s => s.End) - root.Start), depth: 0);
        return text.ToString();
    }

    private static void Add(StringBuilder text, IReadOnlyCollection<OtlpSpan> trace, OtlpSpan span, ulong from, ulong whole, int depth)
    {
        // A clock may be set back between two spans; a bar stays within the picture.
        var (offset, took) = (span.Start > from ? span.Start - from : 0, span.End > span.Start ? span.End - span.Start : 0);
        var before = (int)Math.Min(Width - 1, offset * (ulong)Width / whole);
        var length = (int)Math.Min((ulong)(Width - before), ((took * (ulong)Width) + (whole / 2)) / whole);
        var bar = new string(' ', before) + (length == 0 ? "▏" : new string('█', length));
        var name = new string(' ', 2 * depth) + span.Name + (span.IsError ? " (failed)" : "");
        text.Append($"  {name,-34} {offset / NanosOfMs,9:0.00} ms {took / NanosOfMs,9:0.00} ms  {bar}\n");
        foreach (var child in trace.Where(s => s.ParentId == span.SpanId).OrderBy(s => s.Start))
        {
            Add(text, trace, child, from, whole, depth + 1);
        }
    }
}
