using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Polyphony.Bids;
using Polyphony.Inference;
using Polyphony.Llama.Engine;
using Polyphony.Llama.Text;
using Polyphony.Prompting;

namespace Polyphony.Llama;

/// <summary>
/// An engine as a chat client: one for all personas of its model. Where the call has the form of an answer (<see cref="PersonaChatOptions.Frame"/>) whether to speak is read from the logits, and only what
/// is said is generated; any other call is written to its end, under its schema where it has one.
/// </summary>
/// <remarks>Thread-safe. Owns neither the engine nor the model.</remarks>
public sealed class LlamaChatClient : IChatClient, IAdapterWarmup, IRoomBidder
{
    private readonly LlamaEngine _engine;
    private readonly LlamaChatOptions _options;
    private readonly LlamaVoice _voice;
    private readonly LlamaTokenCounter _tokens;
    private readonly ChatClientMetadata _metadata;
    private readonly string _name;

    /// <exception cref="LlamaException"><see cref="LlamaFault.UnknownTemplate"/>.</exception>
    public LlamaChatClient(LlamaEngine engine, LlamaChatOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        (_engine, _options, _voice) = (engine, options ?? new(), new(engine.Model));
        _name = _options.Model ?? Path.GetFileNameWithoutExtension(engine.Model.Path);
        _tokens = new(engine.Model, _name);
        _metadata = new("llama.cpp", defaultModelId: _name);
    }

    /// <inheritdoc/>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="EngineRefusedException">The engine is overloaded, or the call can never fit.</exception>
    /// <exception cref="TimeoutException">The turn's time ran out.</exception>
    /// <exception cref="LlamaException">The engine failed, or the call asks for something that it cannot do.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var began = Stopwatch.GetTimestamp();
        using var call = LlamaCall.Of(_voice, messages, options, _options);
        var rendering = Stopwatch.GetElapsedTime(began);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var run = _engine.Submit(call.Request, stop.Token);
        try
        {
            var words = new Words(_engine.Model, call.Frame);
            await foreach (var token in run.Tokens)
            {
                if (words.Push(token) is { Length: > 0 } text)
                {
                    yield return Update(new TextContent(text));
                }
            }

            var answer = await run.Answer;
            ThrowUnlessAnswered(answer, cancellationToken);
            if (words.End(answer, options as PersonaChatOptions) is { Length: > 0 } rest)
            {
                yield return Update(new TextContent(rest));
            }

            var last = Update(UsageOf(answer.Usage), DetailOf(answer, rendering));
            last.FinishReason = answer is EngineAnswer.CutOff ? ChatFinishReason.Length : ChatFinishReason.Stop;
            yield return last;
        }
        finally
        {
            // Who stops reading stops the writing; until it has ended, the call's grammar is the engine's.
            await stop.CancelAsync();
            await run.Answer;
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType == typeof(ITokenCounter) ? _tokens
            : serviceType == typeof(LlamaEngine) ? _engine
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <inheritdoc/>
    /// <remarks>Costs the tokens of one cue behind what the personas of the room read first, and writes none. Names that begin with the same token share its probability evenly.</remarks>
    /// <exception cref="EngineRefusedException">The engine is overloaded, or what was said does not fit.</exception>
    /// <exception cref="TimeoutException">The turn's time ran out.</exception>
    /// <exception cref="LlamaException">The engine failed.</exception>
    public async ValueTask<IReadOnlyList<double>> BidAsync(RoomBidRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var bids = LlamaBids.Of(_voice, _engine.Model, request);
        if (bids.Request is not { } asked)
        {
            return bids.Read([]);
        }

        var answer = await _engine.Submit(asked, cancellationToken).Answer;
        ThrowUnlessAnswered(answer, cancellationToken);
        return bids.Read(answer.Probabilities);
    }

    /// <inheritdoc/>
    /// <remarks>Looks at the vocabulary once, and computes one token, so that the first turn does not.</remarks>
    public async ValueTask WarmUpAsync(InferenceProfile profile, CancellationToken cancellationToken)
    {
        _ = _voice.Strings;
        ThrowUnlessAnswered(await _engine.Submit(new() { Lane = new(profile.Persona, new("warm-up")), Prompt = _voice.Template.Render([new(TemplateRole.User, "Hi")]).Tokens }, cancellationToken).Answer, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _voice.Dispose();

    private static ChatResponseUpdate Update(params AIContent[] contents) => new(ChatRole.Assistant, contents);

    private static void ThrowUnlessAnswered(EngineAnswer answer, CancellationToken cancellationToken)
    {
        switch (answer)
        {
            case EngineAnswer.Refused refused: throw new EngineRefusedException(refused.Code, refused.Message);
            case EngineAnswer.Failed failed: throw new LlamaException(failed.Fault, failed.Message);
            case EngineAnswer.Cancelled: throw new OperationCanceledException(cancellationToken);
            case EngineAnswer.Expired: throw new TimeoutException("the turn's time ran out before the engine had written the answer; give the room more time, or the machine less to do");
        }
    }

    private static UsageContent UsageOf(EngineUsage usage) => new(new()
    {
        InputTokenCount = usage.PromptTokens,
        OutputTokenCount = usage.WrittenTokens,
        TotalTokenCount = usage.PromptTokens + usage.WrittenTokens,
        CachedInputTokenCount = usage.ReusedTokens,
    });

    private InferenceDetail DetailOf(EngineAnswer answer, TimeSpan rendering)
    {
        var (usage, report, bytes) = (answer.Usage, _engine.Report(), _engine.Model.CacheBytesPerToken);
        return new()
        {
            Rendering = rendering,
            Queued = usage.Queued,
            Prefill = usage.Prefill,
            Writing = usage.Writing,
            ReusedTokens = usage.ReusedTokens,
            ComputedTokens = usage.PromptTokens - usage.ReusedTokens,
            BatchWidth = usage.BatchWidth,
            OwnCacheBytes = usage.OwnCells * bytes,
            CacheBytes = report.Cells * bytes,
            Waiting = report.Waiting,
            Likelihood = answer.Probabilities is [var speaks, ..] ? speaks : null,
        };
    }

    /// <summary>The words of an answer as its tokens come, with what was placed around them.</summary>
    private sealed class Words(LlamaModel model, DecisionFrame? frame)
    {
        private readonly StreamingDetokenizer _detokenizer = new(model, beginsText: frame is null);
        private string _held = "";
        private bool _speaks;

        public string Push(int token)
        {
            var text = _detokenizer.Push(token);
            if (frame is null || _speaks)
            {
                return text;
            }

            // What is placed before the words is shown with the first of them: blanks alone are none.
            _held += text;
            _speaks = _held.AsSpan().Trim().TrimEnd('"').Length > 0;
            return _speaks ? frame.Speech + _held : "";
        }

        public string End(EngineAnswer answer, PersonaChatOptions? options)
        {
            var rest = _detokenizer.IsEnded ? "" : _detokenizer.Finish();
            if (frame is null)
            {
                return rest;
            }

            return _speaks ? rest + (answer is EngineAnswer.CutOff ? "" : frame.End)
                : answer is EngineAnswer.Declined ? frame.Silence(string.Create(CultureInfo.InvariantCulture, $"speaks with p = {answer.Probabilities[0]:0.00}, its threshold is {options!.SpeakThreshold:0.00}"))
                : frame.Silence("the model chose to speak and wrote nothing");
        }
    }
}
