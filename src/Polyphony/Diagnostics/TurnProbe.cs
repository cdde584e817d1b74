using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Polyphony.Inference;
using Polyphony.Memory;
using Polyphony.Prompting;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Diagnostics;

/// <summary>
/// The probes of one turn: exists only while somebody listens, so that a turn nobody watches pays for a null check at each seam. Its root span is the
/// ambient activity of the turn, and tells a listener whose turn an event belongs to.
/// </summary>
/// <remarks>A new probe is a method in <c>TurnProbe.Log.cs</c>. What people or models said goes through the method's <c>…Sensitive</c> twin, to a hub with content only.</remarks>
internal sealed partial class TurnProbe : IDisposable
{
    private const int RecalledChars = 256;

    private readonly ILogger _logger;
    private readonly HostedPersona _persona;
    private readonly Offer _offer;
    private readonly SeamSpan? _turn;
    private readonly double _waitUs;
    private readonly string _turnName;
    private Exception? _broken;
    private ModelCall _calls;
    private int _thinkBlocks;

    private TurnProbe(ILogger logger, HostedPersona persona, Offer offer, TimeProvider time)
    {
        _logger = logger;
        _persona = persona;
        _offer = offer;
        _turnName = offer.Turn.ToString();
        var wait = offer.ArrivedTimestamp > 0 ? time.GetElapsedTime(offer.ArrivedTimestamp) : TimeSpan.Zero;
        _waitUs = wait.TotalMicroseconds;

        // A turn is a trace of its own, whatever the loop was started under.
        _turn = SeamSpan.StartTrace(ProbeSeams.Turn);
        if (_turn is not null)
        {
            Describe(_turn, wait);
        }
    }

    // Not a question of the level: content goes to a hub that was told to take it, and to nobody's ordinary log.
    private bool WantsContent => _logger is ProbeHub.HubLogger { IncludesContent: true };

    /// <summary>The probes of a turn that begins; null when nobody listens.</summary>
    public static TurnProbe? Begin(ILogger logger, HostedPersona persona, Offer offer, TimeProvider time)
    {
        if (!Instruments.IsSupported || !(logger.IsEnabled(LogLevel.Warning) || SeamSpan.IsHeard))
        {
            return null;
        }

        var probe = new TurnProbe(logger, persona, offer, time);
        probe.Started(persona.Card.Name, probe._turnName, offer.Attempt, offer.First, probe.PeerId, offer.Newest.Text.Length, probe._waitUs);
        return probe;
    }

    /// <summary>Remembers what broke, for the error that the turn ends with.</summary>
    public void Broke(Exception error) => _broken = error;

    public void Recalled(RecallSnapshot recalled)
    {
        var ids = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[RecalledChars]);
        var scores = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[RecalledChars]);
        for (var i = 0; i < recalled.Engrams.Length; i++)
        {
            var gap = i == 0 ? "" : " ";
            ids.AppendLiteral(gap);
            ids.AppendFormatted(recalled.Engrams[i].Id);
            scores.AppendLiteral(gap);
            scores.AppendFormatted(recalled.Scores[i], "0.####");
        }

        Recalled(recalled.Engrams.Length, recalled.Seq, recalled.Scores.Length > 0 ? recalled.Scores[0] : null, ids.ToStringAndClear(), scores.ToStringAndClear());
    }

    public void Enter(int memories)
    {
        var newest = _offer.Newest;
        var history = newest.Seq - _offer.Transcript.FirstSeq;
        if (WantsContent)
        {
            EnteredSensitive(_offer.Persona.Value, newest.Id.Value, newest.Text.Length, history, _persona.Card.Specialities.Count, memories, newest.Text);
        }
        else
        {
            Entered(_offer.Persona.Value, PlainId, newest.Text.Length, history, _persona.Card.Specialities.Count, memories);
        }
    }

    public void Rendered(ChatMessage[] messages, PromptPlan plan)
    {
        var (length, history) = (plan.SystemLength, plan.Messages);
        Assembled(
            length, messages.Length, plan.EstimatedTokens, plan.HasAngle, plan.Memories, plan.HasSignals, _offer.Voice, PromptLayouts.NameOf(_persona.Profile.Layout),
            plan.CueTokens, plan.DepthTokens, plan.TokenCounter);
        if (WantsContent)
        {
            PromptSensitive(_persona.Profile.Model, length, messages.Length, plan.EstimatedTokens, plan.Memories, history, messages[0].Text, Joined(messages));
        }
        else
        {
            Prompt(_persona.Profile.Model, length, messages.Length, plan.EstimatedTokens, plan.Memories, history);
        }
    }

    /// <summary>Begins the span of a model call, as the <c>gen_ai</c> conventions want a client's: what they require, and nothing that is said.</summary>
    public SeamSpan? Asks(ChatMessage[] messages, ChatOptions options, in ModelCall call)
    {
        var span = SeamSpan.StartCall(ProbeSeams.Generate);
        if (span is not null)
        {
            span.NameAfter("chat", call.Model);
            span.SetTag("gen_ai.operation.name", "chat").SetTag("gen_ai.request.model", call.Model).SetTag(Instruments.ProviderTag, call.Provider)
                .SetTag("gen_ai.conversation.id", _offer.Room.Value).SetTag("gen_ai.output.type", OutputType(options.ResponseFormat));
        }

        if (_logger.IsEnabled(LogLevel.Debug))
        {
            var (images, audio) = (0, 0);
            foreach (var message in messages)
            {
                for (var i = 0; i < message.Contents.Count; i++)
                {
                    images += message.Contents[i] is DataContent picture && picture.HasTopLevelMediaType("image") ? 1 : 0;
                    audio += message.Contents[i] is DataContent sound && sound.HasTopLevelMediaType("audio") ? 1 : 0;
                }
            }

            Generates(options.ModelId ?? "", _offer.Persona.Value, messages.Length, options.MaxOutputTokens ?? 0, messages[0].Role == ChatRole.System, images, audio);
        }

        return span;
    }

    public void Answered(SeamSpan? span, in ModelCall call, string written, in ModelAnswer answer)
    {
        _calls = call;
        var finish = answer.FinishReason?.Value;
        if (finish is not null)
        {
            span?.SetTag("gen_ai.response.finish_reasons", (string[])[finish]);
        }

        span?.SetTag("gen_ai.usage.output_tokens", call.OutputTokens).SetTag("gen_ai.usage.input_tokens", call.InputTokens);
        Tell(span, call.Detail);
        Generated(
            call.Model, call.TokensOut, call.OutputTokens is null, call.TextLength, call.Elapsed.TotalMilliseconds,
            call.TokensPerSecond, call.FirstWordsAfter?.TotalMilliseconds, answer.ReasoningBlocks, finish, null);
        if (WantsContent)
        {
            RawSensitive(call.Model, written.Length, answer.ReasoningBlocks, finish, call.Elapsed.TotalMilliseconds, written);
        }
        else
        {
            Raw(call.Model, written.Length, answer.ReasoningBlocks, finish, call.Elapsed.TotalMilliseconds);
        }
    }

    private void Tell(SeamSpan? span, InferenceDetail? detail)
    {
        if (detail is null)
        {
            return;
        }

        var began = detail.Rendering + detail.Queued;
        span?.Record(ProbeSeams.RenderChat, TimeSpan.Zero, detail.Rendering);
        span?.Record(ProbeSeams.Forward, began, detail.Prefill + detail.Writing);
        Queued(detail.Queued.TotalMilliseconds, detail.Waiting);
        Prefix(detail.ReusedTokens, detail.ComputedTokens, detail.BatchWidth, detail.OwnCacheBytes, detail.CacheBytes, detail.Prefill.TotalMilliseconds, detail.Writing.TotalMilliseconds, detail.Likelihood);
    }

    /// <summary>The answer is read.</summary>
    public void Read(in ModelAnswer answer) => _thinkBlocks = answer.ReasoningBlocks;

    /// <summary>A model call ended without an answer. What becomes of it is told where the turn ends.</summary>
    public void Unanswered(SeamSpan? span, in ModelCall call)
    {
        span?.Fail(call.ErrorType);
        Generated(call.Model, call.TokensOut, call.OutputTokens is null, 0, call.Elapsed.TotalMilliseconds, null, call.FirstWordsAfter?.TotalMilliseconds, 0, null, ShortName(call.ErrorType));
    }

    public void Decided(Decision decision, StageClock clock)
    {
        var (id, total) = (WantsContent ? _offer.Newest.Id.Value : PlainId, MsBetween(clock.TakenAt, Stopwatch.GetTimestamp()));
        var (model, inference) = (_calls.Model, _calls.Elapsed.TotalMilliseconds);
        switch (decision, WantsContent)
        {
            case (Decision.Speak speak, true): VisibleSensitive(_offer.Persona.Value, id, speak.Text.Length, _thinkBlocks, model, total, inference, speak.Text); break;
            case (Decision.Speak speak, false): Visible(_offer.Persona.Value, id, speak.Text.Length, _thinkBlocks, model, total, inference); break;
            case (Decision.Pass pass, true): PassedSensitive(_offer.Persona.Value, id, _calls.TextLength, _thinkBlocks, model, total, inference, pass.Reason); break;
            case (Decision.Pass, false): Passed(_offer.Persona.Value, id, _calls.TextLength, _thinkBlocks, model, total, inference); break;
        }
    }

    public void Ended(TurnOutcome outcome, Message? reply, StageClock clock)
    {
        var name = _persona.Card.Name;
        var turn = _turnName;
        var total = MsBetween(clock.TakenAt, clock.EndOf(TurnStage.Say));
        _turn?.SetTag("polyphony.outcome", Instruments.NameOf(outcome));
        if (_calls.Model is not null)
        {
            Cost(_calls.InputTokens, _calls.OutputTokens, _calls.Elapsed.TotalMilliseconds, _calls.TokensPerSecond);
        }

        switch (outcome)
        {
            case TurnOutcome.Spoke:
                Spoke(
                    name, turn, reply?.Text.Length ?? 0, reply?.Seq, total, StageMs(clock, TurnStage.Recall), StageMs(clock, TurnStage.Admit), StageMs(clock, TurnStage.Compose),
                    StageMs(clock, TurnStage.Assemble), StageMs(clock, TurnStage.Respond), StageMs(clock, TurnStage.Check), StageMs(clock, TurnStage.Say));
                break;
            case TurnOutcome.Failed failed:
                _turn?.Fail(_broken?.GetType().FullName ?? "_OTHER");
                Fail(name, turn, failed, total);
                break;
            case TurnOutcome.Passed passed when !HasOwnReasons:
                PassInItsOwnWords(name, turn, passed.Reason, total);
                break;
            default:
                Silent(name, turn, Instruments.NameOf(outcome), (outcome as TurnOutcome.Refused)?.Rule ?? "", outcome.Why, total);
                break;
        }
    }

    public void Dispose() => _turn?.Dispose();

    // An id that its author chose may say anything.
    private string? PlainId => _offer.Newest.Id is { IsRoomGiven: true } id ? id.Value : null;

    // So may the id of an author who is none of the room's own personas.
    private string? PeerId => _offer.Newest is { Kind: AuthorKind.Persona } || WantsContent ? _offer.Newest.Author.Value : null;

    private string ErrorType => _broken?.GetType().Name ?? "none";

    // The embedded mind and the bids give fixed reasons; a model's are its own words, and may hold what somebody said.
    private bool HasOwnReasons => _isWithheld || _persona.Client.GetService(typeof(CardChatClient)) is not null;

    private void PassInItsOwnWords(string name, string turn, string reason, double total)
    {
        if (WantsContent)
        {
            SilentSensitive(name, turn, "passed", "", "the model chose silence", total, reason);
        }
        else
        {
            Silent(name, turn, "passed", "", "the model chose silence", total);
        }
    }

    private void Fail(string name, string turn, TurnOutcome.Failed failed, double total)
    {
        // What a server or a parser says of a failure may quote what it was given.
        if (WantsContent)
        {
            FailedSensitive(name, turn, failed.Stage, ErrorType, total, failed.Error);
        }
        else
        {
            Failed(name, turn, failed.Stage, ErrorType, total);
        }
    }

    private void Describe(SeamSpan turn, TimeSpan wait)
    {
        turn.Identify(new(_offer.Room.Value, _turnName, _persona.Card.Name, _offer.Last));
        turn.SetTag("polyphony.attempt", _offer.Attempt);
        if (wait > TimeSpan.Zero)
        {
            turn.BeganBefore(wait);
            turn.Record(ProbeSeams.Wait, TimeSpan.Zero, wait);
        }
    }

    private static string? OutputType(ChatResponseFormat? format) => format switch
    {
        ChatResponseFormatJson => "json",
        ChatResponseFormatText => "text",
        _ => null,
    };

    // A span has the whole name of a type, as the conventions want it; a record what a person reads.
    private static string? ShortName(string? type) => type?[(type.LastIndexOf('.') + 1)..];

    private static string Joined(ChatMessage[] messages) => string.Join('\n', messages.Skip(1).Select(static m => $"{m.Role}: {m.Text}"));

    private static double StageMs(StageClock clock, TurnStage stage) =>
        clock.EndOf(stage) is > 0 and var ended ? MsBetween(stage == TurnStage.Recall ? clock.TakenAt : clock.EndOf(stage - 1), ended) : 0;

    private static double MsBetween(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
