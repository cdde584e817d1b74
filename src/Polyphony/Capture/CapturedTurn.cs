using System.Text.Json.Serialization;
using Polyphony.Prompting;
using Polyphony.Rooms;

namespace Polyphony.Capture;

/// <summary>One attempt at a turn, as it was: what the model was sent, what it answered, and what came of it. Enough to run it again.</summary>
public sealed record CapturedTurn
{
    /// <summary>The version of the stored form.</summary>
    public int V { get; init; } = CapturedTurnCodec.Version;

    /// <summary>When it ended; set where it is stored.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>The room.</summary>
    public required string Room { get; init; }

    /// <summary>The turn, as <c>t12</c>.</summary>
    public required string Turn { get; init; }

    /// <summary>The attempt, counted from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The persona's name.</summary>
    public required string Persona { get; init; }

    /// <summary>The persona's id.</summary>
    public required string PersonaId { get; init; }

    /// <summary>The first message of the burst.</summary>
    public required long First { get; init; }

    /// <summary>The last message of the burst.</summary>
    public required long Last { get; init; }

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>The prompt's layout, where it has a name.</summary>
    public string? Layout { get; init; }

    /// <summary>The decision protocol.</summary>
    public required string Protocol { get; init; }

    /// <summary>The options of the call; null where the model was not called.</summary>
    public CapturedOptions? Options { get; init; }

    /// <summary>The chat messages of the first call, exactly as they were sent; none where the model was not called.</summary>
    public required IReadOnlyList<CapturedMessage> Messages { get; init; }

    /// <summary>The digest of <see cref="Messages"/>, by <see cref="CapturedTurnCodec.DigestOf"/>; set where it is stored.</summary>
    public string? PromptSha256 { get; init; }

    /// <summary>The model calls, in their order: the first, and the attempt to mend its answer where there was one.</summary>
    public required IReadOnlyList<CapturedCall> Calls { get; init; }

    /// <summary>What the model decided; null where nothing could be read.</summary>
    public CapturedDecision? Decision { get; init; }

    /// <summary>What became of it on the persona's side, before the room had its say; null where the turn was withdrawn, was stopped or ran out of time.</summary>
    public TurnOutcome? Outcome { get; init; }

    /// <summary>How long it took.</summary>
    public required CapturedTimes Times { get; init; }

    /// <summary>What went into the prompt; not stored.</summary>
    internal PromptPlan? Plan { get; init; }
}

/// <summary>The options of a call that change what a model answers.</summary>
/// <param name="MaxOutputTokens">The most tokens of the answer.</param>
/// <param name="Temperature">The sampling temperature; the model's own default where absent.</param>
/// <param name="ResponseFormat"><c>text</c>, <c>json</c> or <c>json_schema</c>; absent for plain text that nobody asked for.</param>
public sealed record CapturedOptions(int? MaxOutputTokens = null, float? Temperature = null, string? ResponseFormat = null);

/// <summary>A chat message.</summary>
/// <param name="Role">Its role.</param>
/// <param name="Text">Its text, as it was sent.</param>
public sealed record CapturedMessage(string Role, string Text);

/// <summary>One model call.</summary>
/// <param name="Added">What it was sent after the messages of the first call: the model's own answer, and what is wrong with it.</param>
/// <param name="Answer">What the model wrote; null where the call came to no end.</param>
/// <param name="Ms">How long it took, in milliseconds.</param>
public sealed record CapturedCall(
    IReadOnlyList<CapturedMessage> Added, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Answer, double Ms);

/// <summary>What a model decided.</summary>
/// <param name="Kind"><c>speak</c> or <c>pass</c>.</param>
/// <param name="Text">The words to say, or the reason for silence.</param>
public sealed record CapturedDecision(string Kind, string Text);

/// <summary>How long the stages of a turn took, in milliseconds; 0 for those that it did not come to.</summary>
/// <param name="RecallMs">Recall.</param>
/// <param name="AdmitMs">Admit.</param>
/// <param name="AnalyzeMs">The wait for the shared analysis, within compose.</param>
/// <param name="ComposeMs">Compose.</param>
/// <param name="AssembleMs">Assemble.</param>
/// <param name="RespondMs">Respond: the model.</param>
/// <param name="CheckMs">Check.</param>
/// <param name="TotalMs">From taking the offer to the end of the pipeline.</param>
public sealed record CapturedTimes(double RecallMs, double AdmitMs, double AnalyzeMs, double ComposeMs, double AssembleMs, double RespondMs, double CheckMs, double TotalMs);
