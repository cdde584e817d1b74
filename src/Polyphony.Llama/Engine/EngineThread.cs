namespace Polyphony.Llama.Engine;

/// <summary>The thread that computes, and the door to it.</summary>
internal sealed class EngineThread : IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly EngineOptions _options;
    private readonly Vocabulary _vocabulary;
    private readonly Func<IDecoder> _newDecoder;
    private readonly TimeProvider _time;
    private readonly EngineQueue _queue;
    private readonly Schedule _schedule;
    private readonly List<EngineRun> _arrived = [];
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IDecoder _decoder;
    private EngineReport _report = new();
    private long _rebuilds;
    private (LlamaFault Fault, string Message)? _end;

    /// <param name="vocabulary">The tokens there are.</param>
    /// <param name="options">Its size.</param>
    /// <param name="cellBytes">What a cell takes.</param>
    /// <param name="newDecoder">Makes the context, and another where that one has failed.</param>
    /// <param name="time">What deadlines and durations are measured by.</param>
    public EngineThread(Vocabulary vocabulary, EngineOptions options, long cellBytes, Func<IDecoder> newDecoder, TimeProvider time)
    {
        options.Validate();
        (_vocabulary, _options, _newDecoder, _time) = (vocabulary, options, newDecoder, time);
        _queue = new(options.Queue);
        var size = new AdmissionSize(options.ContextTokens, options.Lanes, options.Prefixes, (int)Math.Min(options.ContextTokens, options.PrefixBytes / cellBytes));
        _schedule = new(size, options.StepTokens, options.StepTokensWhileWriting, vocabulary, time);
        _decoder = newDecoder();
        new Thread(Run) { IsBackground = true, Name = "Polyphony engine" }.Start();
    }

    public EngineRun Submit(EngineRequest request, CancellationToken cancellationToken)
    {
        RequestCheck.Require(request, _vocabulary);
        var run = new EngineRun(request, _queue, _time);
        if (RequestCheck.CellsOf(request) is var cells && cells > _options.ContextTokens)
        {
            run.Refuse(new EngineAnswer.Refused("too-large", $"the request takes up to {cells} tokens, and the engine has {_options.ContextTokens}; shorten it, or start the engine with more") { Usage = new() });
            return run;
        }

        if (!_queue.TryEnter(request.Urgency))
        {
            run.Refuse(new EngineAnswer.Refused("overloaded", $"{_queue.Capacity} requests of this urgency wait already; try again later, or start the engine with a longer queue") { Usage = new() });
            return run;
        }

        run.CancelWith(cancellationToken);
        lock (_gate)
        {
            if (_end is null)
            {
                _arrived.Add(run);
                Monitor.Pulse(_gate);
                return run;
            }
        }

        run.End(new EngineAnswer.Failed(_end.Value.Fault, _end.Value.Message) { Usage = new() });
        return run;
    }

    public EngineReport Report()
    {
        lock (_gate)
        {
            return _report with { Waiting = _report.Waiting + _queue.Waiting };
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _end ??= (LlamaFault.EngineStopped, "the engine was disposed of; ask one that runs");
            Monitor.Pulse(_gate);
        }

        await _stopped.Task;
    }

    private void Run()
    {
        while (TakeArrived())
        {
            try
            {
                Step();
            }
#pragma warning disable CA1031 // Whatever breaks here must end the requests that it broke: a thread that died would leave them without an answer for ever.
            catch (Exception broken)
#pragma warning restore CA1031
            {
                Recover(broken);
            }

            Tell();
        }

        _schedule.EndAll(_end!.Value.Fault, _end.Value.Message);
        _decoder.Dispose();
        Tell();
        _stopped.SetResult();
    }

    /// <summary>Waits until there is work, and takes in what has come.</summary>
    /// <returns>Whether the thread goes on.</returns>
    private bool TakeArrived()
    {
        lock (_gate)
        {
            while (_arrived.Count == 0 && !_schedule.HasWork && _end is null)
            {
                Monitor.Wait(_gate);
            }

            _arrived.ForEach(_schedule.Add);
            _arrived.Clear();
            return _end is null;
        }
    }

    private void Step()
    {
        var batch = _schedule.Plan();
        ChangeCache();
        if (_schedule.Ended.Count > 0)
        {
            // Whoever ran out of time does not wait for a step that is not theirs.
            Tell();
        }

        if (batch is not null)
        {
            _decoder.Decode(batch);
            _schedule.Take(_decoder);
            ChangeCache();
        }
    }

    private void ChangeCache()
    {
        foreach (var change in _schedule.Changes)
        {
            change.ApplyTo(_decoder);
        }

        _schedule.Changes.Clear();
    }

    private void Recover(Exception broken)
    {
        var (fault, message) = broken is LlamaException known
            ? (known.Fault, known.Message)
            : (LlamaFault.DecodeFailed, $"the engine failed with {broken.GetType().Name}; ask again, and report it");
        var wasWorking = _schedule.Running.Count > 0;
        _schedule.Lose(fault, message);
        _decoder.Dispose();
        try
        {
            _decoder = _newDecoder();
            _rebuilds++;
        }
        catch (Exception unusable) when (unusable is LlamaException or ObjectDisposedException)
        {
            End((unusable as LlamaException)?.Fault ?? LlamaFault.EngineStopped, $"the engine failed ({message}) and could not be started again ({unusable.Message}); start another");
            return;
        }

        // Where nobody was worked on, nobody was ended, and the same would break again.
        if (!wasWorking)
        {
            End(fault, message);
        }
    }

    private void End(LlamaFault fault, string message)
    {
        lock (_gate)
        {
            _end ??= (fault, message);
        }
    }

    /// <summary>Publishes the numbers, and then the answers that they hold.</summary>
    private void Tell()
    {
        lock (_gate)
        {
            _report = _schedule.Snapshot() with { Rebuilds = _rebuilds };
        }

        foreach (var (run, answer) in _schedule.Ended)
        {
            run.End(answer);
        }

        _schedule.Ended.Clear();
    }
}
