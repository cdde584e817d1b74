using System.Diagnostics;

namespace Polyphony.Diagnostics;

/// <summary>A probe as it was seen on the turn's thread: references and values only. Everything that takes time is done by whoever reads it. Filled again and again by its owner.</summary>
internal sealed class CapturedProbe
{
    private KeyValuePair<string, object?>[] _values = [];
    private int _count;

    public ProbeShape Shape { get; private set; } = ProbeShape.Timing;

    /// <summary>When, as a <see cref="Stopwatch"/> timestamp.</summary>
    public long Timestamp { get; private set; }

    /// <summary>The span of a timing, or the one in which an event happened.</summary>
    public SeamSpan? Span { get; private set; }

    /// <summary>The values of an event; none for a timing.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> Values => _values.AsSpan(0, _count);

    public bool IsTiming => ReferenceEquals(Shape, ProbeShape.Timing);

    /// <summary>Takes in what <paramref name="seen"/> holds.</summary>
    public void Fill(in SeenProbe seen)
    {
        (Shape, Timestamp, Span, _count) = (seen.Shape, seen.Timestamp, seen.Span, seen.Values.Length);
        if (_values.Length < _count)
        {
            _values = new KeyValuePair<string, object?>[_count];
        }

        seen.Values.CopyTo(_values);
    }

    /// <summary>Lets go of everything that it holds on to.</summary>
    public void Clear()
    {
        Span = null;
        _values.AsSpan(0, _count).Clear();
        _count = 0;
    }

    /// <summary>Appends the message for a person.</summary>
    public void Write(ProbeText text)
    {
        if (!IsTiming)
        {
            Shape.Fill(Values, text);
            return;
        }

        text.Append(Span!.Seam);
        text.Append(" took ");
        text.Append(Span.Duration.TotalMilliseconds);
        text.Append(" ms");
    }
}

/// <summary>A probe that is just being seen.</summary>
/// <param name="shape">Its class.</param>
/// <param name="timestamp">When.</param>
/// <param name="span">The span of a timing, or the one in which an event happened.</param>
/// <param name="values">The values of an event; none for a timing.</param>
internal readonly ref struct SeenProbe(ProbeShape shape, long timestamp, SeamSpan? span, ReadOnlySpan<KeyValuePair<string, object?>> values)
{
    public ProbeShape Shape { get; } = shape;

    public long Timestamp { get; } = timestamp;

    public SeamSpan? Span { get; } = span;

    public ReadOnlySpan<KeyValuePair<string, object?>> Values { get; } = values;
}
