using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Polyphony.Analysis;
using Polyphony.Bids;
using Polyphony.Capture;
using Polyphony.Diagnostics;
using Polyphony.Inference;
using Polyphony.Memory;
using Polyphony.Prompting;
using Polyphony.Rooms;

namespace Polyphony.Turns;

/// <summary>
/// Turns an offer into a result: recall, admit, compose, assemble, decide and respond, check. One for a room, used by all its loops at once.
/// </summary>
/// <remarks>This is the turn's boundary: whatever breaks in a stage, or in a model, becomes <see cref="TurnOutcome.Failed"/> with that stage's name.</remarks>
public sealed class TurnPipeline
{
    /// <summary>The most characters a model may write in one answer; more is refused, never cut.</summary>
    public const int AnswerLimit = 256 * 1024;

    private readonly PromptRoom _prompts;
    private readonly RoomMemory? _memory;
    private readonly SharedAnalysis? _analysis;
    private readonly RoomBids? _bids;
    private readonly ITurnCapture? _capture;

    /// <param name="parts">What it works with; nothing beside the offer and the persona where absent.</param>
    public TurnPipeline(TurnPipelineParts? parts = null)
    {
        parts ??= new();
        _prompts = new(parts.PublicCards);
        Logger = GuardedLogger.Around(parts.Logger);
        Probe = RoomProbe.For(Logger, parts.Room);
        _memory = parts.Memory;
        _analysis = parts.Analysis;
        _bids = parts.Bids;
        _capture = parts.Capture;
    }

    internal ILogger Logger { get; }

    internal RoomProbe? Probe { get; }

    /// <summary>Runs the turn.</summary>
    /// <param name="persona">Whose turn.</param>
    /// <param name="offer">What is offered.</param>
    /// <param name="bench">The persona's own things, kept from turn to turn.</param>
    /// <param name="stop">Ends the turn: it was withdrawn, has run out of time, or its loop is stopping.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> ended it; the loop knows why.</exception>
    internal ValueTask<TurnResult> RunAsync(HostedPersona persona, Offer offer, TurnBench bench, CancellationToken stop) =>
        _bids is null ? RunOnceAsync(persona, offer, bench, stop) : RunBidAsync(_bids, persona, offer, bench, stop);

    private ValueTask<TurnResult> RunOnceAsync(HostedPersona persona, Offer offer, TurnBench bench, CancellationToken stop) =>
        _capture is null ? RunStagesAsync(persona, offer, bench, stop) : RunCapturedAsync(_capture, persona, offer, bench, stop);

    private async ValueTask<TurnResult> RunBidAsync(RoomBids bids, HostedPersona persona, Offer offer, TurnBench bench, CancellationToken stop)
    {
        var result = await RunOnceAsync(persona, offer, bench, stop);
        bids.Ended(offer, result.Outcome);
        return result;
    }

    [SuppressMessage("Design", "CA1031", Justification = "The turn's boundary: everything that breaks is recorded with its stage, and the loop lives on.")]
    private async ValueTask<TurnResult> RunStagesAsync(HostedPersona persona, Offer offer, TurnBench bench, CancellationToken stop)
    {
        var (clock, probe) = (bench.Clock, bench.Probe);
        using var respond = SeamSpan.Start(ProbeSeams.Respond);
        try
        {
            bench.Memory ??= _memory?.For(offer.Persona);
            var recalled = bench.Recall();
            IReadOnlyList<Engram> memories = recalled.Engrams;
            clock.End(TurnStage.Recall);
            probe?.Recalled(recalled);

            var admitted = bench.Admit(offer);
            clock.End(TurnStage.Admit);
            probe?.Admitted(admitted);

            var angle = _analysis is null ? "" : await _analysis.AngleAsync(persona, offer, bench, stop);
            var sources = new PromptSources(persona.Card, persona.Profile, offer) { Memories = memories, Angle = angle };
            var plan = _prompts.Compose(sources, bench.Prompt, out var shortage);
            clock.End(TurnStage.Compose);
            if (plan is null)
            {
                return TurnResult.Of(offer, new TurnOutcome.Refused("budget", shortage!));
            }

            bench.Planned(plan);
            persona.Keep(new(plan.CueTokens, plan.DepthTokens));
            probe?.Composed(plan.Messages, plan.Memories, plan.EstimatedTokens, persona.Profile.ContextTokens, persona.Profile.ReplyTokens);
            probe?.Enter(memories.Count);
            var messages = Assemble(plan);
            clock.End(TurnStage.Assemble);
            probe?.Rendered(messages, plan);

            var parts = PromptAssembly.PartsOf(plan, messages.Length);
            if (_bids is not null && await _bids.WithholdsAsync(persona, offer, bench, new ArraySegment<ChatMessage>(messages, 0, parts.Kept), stop) is { } likelierOthers)
            {
                clock.End(TurnStage.Respond);
                clock.End(TurnStage.Check);
                return TurnResult.Of(offer, new TurnOutcome.Passed(likelierOthers));
            }

            var decision = await RespondAsync(persona, offer, bench, messages, parts, stop);
            clock.End(TurnStage.Respond);
            bench.Tape?.Decided(decision);
            probe?.Decided(decision, clock);

            var result = decision switch
            {
                Decision.Pass pass => TurnResult.Of(offer, new TurnOutcome.Passed(pass.Reason)),
                Decision.Speak speak => SpeechCheck.Check(offer, persona.Card, speak.Text, messages, bench.Own),
                _ => throw new InvalidOperationException("the decision is neither to speak nor to pass"),
            };
            clock.End(TurnStage.Check);
            return result;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw;
        }
        catch (AnswerTooLongException tooLong)
        {
            return TurnResult.Of(offer, new TurnOutcome.Refused("too-long", tooLong.Message));
        }
        catch (Exception broken)
        {
            probe?.Broke(broken);
            return TurnResult.Of(offer, new TurnOutcome.Failed(StageName(clock.Current), broken.Message.ReplaceLineEndings(" ")));
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A capture is foreign code: what it throws is counted, and must not touch the turn.")]
    internal async ValueTask<TurnResult> RunCapturedAsync(ITurnCapture capture, HostedPersona persona, Offer offer, TurnBench bench, CancellationToken stop)
    {
        var tape = bench.Tape = new(endsAtPrompt: capture is PromptXRay.Taken);
        TurnOutcome? outcome = null;
        try
        {
            var result = await RunStagesAsync(persona, offer, bench, stop);
            outcome = result.Outcome;
            return result;
        }
        finally
        {
            bench.Tape = null;
            try
            {
                capture.Take(tape.End(persona, offer, bench.Clock, outcome));
            }
            catch (Exception)
            {
                Instruments.CaptureFailed();
            }
        }
    }

    internal static string StageName(TurnStage stage) => stage switch
    {
        TurnStage.Recall => "recall",
        TurnStage.Admit => "admit",
        TurnStage.Compose => "compose",
        TurnStage.Assemble => "assemble",
        TurnStage.Respond => "respond",
        TurnStage.Check => "check",
        _ => "say",
    };

    private static ChatMessage[] Assemble(PromptPlan plan)
    {
        using var assemble = SeamSpan.Start(ProbeSeams.Assemble);
        return PromptAssembly.Assemble(plan);
    }

    private static async ValueTask<Decision> RespondAsync(
        HostedPersona persona, Offer offer, TurnBench bench, ChatMessage[] messages, PromptParts parts, CancellationToken stop)
    {
        using var render = SeamSpan.Start(ProbeSeams.Render);
        await AskAsync(persona, offer, bench, messages, parts, stop);
        if (TryRead(persona, bench, messages, out var decision, out var again, out _))
        {
            return decision;
        }

        await AskAsync(persona, offer, bench, again, parts with { Decided = again.Length }, stop);
        return TryRead(persona, bench, messages, out decision, out _, out var whyNot)
            ? decision
            : throw new InvalidOperationException($"the model's answer fits no decision, nor did its second: {whyNot}");
    }

    /// <summary>Reads the answer; or gives the call that lets the model mend it, with its own words and what is wrong with them.</summary>
    private static bool TryRead(
        HostedPersona persona,
        TurnBench bench,
        ChatMessage[] messages,
        [NotNullWhen(true)] out Decision? decision,
        [NotNullWhen(false)] out ChatMessage[]? again,
        [NotNullWhen(false)] out string? whyNot)
    {
        var protocol = persona.Profile.Protocol;
        var answer = bench.Answer.ToAnswer(persona.Card.Name);
        bench.Answer.Clear();
        bench.Probe?.Read(answer);
        again = protocol.TryRead(answer, out decision, out whyNot)
            ? null
            :
            [
                .. messages,
                new(ChatRole.Assistant, answer.Shown()),
                new(ChatRole.User, $"That answer cannot be used: {whyNot}. Answer again. {protocol.Contract}"),
            ];
        return decision is not null;
    }

    /// <summary>One model call, whose answer is in <see cref="TurnBench.Answer"/>. The stream is the only path; a model that answers at once is a stream of one.</summary>
    private static async ValueTask AskAsync(
        HostedPersona persona, Offer offer, TurnBench bench, ChatMessage[] messages, PromptParts parts, CancellationToken stop)
    {
        var options = OptionsOf(persona.Profile, offer, parts);
        bench.Tape?.Asks(messages, options);
        var (probe, watches) = (bench.Probe, bench.Probe is not null || Instruments.HearsCalls);
        var call = watches ? new ModelCall(persona.Profile.Model, persona.Client) : default;
        using var span = probe?.Asks(messages, options, call);
        var stream = persona.Client.GetStreamingResponseAsync(messages, options, stop).GetAsyncEnumerator(stop);
        var wait = bench.Wait();
        var answer = bench.Answer;
        answer.Clear();
        try
        {
            while (await wait.NextOf(stream, stop))
            {
                // A stream that always has its next element at hand leaves no wait in which the end of the turn would be seen.
                stop.ThrowIfCancellationRequested();
                if (watches)
                {
                    call.Saw(stream.Current);
                }

                var hasWords = answer.Add(stream.Current);
                ThrowIfTooLong(answer.Length);
                if (hasWords && persona.Conversation.ShowsDrafts && persona.Profile.Protocol.DraftOf(answer.Written) is { Length: > 0 } draft)
                {
                    persona.Conversation.Draft(offer.Turn, draft);
                }
            }

            bench.Tape?.Answered(answer.Written);
            if (watches)
            {
                var text = answer.Written;
                call.End(text.Length);
                Instruments.CallEnded(call);
                probe?.Answered(span, call, text, answer.ToAnswer(""));
            }
        }
        catch (Exception broken) when (watches)
        {
            // Only seen here; the turn's boundary decides what becomes of it.
            call.Break(broken);
            Instruments.CallEnded(call);
            probe?.Unanswered(span, call);
            throw;
        }
        finally
        {
            if (!wait.IsAbandoned)
            {
                await stream.DisposeAsync();
            }
        }
    }

    private static PersonaChatOptions OptionsOf(InferenceProfile profile, Offer offer, PromptParts parts)
    {
        var options = new PersonaChatOptions
        {
            Offer = offer,
            Parts = parts,
            SpeakThreshold = profile.SpeakThreshold,
            ModelId = profile.Model,
            MaxOutputTokens = profile.ReplyTokens,
            Temperature = profile.Temperature,
        };
        profile.Protocol.Ask(options);
        return options;
    }

    private static void ThrowIfTooLong(int length)
    {
        if (length > AnswerLimit)
        {
            throw new AnswerTooLongException($"the model wrote more than {AnswerLimit} characters");
        }
    }

    private sealed class AnswerTooLongException(string message) : Exception(message);
}
