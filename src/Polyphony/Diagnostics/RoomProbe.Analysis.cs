using System.ComponentModel;
using Microsoft.Extensions.Logging;
using Polyphony.Analysis;
using Polyphony.Rooms;

namespace Polyphony.Diagnostics;

// The events of the shared analysis, in the manner of RoomProbe.Log.cs. They happen in the turn that asked.
internal sealed partial class RoomProbe
{
    // Not a question of the level, as in TurnProbe.
    private bool WantsContent => _logger is ProbeHub.HubLogger { IncludesContent: true };

    public void NotAnalyzed(Message message, int specialities) => SkippedAnalysis(_room, message.Seq, IdOf(message), specialities);

    public void Analyzes(Message message, int history, int specialities) => EnteredAnalysis(_room, message.Seq, IdOf(message), message.Text.Length, history, specialities);

    public void Answered(Message message, string model, int messages, in ModelCall call, string answer)
    {
        if (WantsContent)
        {
            AskedForAnalysisSensitive(_room, message.Seq, IdOf(message), model, messages, answer.Length, call.TokensOut, call.OutputTokens is null, call.Elapsed.TotalMilliseconds, answer);
        }
        else
        {
            AskedForAnalysis(_room, message.Seq, IdOf(message), model, messages, answer.Length, call.TokensOut, call.OutputTokens is null, call.Elapsed.TotalMilliseconds);
        }
    }

    public void Analyzed(Message message, string model, MessageAnalysis analysis, TimeSpan took)
    {
        if (!IsOn)
        {
            return;
        }

        var (total, given) = (analysis.SuggestedAngles.Count, analysis.SuggestedAngles.Values.Count(static a => a.Length > 0));
        var (ms, intent) = (took.TotalMilliseconds, TurnProbe.NameOf(analysis.Intent));
        if (WantsContent)
        {
            var angles = string.Join('\n', analysis.SuggestedAngles.Where(static a => a.Value.Length > 0).Select(static a => $"{a.Key}: {a.Value}"));
            ReadAnalysisSensitive(
                _room, message.Seq, IdOf(message), model, ms, total, given, total - given, intent, analysis.Summary.Length, analysis.KeyConcepts.Count, analysis.Summary, angles);
        }
        else
        {
            ReadAnalysis(_room, message.Seq, IdOf(message), model, ms, total, given, total - given, intent, analysis.Summary.Length, analysis.KeyConcepts.Count);
        }
    }

    public void AnalysisFailed(Message message, string model, AnalysisError error, TimeSpan took)
    {
        var type = (error as AnalysisError.Inference)?.ErrorType;
        if (WantsContent)
        {
            FailedAnalysisSensitive(_room, message.Seq, IdOf(message), model, error.Kind, type, error.Message, took.TotalMilliseconds, (error as AnalysisError.Inference)?.Error ?? error.Message);
        }
        else
        {
            FailedAnalysis(_room, message.Seq, IdOf(message), model, error.Kind, type, error.Message, took.TotalMilliseconds);
        }
    }

    public void FoundAnalysis(Message message, string key, string model, int angles)
    {
        // Who knows the room and its specialities can guess a short text from its digest.
        if (WantsContent)
        {
            HitAnalysisSensitive(_room, message.Seq, IdOf(message), model, angles, key);
        }
        else
        {
            HitAnalysis(_room, message.Seq, IdOf(message), model, angles);
        }
    }

    // An id that its author chose may say anything.
    private string? IdOf(Message message) => WantsContent || message.Id.IsRoomGiven ? message.Id.Value : null;

    [Description("A message is about to be analysed, once for the whole room.")]
    [LoggerMessage(231, LogLevel.Debug, "message {seq} is analysed for {knownSpecialtiesCount} specialities", EventName = ProbeClasses.AnalyzeEnter)]
    private partial void EnteredAnalysis(string room, long seq, string? messageId, int textLen, int historyCount, int knownSpecialtiesCount);

    [Description("A message was not analysed: there is at most one speciality in the room, or no model.")]
    [LoggerMessage(232, LogLevel.Debug, "message {seq} is not analysed: {specialtiesSeen} specialities are here", EventName = ProbeClasses.AnalyzeNoop)]
    private partial void SkippedAnalysis(string room, long seq, string? messageId, int specialtiesSeen);

    [Description("A turn found the analysis that another turn had asked for.")]
    [LoggerMessage(233, LogLevel.Debug, "the analysis of message {seq} was there", EventName = ProbeClasses.AnalyzeCacheHit)]
    private partial void HitAnalysis(string room, long seq, string? messageId, string modelUsed, int anglesCount);

    [LoggerMessage(234, LogLevel.Trace, "the analysis of message {seq} was there", EventName = ProbeClasses.AnalyzeCacheHit)]
    private partial void HitAnalysisSensitive(string room, long seq, string? messageId, string modelUsed, int anglesCount, string cacheKey);

    [Description("The model call of an analysis ended with an answer; tokens_out is the model's own count, or an estimate by length where tokens_estimated says so.")]
    [LoggerMessage(235, LogLevel.Debug, "{modelUsed} wrote {rawTextLen} characters on message {seq}", EventName = ProbeClasses.AnalyzeInference)]
    private partial void AskedForAnalysis(
        string room, long seq, string? messageId, string modelUsed, int msgCount, int rawTextLen, long tokensOut, bool tokensEstimated, double inferenceMs);

    [LoggerMessage(236, LogLevel.Trace, "{modelUsed} wrote {rawTextLen} characters on message {seq}", EventName = ProbeClasses.AnalyzeInference)]
    private partial void AskedForAnalysisSensitive(
        string room, long seq, string? messageId, string modelUsed, int msgCount, int rawTextLen, long tokensOut, bool tokensEstimated, double inferenceMs, string rawText);

    [Description("The analysis was read: what came of it.")]
    [LoggerMessage(237, LogLevel.Debug, "message {seq} is a {intent} with {anglesNonEmpty} angles", EventName = ProbeClasses.AnalyzeParse)]
    private partial void ReadAnalysis(
        string room, long seq, string? messageId, string modelUsed, double analyzeDurationMs, int anglesTotal, int anglesNonEmpty, int anglesEmpty, string intent, int summaryLen, int keyConceptsCount);

    [LoggerMessage(238, LogLevel.Trace, "message {seq} is a {intent} with {anglesNonEmpty} angles", EventName = ProbeClasses.AnalyzeParse)]
    private partial void ReadAnalysisSensitive(
        string room, long seq, string? messageId, string modelUsed, double analyzeDurationMs, int anglesTotal, int anglesNonEmpty, int anglesEmpty, string intent, int summaryLen, int keyConceptsCount, string summary, string angles);

    [Description("A message has no analysis; the turns go on without an angle.")]
    [LoggerMessage(239, LogLevel.Warning, "message {seq} has no analysis: {errorKind}", EventName = ProbeClasses.AnalyzeError)]
    private partial void FailedAnalysis(string room, long seq, string? messageId, string modelUsed, string errorKind, string? errorType, string reason, double analyzeDurationMs);

    [LoggerMessage(240, LogLevel.Trace, "message {seq} has no analysis: {errorKind}", EventName = ProbeClasses.AnalyzeError)]
    private partial void FailedAnalysisSensitive(
        string room, long seq, string? messageId, string modelUsed, string errorKind, string? errorType, string reason, double analyzeDurationMs, string error);
}
