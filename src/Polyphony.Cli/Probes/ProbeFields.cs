using System.Text.Json;

namespace Polyphony.Cli.Probes;

/// <summary>The object <c>fields</c> of a record, read only where somebody asks.</summary>
internal readonly ref struct ProbeFields(ReadOnlySpan<byte> json)
{
    private readonly ReadOnlySpan<byte> _json = json;

    /// <summary>The text under a name, unescaped; empty where there is none.</summary>
    public ReadOnlySpan<byte> Text(ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(_json);
        return Find(ref reader, name) ? TextOf(ref reader) : default;
    }

    /// <summary>The number under a name; null where there is none.</summary>
    public double? Number(ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(_json);
        return Find(ref reader, name) && reader.TokenType == JsonTokenType.Number && ProbeLine.TryNumber(reader.ValueSpan, out var number) ? number : null;
    }

    /// <summary>Whether <c>true</c> stands under a name.</summary>
    public bool IsTrue(ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(_json);
        return Find(ref reader, name) && reader.TokenType == JsonTokenType.True;
    }

    /// <summary>The string that a reader stands at, unescaped; empty where it stands at something else.</summary>
    internal static ReadOnlySpan<byte> TextOf(scoped ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String || !reader.ValueIsEscaped)
        {
            return reader.TokenType == JsonTokenType.String ? reader.ValueSpan : default;
        }

        var unescaped = new byte[reader.ValueSpan.Length];
        return unescaped.AsSpan(0, reader.CopyString(unescaped));
    }

    /// <summary>Goes to the value under a name.</summary>
    private static bool Find(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueSpan.SequenceEqual(name);
            reader.Read();
            if (isIt)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }
}
