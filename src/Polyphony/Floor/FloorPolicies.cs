namespace Polyphony.Floor;

/// <summary>The policies by name. A new policy is a class and a line here.</summary>
public static class FloorPolicies
{
    private static readonly IFloorPolicy[] All = [new OneAtATime(), new Everyone()];

    /// <summary>The names, in the order in which to show them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(p => p.Name)];

    /// <summary>The policy with that name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists the names.</exception>
    public static IFloorPolicy Find(string name) =>
        All.FirstOrDefault(p => p.Name == name)
        ?? throw new ArgumentException($"there is no floor policy '{name}'; choose one of: {string.Join(", ", Names)}", nameof(name));
}
