using Polyphony.Inference.Protocols;

namespace Polyphony.Cli.Evaluate;

/// <summary>One answer of a model, and what must become of it.</summary>
internal sealed record ConductCase
{
    /// <summary>Unique among all cases. Before the stroke: what it is about.</summary>
    public required string Id { get; init; }

    /// <summary>Who gives the answer.</summary>
    public required string Persona { get; init; }

    /// <summary>Who else is in the room.</summary>
    public required IReadOnlyList<string> Roster { get; init; }

    /// <summary>What the model writes, to the repair attempt too.</summary>
    public required string Raw { get; init; }

    /// <summary>The outcome that it must have: spoke, passed, refused or failed.</summary>
    public required string Expect { get; init; }

    /// <summary>The rule that must refuse it; null where any may, and without a meaning where it is not to be refused.</summary>
    public string? Rule { get; init; }

    /// <summary>What the persona has said before.</summary>
    public IReadOnlyList<string> Said { get; init; } = [];

    /// <summary>What is said to it; null for a question that names it.</summary>
    public string? Ask { get; init; }

    /// <summary>The theme of its id.</summary>
    public string Theme => Id.IndexOf('/') is > 0 and var stroke ? Id[..stroke] : "own";

    /// <summary>The protocol that the answer's form shows.</summary>
    public IDecisionProtocol Protocol => BeginsAsJson(Raw) ? JsonDecisionProtocol.Instance : PassWordProtocol.Instance;

    private static bool BeginsAsJson(string raw)
    {
        var text = raw.AsSpan().TrimStart().TrimStart('\ufeff');
        if (text.StartsWith("```", StringComparison.Ordinal))
        {
            var line = text.IndexOf('\n');
            text = line < 0 ? text.TrimStart('`') : text[line..].TrimStart();
        }

        if (!text.StartsWith('{'))
        {
            return false;
        }

        text = text[1..].TrimStart();
        return text.IsEmpty || text[0] is '"' or '\'' or '{' or '}';
    }
}
