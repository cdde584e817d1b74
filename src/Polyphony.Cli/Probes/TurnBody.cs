using System.Text.Json.Nodes;
using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Probes;

/// <summary>What <c>polyphony probes turn</c> does.</summary>
internal static class TurnBody
{
    public static async Task<int> RunAsync(ProbesTurnOptions options, CommandConsole console, CancellationToken cancel)
    {
        using var file = await ProbeFile.OpenAsync(options.File, cancel);
        var turn = await ProbeProgress.RunAsync(file, options.File, console, writes: false, () => Task.FromResult(TurnRecords.Read(file, options, cancel)), cancel);
        if (turn.IsCut)
        {
            await console.Error.WriteLineAsync($"There is more about {options.Turn} in the file than is kept: the first of it is shown.");
        }

        BatchedOutput.WriteAll(console.Output, options.Json ? JsonReport.Text(Json(turn, options)) : TurnText.Of(turn, options.Turn));
        return ExitCodes.Held;
    }

    private static JsonObject Json(TurnRecords turn, ProbesTurnOptions options) => new()
    {
        ["file"] = options.File,
        ["turn"] = options.Turn,
        ["room"] = turn.Room,
        ["attempts"] = new JsonArray([.. turn.Attempts.Select(Json)]),
        ["skipped"] = turn.Counts.Skipped,
    };

    private static JsonNode Json(TurnAttempt attempt) => new JsonObject
    {
        ["attempt"] = attempt.Number,
        ["at"] = attempt.First.At,
        ["traceId"] = attempt.First.TraceId,
        ["persona"] = attempt.Persona,
        ["seq"] = attempt.Seq,
        ["ground"] = attempt.Grant?.Field("ground"),
        ["waitUs"] = attempt.Start?.NumberField("wait_us"),
        ["outcome"] = attempt.Outcome,
        ["reason"] = attempt.Reason,
        ["durationMs"] = attempt.End?.NumberField("turn_duration_ms"),
        ["stagesMs"] = new JsonObject(attempt.StageTimes.Select(s => KeyValuePair.Create(s.Stage, (JsonNode?)s.Ms))),
        ["modelCalls"] = new JsonArray([.. attempt.ModelCalls.Select(ModelCall)]),
        ["spans"] = new JsonArray([.. attempt.Spans.Select(Json)]),
        ["heard"] = attempt.Heard,
        ["said"] = attempt.Said,
    };

    private static JsonNode ModelCall(ProbeRecord call) => new JsonObject
    {
        ["model"] = call.Field("model"),
        ["tokensOut"] = call.NumberField("tokens_out"),
        ["tokensEstimated"] = call.IsTrueField("tokens_estimated"),
        ["durationMs"] = call.NumberField("duration_ms"),
        ["tokPerSec"] = call.NumberField("tok_per_sec"),
        ["firstTokenMs"] = call.NumberField("first_token_ms"),
    };

    private static JsonNode Json(TurnSpan span) => new JsonObject
    {
        ["seam"] = span.Seam,
        ["depth"] = span.Depth,
        ["offsetUs"] = JsonReport.Rounded(span.OffsetUs),
        ["durationUs"] = JsonReport.Rounded(span.DurationUs),
        ["spanId"] = span.SpanId,
        ["parentId"] = span.ParentId,
    };
}
