namespace Polyphony.Llama.Engine;

/// <summary>
/// What the engine does next, and what follows from what it did. Pure but for the clock: it sees logits, and no context. The engine's thread asks it for a step (<see cref="Plan"/>), does to the cache
/// what <see cref="Changes"/> say, decodes, and hands the logits in (<see cref="Take"/>).
/// </summary>
internal sealed class Schedule(AdmissionSize size, int stepTokens, int stepTokensWhileWriting, Vocabulary vocabulary, TimeProvider time)
{
    private readonly Admission _admission = new(size);
    private readonly float[] _scratch = new float[vocabulary.Size];
    private readonly List<Lane> _leaving = [];
    private readonly List<Part> _parts = [];
    private readonly List<Reading> _readings = [];
    private readonly LlamaBatch _batch = new();

    /// <summary>What is to be done to the cache before the next decode, in order.</summary>
    public List<CacheChange> Changes => _admission.Changes;

    /// <summary>Requests that have ended and are to be told so once <see cref="Changes"/> are done.</summary>
    public List<(EngineRun Run, EngineAnswer Answer)> Ended { get; } = [];

    /// <summary>Those that are worked on.</summary>
    public IReadOnlyList<Lane> Running => _admission.Running;

    public PrefixTree Tree => _admission.Tree;

    /// <summary>Whether somebody waits or is worked on.</summary>
    public bool HasWork => Running.Count > 0 || _admission.HasWaiting;

    /// <summary>Its numbers, those that others count aside.</summary>
    public EngineReport Report { get; private set; } = new();

    public void Add(EngineRun run) => _admission.Add(new(run, vocabulary, time));

    /// <summary>Ends what was cancelled or has run out of time, lets in what fits, and fills the batch of a step.</summary>
    /// <returns>The batch; nothing where there is nothing to compute. It holds until the next call.</returns>
    public LlamaBatch? Plan()
    {
        EndOverdue();
        _admission.Admit();
        Tree.Advance();
        foreach (var lane in Running)
        {
            lane.TakePrefix(Changes);
        }

        Fill();
        return _batch.Count > 0 ? _batch : null;
    }

    /// <summary>Takes what the batch of <see cref="Plan"/> gave.</summary>
    public void Take(IDecoder decoder)
    {
        var (computed, written, width) = (0, 0, _parts.Count(part => part.Lane is not null));
        foreach (var part in _parts)
        {
            computed += part.Lane is { Writes: true } ? 0 : part.Tokens;
            part.Lane?.Advance(part.Tokens);
            if (part.Prefix is { } prefix)
            {
                prefix.Computed += part.Tokens;
            }
        }

        // Before anybody leaves: what this step held at its end is what it took.
        var cells = _admission.Cells;
        foreach (var part in _parts)
        {
            if (part.Lane is not { } lane || part.Row < 0)
            {
                continue;
            }

            var before = lane.Written;
            if (lane.Read(decoder.Logits(part.Row), width, _scratch, Changes) is { } answer)
            {
                _admission.Leave(lane);
                Ended.Add((lane.Run, answer));
            }

            written += lane.Written - before;
        }

        Report = Report with
        {
            Steps = Report.Steps + 1,
            ComputedTokens = Report.ComputedTokens + computed,
            WrittenTokens = Report.WrittenTokens + written,
            PeakCells = Math.Max(Report.PeakCells, cells),
        };
    }

    /// <summary>The cache is gone: ends everybody who was worked on, and forgets what was kept.</summary>
    public void Lose(LlamaFault fault, string message)
    {
        _admission.Lose(_leaving);
        Fail(fault, message);
    }

    /// <summary>The cache is given back: ends everybody.</summary>
    public void EndAll(LlamaFault fault, string message)
    {
        _admission.TakeOut(static _ => true, _leaving);
        _admission.Lose(_leaving);
        Fail(fault, message);
    }

    /// <summary>Its numbers now.</summary>
    public EngineReport Snapshot() => Report with
    {
        Cells = _admission.Cells,
        ReusedTokens = _admission.ReusedTokens,
        Suspensions = _admission.Suspensions,
        Running = Running.Count,
        Waiting = _admission.Suspended,
        Prefixes = Tree.Prefixes.Count,
    };

    private void EndOverdue()
    {
        _admission.TakeOut(IsOverdue, _leaving);
        foreach (var lane in _leaving)
        {
            EngineAnswer answer = lane.Run.IsCancelled ? new EngineAnswer.Cancelled { Usage = lane.Usage() } : new EngineAnswer.Expired { Usage = lane.Usage() };
            Ended.Add((lane.Run, lane.Ended(answer)));
        }

        _leaving.Clear();
    }

    private bool IsOverdue(Lane lane) =>
        lane.Run.IsCancelled || (lane.Request.Deadline is { } deadline && time.GetElapsedTime(lane.Run.Submitted) >= deadline);

    private void Fail(LlamaFault fault, string message)
    {
        foreach (var lane in _leaving)
        {
            Ended.Add((lane.Run, lane.Ended(new EngineAnswer.Failed(fault, message) { Usage = lane.Usage() })));
        }

        _leaving.Clear();
    }

    /// <summary>A token of everybody who writes, then prompts.</summary>
    private void Fill()
    {
        _batch.Clear();
        _parts.Clear();
        _readings.Clear();
        foreach (var lane in Running)
        {
            if (lane.Writes)
            {
                _parts.Add(new(lane, null, 1, lane.AddTo(_batch, 1)));
            }
            else if (lane.Pending > 0)
            {
                lane.Reading.Pending = lane.Pending;
                _readings.Add(lane.Reading);
            }
        }

        AddPrefixes();
        Reading.Share(_readings, _batch.Count == 0 ? stepTokens : Math.Min(stepTokensWhileWriting, stepTokens - _batch.Count));
        foreach (var prefix in Tree.Prefixes)
        {
            if (prefix.Pending > 0 && prefix.Reading.Given is > 0 and var tokens)
            {
                _batch.AddRange(prefix.Tokens.AsSpan(prefix.Computed, tokens), prefix.Computed, prefix.Sequence);
                _parts.Add(new(null, prefix, tokens, -1));
            }
        }

        foreach (var lane in Running)
        {
            if (lane.Pending > 0 && !lane.Writes && lane.Reading.Given is > 0 and var tokens)
            {
                _parts.Add(new(lane, null, tokens, lane.AddTo(_batch, tokens)));
            }
        }
    }

    /// <summary>Prefixes are as urgent as the most urgent of those who wait for them.</summary>
    private void AddPrefixes()
    {
        foreach (var prefix in Tree.Prefixes)
        {
            if (prefix.Pending > 0)
            {
                prefix.Reading.Urgency = EngineUrgency.Background;
                prefix.Reading.Pending = prefix.Pending;
                _readings.Add(prefix.Reading);
            }
        }

        foreach (var lane in Running)
        {
            for (var prefix = lane.AwaitsPrefix ? lane.Prefix : null; prefix is not null; prefix = prefix.AwaitsParent ? prefix.Parent : null)
            {
                prefix.Reading.Urgency = prefix.Reading.Urgency < lane.Request.Urgency ? prefix.Reading.Urgency : lane.Request.Urgency;
            }
        }
    }

    /// <summary>What a step does for one.</summary>
    /// <param name="Lane">The request; absent where it is for a prefix.</param>
    /// <param name="Prefix">The prefix; absent where it is for a request.</param>
    /// <param name="Tokens">Tokens that are computed.</param>
    /// <param name="Row">Where its logits are; −1 where none are asked for.</param>
    private readonly record struct Part(Lane? Lane, Prefix? Prefix, int Tokens, int Row);
}
