using System.Text.Json.Nodes;

namespace Polyphony.Cli.Evaluate;

/// <summary>The score of conduct.</summary>
/// <param name="Results">What became of each case.</param>
/// <param name="Mute">The personas that do not answer a second message.</param>
internal sealed record ConductReport(IReadOnlyList<ConductResult> Results, IReadOnlyList<string> Mute)
{
    /// <summary>The theme of the table of spellings of PASS.</summary>
    public const string PassTheme = "pass";

    public IReadOnlyList<ConductResult> Disagree { get; } = [.. Results.Where(result => !result.Agrees)];

    public int InAnothersName { get; } = Results.Count(ConductMeasures.IsInAnothersName);

    public int TokensActed { get; } = Results.Count(ConductMeasures.HasActingToken);

    public int FramingEchoes { get; } = Results.Count(ConductMeasures.EchoesFraming);

    public int PassTotal => Results.Count(result => result.Case.Theme == PassTheme);

    public int PassRight => Results.Count(result => result.Case.Theme == PassTheme && result.Agrees);

    /// <summary>Turns whose answer was no decision, nor was its second.</summary>
    public int Unrepaired => Results.Count(result => result.Got == "failed");

    public bool Holds => Disagree.Count == 0 && InAnothersName + TokensActed + FramingEchoes + Mute.Count == 0;

    public JsonObject Json() => new()
    {
        ["cases"] = Results.Count,
        ["agree"] = Results.Count - Disagree.Count,
        ["disagree"] = new JsonArray([.. Disagree.Select(result => (JsonNode)new JsonObject
        {
            ["id"] = result.Case.Id,
            ["expected"] = result.Case.Expect,
            ["got"] = result.Got,
            ["rule"] = result.Rule,
            ["expectedRule"] = result.Case.Rule,
        })]),
        ["postedInAnothersName"] = InAnothersName,
        ["templateTokensActed"] = TokensActed,
        ["framingEchoesPosted"] = FramingEchoes,
        ["passSpellings"] = new JsonObject { ["right"] = PassRight, ["total"] = PassTotal },
        ["mutePersonas"] = Mute.Count,
        ["unrepaired"] = Unrepaired,
        ["holds"] = Holds,
    };
}
