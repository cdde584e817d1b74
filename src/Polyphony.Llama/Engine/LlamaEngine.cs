using System.Diagnostics.CodeAnalysis;

namespace Polyphony.Llama.Engine;

/// <summary>
/// One set of weights and one cache, on which many personas of many rooms think at once: what their prompts have in common is computed once, and what they write is computed together.
/// </summary>
/// <remarks>Thread-safe. One thread of its own computes; nothing else touches the context. Owns its context, not the model.</remarks>
public sealed class LlamaEngine : IAsyncDisposable
{
    private const string Stopped = "the engine was stopped";

    private readonly EngineQueue _queue;
    private readonly EngineCore _core;
    private readonly EngineOptions _options;
    private readonly AutoResetEvent _wake = new(false);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stops;
    private volatile bool _forgetsPeak;
    private LlamaException? _broken;

    private LlamaEngine(LlamaModel model, EngineOptions options)
    {
        (Model, _options, _queue) = (model, options, new(options.Queue));
        var size = new LlamaContextOptions
        {
            ContextTokens = options.ContextTokens,
            BatchTokens = options.StepTokens,
            MicroBatchTokens = options.StepTokens,
            Sequences = options.Lanes + options.Prefixes,
            Outputs = options.Lanes,
            Threads = options.Threads,
            FullPrecision = options.FullPrecision,
        };
        _core = new(() => LlamaContext.Create(model, size), model.EndsReply, _queue, options, model.CacheBytesPerToken);
        new Thread(Run) { Name = "polyphony engine", IsBackground = true }.Start();
    }

    /// <summary>Makes the context and starts the thread.</summary>
    /// <exception cref="LlamaException">As <see cref="LlamaContext.Create(LlamaModel, LlamaContextOptions?)"/>.</exception>
    /// <exception cref="ArgumentException">A size is below 1.</exception>
    public static LlamaEngine Start(LlamaModel model, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new();
        options.Validate();
        return new(model, options);
    }

    /// <summary>The weights.</summary>
    public LlamaModel Model { get; }

    /// <summary>What it was started with.</summary>
    public EngineOptions Options => _options;

    /// <summary>Hands a request in. Never waits: what cannot be taken comes back refused.</summary>
    /// <exception cref="ArgumentException">The request contradicts itself; the message says how.</exception>
    /// <exception cref="LlamaException">A token is not in the vocabulary.</exception>
    public EngineRun Submit(EngineRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate(Model.VocabularySize);
        var work = new EngineWork(request, cancellationToken);
        if (Refusal(work) is { } refused)
        {
            work.End(refused);
            return work.Run;
        }

        if (!_queue.TryAdd(work, out var isClosed))
        {
            work.End(isClosed
                ? new EngineAnswer.Failed(_broken?.Fault ?? LlamaFault.Stopped, _broken?.Message ?? Stopped) { Usage = work.Usage() }
                : new EngineAnswer.Refused("overloaded", $"{_options.Queue} requests of this urgency wait already; ask again when some are through") { Usage = work.Usage() });
            return work.Run;
        }

        work.Watch(Cancel);
        _wake.Set();
        return work.Run;
    }

    /// <summary>What it did so far and holds now. A snapshot of one moment between two steps.</summary>
    public EngineReport Report() => _core.Report;

    /// <summary>Lets <see cref="EngineReport.PeakCells"/> begin anew with the next step.</summary>
    public void ForgetPeak()
    {
        _forgetsPeak = true;
        _wake.Set();
    }

    /// <summary>Ends the requests under way with <see cref="EngineAnswer.Failed"/> and gives the cache back.</summary>
    public async ValueTask DisposeAsync()
    {
        _stops = true;
        _wake.Set();
        await _ended.Task;
    }

    private EngineAnswer.Refused? Refusal(EngineWork work)
    {
        var (needed, most) = (work.ReservedCells + work.Request.KeptTokens, _core.MostCellsOf(work.Request.Urgency));
        return needed <= most ? null : new("too-large", $"the request may need {needed} tokens, and {most} fit; shorten the prompt or the reply, or make a larger context") { Usage = work.Usage() };
    }

    private void Cancel(EngineWork work)
    {
        if (_queue.TryRemove(work))
        {
            work.End(new EngineAnswer.Cancelled { Usage = work.Usage() });
            return;
        }

        _wake.Set();
    }

    [SuppressMessage("Design", "CA1031", Justification = "The thread's boundary: whatever breaks ends the requests with a typed answer, never the process.")]
    private void Run()
    {
        try
        {
            while (!_stops)
            {
                if (_forgetsPeak)
                {
                    _forgetsPeak = false;
                    _core.ForgetPeak();
                }

                if (_core.HasWork)
                {
                    _core.Step();
                }
                else
                {
                    _wake.WaitOne();
                }
            }
        }
        catch (LlamaException broken)
        {
            _broken = broken;
        }
        catch (Exception broken)
        {
            _broken = new(LlamaFault.DecodeFailed, $"the engine's thread failed ({broken.GetType().Name}: {broken.Message}); start another engine", broken);
        }

        var (fault, message) = (_broken?.Fault ?? LlamaFault.Stopped, _broken?.Message ?? Stopped);
        foreach (var work in _queue.Close())
        {
            work.End(new EngineAnswer.Failed(fault, message) { Usage = work.Usage() });
        }

        _core.FailAll(fault, message);
        _core.Dispose();
        _ended.TrySetResult();
    }
}
