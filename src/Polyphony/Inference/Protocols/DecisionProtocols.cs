namespace Polyphony.Inference.Protocols;

/// <summary>The decision protocols by name.</summary>
public static class DecisionProtocols
{
    private static readonly IDecisionProtocol[] All =
        [PassWordProtocol.Instance, JsonDecisionProtocol.Instance, JsonGrammarProtocol.Instance, ToolVerbProtocol.Instance];

    /// <summary>The names, in the order in which to show them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(p => p.Name)];

    /// <summary>The protocol with that name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists the names.</exception>
    public static IDecisionProtocol Find(string name) =>
        All.FirstOrDefault(p => p.Name == name)
        ?? throw new ArgumentException($"there is no decision protocol '{name}'; choose one of: {string.Join(", ", Names)}", nameof(name));
}
