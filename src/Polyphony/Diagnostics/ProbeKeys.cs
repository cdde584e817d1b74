namespace Polyphony.Diagnostics;

/// <summary>The keys that every record has at its top: an event's own, or those of the turn in whose span it happened.</summary>
/// <param name="Room">The room.</param>
/// <param name="Turn">The turn.</param>
/// <param name="Persona">The persona's name.</param>
/// <param name="Seq">The number of the message that the turn answers, or that it is about.</param>
internal readonly record struct ProbeKeys(string? Room, string? Turn, string? Persona, long? Seq)
{
    private const string OwnTags = "polyphony.";

    /// <summary>These, but for what an event says itself.</summary>
    public ProbeKeys With(ReadOnlySpan<KeyValuePair<string, object?>> values)
    {
        var keys = this;
        foreach (ref readonly var value in values)
        {
            keys = value.Key switch
            {
                "room" => keys with { Room = value.Value as string },
                "turn" => keys with { Turn = value.Value as string },
                "persona" => keys with { Persona = value.Value as string },
                "seq" => keys with { Seq = value.Value as long? },
                _ => keys,
            };
        }

        return keys;
    }

    /// <summary>The field that a span's tag is written as.</summary>
    public static string TagField(string tag) => tag.StartsWith(OwnTags, StringComparison.Ordinal) ? tag[OwnTags.Length..] : tag;
}
