using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Polyphony.Cli.Probes;

/// <summary>One tally for each name, found by the name's bytes without making a string of them. Bounded: see <see cref="Others"/>.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class NamedTally<T>(int most)
    where T : new()
{
    /// <summary>Where the names beyond the bound are counted together.</summary>
    public const string Others = "(others)";

    private const int LongestName = 256;

    private readonly Dictionary<byte[], T> _byName = new(Utf8Names.Comparer);

    /// <summary>The names and their tallies.</summary>
    public IEnumerable<(string Name, T Tally)> All => _byName.Select(entry => (Encoding.UTF8.GetString(entry.Key), entry.Value));

    /// <summary>The names in order, but for <see cref="Others"/>.</summary>
    public IEnumerable<string> Names => All.Select(entry => entry.Name).Where(name => name != Others).Order(StringComparer.Ordinal);

    /// <summary>The tally of a name, made where there is none. A very long name is cut.</summary>
    public T Of(ReadOnlySpan<byte> name)
    {
        name = Cut(name);
        var byBytes = _byName.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (byBytes.TryGetValue(name, out var tally))
        {
            return tally;
        }

        if (_byName.Count >= most)
        {
            name = "(others)"u8;
            if (byBytes.TryGetValue(name, out tally))
            {
                return tally;
            }
        }

        byBytes[name] = tally = new();
        return tally;
    }

    /// <summary>The tally of a name.</summary>
    public T Of(string name) => Of(Encoding.UTF8.GetBytes(name));

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> name)
    {
        if (name.Length <= LongestName)
        {
            return name;
        }

        var end = LongestName;
        while ((name[end] & 0xC0) == 0x80)
        {
            end--;
        }

        return name[..end];
    }
}

/// <summary>Compares names by their bytes.</summary>
internal sealed class Utf8Names : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    public static Utf8Names Comparer { get; } = new();

    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = new HashCode();
        hash.AddBytes(alternate);
        return hash.ToHashCode();
    }

    public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());
}
