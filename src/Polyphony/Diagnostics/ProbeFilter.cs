using System.Collections.Frozen;

namespace Polyphony.Diagnostics;

/// <summary>
/// Chooses classes of probes: <c>*</c>, a class, or a namespace of classes, with commas between. A namespace ends at a dot, so <c>persona</c> takes
/// <c>persona.turn.start</c> and never <c>personality.x</c>. Immutable; thread-safe.
/// </summary>
public sealed class ProbeFilter
{
    private static readonly string[] Namespaces =
        [.. ProbeTaxonomy.Classes.SelectMany(c => NamespacesOf(c.Name)).Distinct().Order(StringComparer.Ordinal)];

    private const int LongestShown = 60;

    private readonly FrozenSet<string>? _names;

    private ProbeFilter(FrozenSet<string>? names) => _names = names;

    /// <summary>Takes every class.</summary>
    public static ProbeFilter All { get; } = new(null);

    /// <summary>Reads a filter. An empty one takes everything.</summary>
    /// <exception cref="ArgumentException">There is no such class or namespace; the message lists what comes near.</exception>
    public static ProbeFilter Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in names)
        {
            if (name != "*" && !Namespaces.Contains(name))
            {
                throw new ArgumentException(Unknown(name));
            }
        }

        return names is [] || names.Contains("*") ? All : new(names.ToFrozenSet(StringComparer.Ordinal));
    }

    /// <summary>Whether records of the class are wanted.</summary>
    public bool Matches(string @class)
    {
        ArgumentNullException.ThrowIfNull(@class);
        return _names is null || _names.Contains(@class) || NamespacesOf(@class).Any(_names.Contains);
    }

    private static string Unknown(string name)
    {
        var near = NearNames.Of(name, Namespaces);
        var shown = name.Length > LongestShown ? $"{name[..LongestShown]}…" : name;
        return near is []
            ? $"there is no class '{shown}'; 'polyphony probes list' shows them"
            : $"there is no class '{shown}'; near: {string.Join(", ", near)}";
    }

    /// <summary>The class itself, and what stands before each of its dots.</summary>
    private static IEnumerable<string> NamespacesOf(string name)
    {
        for (var dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = name.IndexOf('.', dot + 1))
        {
            yield return name[..dot];
        }

        yield return name;
    }
}
