using System.ComponentModel;
using Microsoft.Extensions.Logging;

namespace Polyphony.Diagnostics;

// The events of a turn. The event's name is the class; a parameter is a field of that name in snake case, in the unit its name ends with. The taxonomy is read off these
// methods. A twin that ends with Sensitive has the same class, and what people or models said besides.
internal sealed partial class TurnProbe
{
    [Description("A loop took an offer.")]
    [LoggerMessage(101, LogLevel.Information, "{persona} takes {turn}, attempt {attempt}", EventName = ProbeClasses.TurnStart)]
    private partial void Started(string persona, string turn, int attempt, long first, string? peerId, int textLen, double waitUs);

    [Description("What the persona knew going in.")]
    [LoggerMessage(102, LogLevel.Debug, "{count} memories were recalled", EventName = ProbeClasses.TurnRecall)]
    private partial void Recalled(int count, long preparedFor, double? topScore, string ids, string scores);

    [Description("The new messages were handed to the room's memories, which admit them off the turn's path.")]
    [LoggerMessage(103, LogLevel.Debug, "{count} messages are new to memory", EventName = ProbeClasses.TurnAdmit)]
    public partial void Admitted(int count);

    [Description("The budgets chose what goes into the prompt.")]
    [LoggerMessage(104, LogLevel.Debug, "{messages} messages and {memories} memories fit, about {estimatedTokens} of {windowTokens} tokens", EventName = ProbeClasses.TurnCompose)]
    public partial void Composed(long messages, int memories, int estimatedTokens, int windowTokens, int replyTokens);

    [Description("The turn ended with a message that the room took.")]
    [LoggerMessage(105, LogLevel.Information, "{persona} spoke in {turn}, {responseLen} characters", EventName = ProbeClasses.TurnSpoke)]
    private partial void Spoke(
        string persona, string turn, int responseLen, long? replySeq, double turnDurationMs, double recallMs, double admitMs, double composeMs, double assembleMs, double respondMs, double checkMs, double sayMs);

    [Description("The turn ended without a message, and nothing broke.")]
    [LoggerMessage(106, LogLevel.Information, "{persona} was silent in {turn}: {outcome}, {reason}", EventName = ProbeClasses.TurnSilent)]
    private partial void Silent(string persona, string turn, string outcome, string rule, string reason, double turnDurationMs);

    [LoggerMessage(107, LogLevel.Trace, "{persona} was silent in {turn}: {outcome}, {reason}", EventName = ProbeClasses.TurnSilent)]
    private partial void SilentSensitive(string persona, string turn, string outcome, string rule, string reason, double turnDurationMs, string modelReason);

    [Description("Something broke in the turn.")]
    [LoggerMessage(108, LogLevel.Warning, "{persona} failed in {turn} at {stage}: {errorType}", EventName = ProbeClasses.TurnError)]
    private partial void Failed(string persona, string turn, string stage, string errorType, double turnDurationMs);

    [LoggerMessage(109, LogLevel.Trace, "{persona} failed in {turn} at {stage}: {errorType}", EventName = ProbeClasses.TurnError)]
    private partial void FailedSensitive(string persona, string turn, string stage, string errorType, double turnDurationMs, string error);

    [Description("What the turn's last model call cost; tokens are those that the model counted.")]
    [LoggerMessage(110, LogLevel.Debug, "the model took {latencyMs} ms", EventName = ProbeClasses.TurnMetrics)]
    private partial void Cost(long? inputTokens, long? outputTokens, double latencyMs, double? tokensPerSecond);

    [Description("The persona is about to be asked.")]
    [LoggerMessage(111, LogLevel.Debug, "a message of {messageTextLen} characters, {historyCount} before it", EventName = ProbeClasses.ResponseEnter)]
    private partial void Entered(string personaId, string? messageId, int messageTextLen, long historyCount, int knownSpecialties, int recalledEngrams);

    [LoggerMessage(112, LogLevel.Trace, "a message of {messageTextLen} characters, {historyCount} before it", EventName = ProbeClasses.ResponseEnter)]
    private partial void EnteredSensitive(
        string personaId, string? messageId, int messageTextLen, long historyCount, int knownSpecialties, int recalledEngrams, string messageText);

    [Description("The prompt was assembled; token_counter says who counted, and cue_tokens and depth_tokens what the persona's own part of it costs.")]
    [LoggerMessage(113, LogLevel.Debug, "{messageCount} chat messages, about {estimatedTokens} tokens", EventName = ProbeClasses.PromptAssemble)]
    private partial void Assembled(
        int systemMessageLen, int messageCount, int estimatedTokens, bool matchedAnglePresent, int engramsCount, bool socialSignalsPresent, bool voiceMode, string multiPartyStrategy,
        int cueTokens, int depthTokens, string tokenCounter);

    [Description("The prompt as the model gets it.")]
    [LoggerMessage(114, LogLevel.Debug, "{model} gets {messageCount} chat messages, about {estimatedTokens} tokens", EventName = ProbeClasses.ResponsePrompt)]
    private partial void Prompt(string model, int systemMessageLen, int messageCount, int estimatedTokens, int engramsCount, int historyCount);

    [LoggerMessage(115, LogLevel.Trace, "{model} gets {messageCount} chat messages, about {estimatedTokens} tokens", EventName = ProbeClasses.ResponsePrompt)]
    private partial void PromptSensitive(
        string model, int systemMessageLen, int messageCount, int estimatedTokens, int engramsCount, int historyCount, string systemMessage, string messages);

    [Description("The model's answer as it came.")]
    [LoggerMessage(116, LogLevel.Debug, "{modelUsed} wrote {rawTextLen} characters", EventName = ProbeClasses.ResponseRaw)]
    private partial void Raw(string modelUsed, int rawTextLen, int thinkBlocks, string? finishReason, double inferenceMs);

    [LoggerMessage(117, LogLevel.Trace, "{modelUsed} wrote {rawTextLen} characters", EventName = ProbeClasses.ResponseRaw)]
    private partial void RawSensitive(string modelUsed, int rawTextLen, int thinkBlocks, string? finishReason, double inferenceMs, string rawText);

    [Description("The answer was words.")]
    [LoggerMessage(118, LogLevel.Debug, "{visibleTextLen} characters to say", EventName = ProbeClasses.ResponseSpoke)]
    private partial void Visible(string personaId, string? messageId, int visibleTextLen, int thinkBlocks, string modelUsed, double totalMs, double inferenceMs);

    [LoggerMessage(119, LogLevel.Trace, "{visibleTextLen} characters to say", EventName = ProbeClasses.ResponseSpoke)]
    private partial void VisibleSensitive(
        string personaId, string? messageId, int visibleTextLen, int thinkBlocks, string modelUsed, double totalMs, double inferenceMs, string visibleText);

    [Description("The answer was silence.")]
    [LoggerMessage(120, LogLevel.Debug, "nothing to say", EventName = ProbeClasses.ResponseSilent)]
    private partial void Passed(string personaId, string? messageId, int rawTextLen, int thinkBlocks, string modelUsed, double totalMs, double inferenceMs);

    [LoggerMessage(121, LogLevel.Trace, "nothing to say", EventName = ProbeClasses.ResponseSilent)]
    private partial void PassedSensitive(
        string personaId, string? messageId, int rawTextLen, int thinkBlocks, string modelUsed, double totalMs, double inferenceMs, string rawText);

    [Description("A model is called.")]
    [LoggerMessage(122, LogLevel.Debug, "{model} is called with {msgCount} chat messages", EventName = ProbeClasses.GenerateEnter)]
    private partial void Generates(string model, string personaId, int msgCount, int maxTokens, bool hasSystemPrompt, int partsImage, int partsAudio);

    [Description("A model call ended; tokens_out is the model's own count, or an estimate by length where tokens_estimated says so; error_type where it ended without an answer.")]
    [LoggerMessage(123, LogLevel.Debug, "{model} wrote {tokensOut} tokens in {durationMs} ms", EventName = ProbeClasses.GenerateExit)]
    private partial void Generated(
        string model, long tokensOut, bool tokensEstimated, int textLen, double durationMs, double? tokPerSec, double? firstTokenMs, int thinkBlocks, string? finishReason, string? errorType);

    [Description("An engine of this process took the call: how long it waited there, and how many requests waited when it ended.")]
    [LoggerMessage(124, LogLevel.Debug, "the call waited {queuedMs} ms for the engine", EventName = ProbeClasses.InferenceQueue)]
    private partial void Queued(double queuedMs, int requestsWaiting);

    [Description("What the engine had of the prompt and what it computed; batch_width is how many wrote together on average, speak_likelihood what a choice was read as.")]
    [LoggerMessage(125, LogLevel.Debug, "{tokensHit} tokens of the prompt were there, {tokensComputed} were computed", EventName = ProbeClasses.InferencePrefix)]
    private partial void Prefix(int tokensHit, int tokensComputed, double batchWidth, long laneKvBytes, long kvBytes, double prefillMs, double writingMs, double? speakLikelihood);
}
