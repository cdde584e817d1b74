namespace Polyphony.Personas;

/// <summary>One key of a card as the file has it, not yet understood.</summary>
/// <param name="Key">The key as written.</param>
/// <param name="Line">Where, counted from 1.</param>
/// <param name="Value">What stands there.</param>
internal sealed record CardEntry(string Key, long Line, CardValue Value);

/// <summary>What a card's file has under a key, whichever format it is written in.</summary>
/// <param name="Line">Where, counted from 1.</param>
/// <param name="Kind">What it is, as a message calls it.</param>
internal abstract record CardValue(long Line, string Kind)
{
    /// <summary>The key stands there without a value.</summary>
    internal sealed record Nothing(long Line) : CardValue(Line, "nothing");

    internal sealed record Text(long Line, string Value) : CardValue(Line, "text");

    internal sealed record List(long Line, IReadOnlyList<CardValue> Items) : CardValue(Line, "a list");

    /// <summary>Something that no key of a card can be.</summary>
    internal sealed record Other(long Line, string Kind) : CardValue(Line, Kind);
}
