using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Polyphony.Llama.Engine;

/// <summary>
/// The engine step by step: lets requests in, computes what the next step holds, reads what came of it. For one thread; it computes and never waits.
/// </summary>
internal sealed class EngineCore : IDisposable
{
    private const int MentionPart = 8;
    private const int MostMentionCells = 512;

    private readonly Func<IEngineContext> _make;
    private readonly Func<int, bool> _endsReply;
    private readonly EngineOptions _options;
    private readonly EngineQueue _queue;
    private readonly int _mostIdleCells;
    private readonly List<EngineWork> _running = [];
    private readonly List<EngineWork> _ending = [];
    private readonly List<(EngineWork Work, int Row)> _rows = [];
    private readonly Stack<int> _lanes = [];
    private readonly LlamaBatch _batch = new();
    private readonly StepPlan _plan = new();
    private readonly TokenSampler _sampler = new();
    private IEngineContext _context;
    private PrefixTree _tree;
    private float[] _masked = [];
    private int _reserved;
    private EngineReport _report = new();

    /// <param name="make">Makes a context of <see cref="EngineOptions.Lanes"/> and <see cref="EngineOptions.Prefixes"/> sequences; called again after a failure.</param>
    /// <param name="endsReply">Whether a token ends a reply.</param>
    /// <param name="queue">What waits.</param>
    /// <param name="options">The sizes.</param>
    /// <param name="cellBytes">What a cell takes.</param>
    /// <exception cref="LlamaException">There is no context to be had.</exception>
    public EngineCore(Func<IEngineContext> make, Func<int, bool> endsReply, EngineQueue queue, EngineOptions options, long cellBytes)
    {
        (_make, _endsReply, _queue, _options) = (make, endsReply, queue, options);
        _mostIdleCells = (int)Math.Min(int.MaxValue, options.PrefixBytes / Math.Max(1, cellBytes));
        Renew();
    }

    /// <summary>What it did so far, as of the last step.</summary>
    public EngineReport Report => Volatile.Read(ref _report) with { Waiting = _queue.Count };

    /// <summary>The most cells that one request may need: its prompt, what is placed, and what it may write.</summary>
    public int MostCellsOf(EngineUrgency urgency) => _context.Cells - (urgency == EngineUrgency.Mention ? 0 : MentionCells);

    /// <summary>Whether there is anything to compute, or anybody to let in.</summary>
    public bool HasWork => _running.Count > 0 || _queue.Count > 0;

    private int MentionCells => Math.Min(_context.Cells / MentionPart, MostMentionCells);

    /// <summary>Does one step; whoever is through is told so.</summary>
    /// <exception cref="LlamaException">The context failed and there is no other to be had. Everybody under way has been told; nothing more can be computed.</exception>
    public void Step()
    {
        try
        {
            End();
            LetIn();
            Begin();
            Compute();
        }
        catch (LlamaException failed)
        {
            FailAll(failed.Fault, failed.Message);
            _context.Dispose();
            Renew();
            Volatile.Write(ref _report, _report with { Rebuilds = _report.Rebuilds + 1 });
        }

        Note();
    }

    /// <summary>Forgets the most cells that were in use.</summary>
    public void ForgetPeak() => Volatile.Write(ref _report, _report with { PeakCells = _report.Cells });

    /// <summary>Ends everything that is under way.</summary>
    public void FailAll(LlamaFault fault, string message)
    {
        foreach (var work in _running)
        {
            work.End(new EngineAnswer.Failed(fault, message) { Usage = work.Usage(), Probabilities = work.Probabilities });
        }

        _running.Clear();
        _ending.Clear();
    }

    public void Dispose() => _context.Dispose();

    [MemberNotNull(nameof(_context), nameof(_tree))]
    private void Renew()
    {
        _context = _make();
        _tree = new(_options.Lanes, _options.Prefixes, _mostIdleCells);
        _reserved = 0;
        _lanes.Clear();
        for (var lane = _options.Lanes - 1; lane >= 0; lane--)
        {
            _lanes.Push(lane);
        }
    }

    private void End()
    {
        foreach (var work in _queue.TakeEnded())
        {
            work.End(work.Ended());
        }

        foreach (var work in _running)
        {
            if (work.HasEnded)
            {
                _ending.Add(work);
            }
        }

        foreach (var work in _ending)
        {
            End(work, work.Ended());
        }

        _ending.Clear();
    }

    private void LetIn()
    {
        while (_queue.TakeNext(Fits) is { } work)
        {
            work.Lane = _lanes.Pop();
            work.StartedAt = Stopwatch.GetTimestamp();
            var kept = work.Request.Prompt.Span[..work.Request.KeptTokens];
            work.ComputedTokens = _tree.Growth(kept);
            work.Trunk = _tree.Hold(kept, out var held);
            work.TrunkTokens = held;
            if (held < kept.Length)
            {
                work.ReservedCells += kept.Length - held;
                work.ComputedTokens = 0;
            }

            _reserved += work.ReservedCells;
            _running.Add(work);
            Empty();
        }
    }

    // A place, and cells, are kept free for a person who speaks to somebody by name.
    private bool Fits(EngineWork work)
    {
        var isMention = work.Request.Urgency == EngineUrgency.Mention;
        if (_lanes.Count <= (isMention || _options.Lanes == 1 ? 0 : 1))
        {
            return false;
        }

        var kept = work.Request.Prompt.Span[..work.Request.KeptTokens];
        var left = _context.Cells - (isMention ? 0 : MentionCells) - _reserved - work.ReservedCells;
        var known = _tree.Longest(kept, out _);
        known?.Users += 1;
        var fits = _tree.ShrinkTo(left - _tree.Growth(kept));
        known?.Users -= 1;
        if (!fits && _running.Count == 0)
        {
            // What it begins with stands in its own way: it is computed anew.
            fits = _tree.ShrinkTo(left - kept.Length);
        }

        Empty();
        return fits;
    }

    private void Begin()
    {
        _plan.Clear();
        foreach (var work in _running)
        {
            if (!work.HasBegun && (work.Trunk is not { } trunk || trunk.Computed >= work.TrunkTokens || Await(work, trunk)))
            {
                var prompt = work.Request.Prompt.Span;
                var shared = work.Trunk is { } own ? prompt[..^1].CommonPrefixLength(own.Tokens[..own.Computed]) : 0;
                if (shared > 0)
                {
                    _context.CopySequence(work.Trunk!.Sequence, work.Lane, shared);
                }

                work.Begin(shared);
            }

            if (work is { HasBegun: true, IsWriting: false, MissingTokens: > 0 })
            {
                _plan.Add(work, work.MissingTokens, work.Request.Urgency);
            }
        }
    }

    /// <summary>Sees to it that what a request waits for is computed; true where nothing is left to wait for.</summary>
    private bool Await(EngineWork work, Trunk trunk)
    {
        while (trunk.Source is { } source)
        {
            if (source.Computed < trunk.SourceTokens)
            {
                trunk = source;
                continue;
            }

            _context.CopySequence(source.Sequence, trunk.Sequence, trunk.SourceTokens);
            _tree.TakeSource(trunk);
            Empty();
        }

        if (work.Trunk == trunk && trunk.Computed >= work.TrunkTokens)
        {
            return true;
        }

        if (trunk.Missing.Length > 0)
        {
            _plan.Add(trunk, trunk.Missing.Length, work.Request.Urgency);
        }

        return false;
    }

    private void Compute()
    {
        _batch.Clear();
        _rows.Clear();
        foreach (var work in _running)
        {
            if (work.IsWriting)
            {
                _rows.Add((work, _batch.AddRange(work.Chunk(1), work.Position, work.Lane, outputOfLast: true)));
            }
        }

        var writers = _batch.Count;
        _plan.Divide(writers > 0 ? Math.Min(_options.StepTokensWhileWriting, _options.StepTokens - writers) : _options.StepTokens);
        foreach (var (what, tokens, missing) in _plan.Shares)
        {
            if (what is Trunk trunk)
            {
                _batch.AddRange(trunk.Missing[..tokens], trunk.Computed, trunk.Sequence);
            }
            else if (what is EngineWork work)
            {
                var row = _batch.AddRange(work.Chunk(tokens), work.Position, work.Lane, outputOfLast: tokens == missing && NeedsLogits(work));
                if (tokens == missing)
                {
                    _rows.Add((work, row));
                }
            }
        }

        if (_batch.Count == 0)
        {
            return;
        }

        _context.Decode(_batch);
        Volatile.Write(ref _report, _report with { Steps = _report.Steps + 1, ComputedTokens = _report.ComputedTokens + _batch.Count - writers });
        Took(writers);
        foreach (var (work, row) in _rows)
        {
            Advance(work, row);
        }
    }

    private void Took(int writers)
    {
        foreach (var (work, _) in _rows)
        {
            if (work.IsWriting)
            {
                work.Compute(1, writers);
            }
        }

        foreach (var (what, tokens, _) in _plan.Shares)
        {
            if (what is Trunk trunk)
            {
                trunk.Compute(tokens);
            }
            else if (what is EngineWork work)
            {
                work.Compute(tokens, writers);
            }
        }
    }

    private static bool NeedsLogits(EngineWork work) => work.HasDecision || work.Request.MaxTokens > 0;

    private void Advance(EngineWork work, int row)
    {
        if (!NeedsLogits(work))
        {
            End(work, new EngineAnswer.Finished { Usage = work.Usage() });
            return;
        }

        var logits = _context.Logits(row);
        if (work.HasDecision && Decide(work, logits))
        {
            return;
        }

        try
        {
            Write(work, logits);
        }
        catch (Exception broken) when (broken is not LlamaException)
        {
            End(work, new EngineAnswer.Failed(
                LlamaFault.ConstraintFailed, $"what the request lets be written failed ({broken.GetType().Name}: {broken.Message}); mend the constraint") { Usage = work.Usage(), Probabilities = work.Probabilities });
        }
    }

    /// <summary>Reads the choice; true where nothing can be written behind these logits.</summary>
    private bool Decide(EngineWork work, ReadOnlySpan<float> logits)
    {
        var point = work.Request.Decision!;
        work.Decide(TokenSampler.Probabilities(logits, point.Choices));
        if (!(work.Probabilities[0] >= point.Threshold))
        {
            End(work, new EngineAnswer.Declined { Usage = work.Usage(), Probabilities = work.Probabilities });
            return true;
        }

        if (work.Request.MaxTokens == 0)
        {
            End(work, new EngineAnswer.Finished { Usage = work.Usage(), Probabilities = work.Probabilities });
            return true;
        }

        var kept = point.Rewind ?? work.Request.Prompt.Length;
        if (kept == work.Request.Prompt.Length && point.Continuation.IsEmpty)
        {
            return false;
        }

        _context.RemoveSequence(work.Lane, work.GoOn(kept, point.Continuation.Span));
        return true;
    }

    private void Write(EngineWork work, ReadOnlySpan<float> logits)
    {
        var (request, constraint) = (work.Request, work.Request.Constraint);
        var token = _sampler.Sample(logits, request.Sampling, work.Written);
        if (constraint is not null && !constraint.Allows(token))
        {
            _masked = _masked.Length == logits.Length ? _masked : new float[logits.Length];
            logits.CopyTo(_masked);
            if (!constraint.Mask(_masked))
            {
                throw new InvalidOperationException("no token may come next, and the text is not whole");
            }

            token = _sampler.Sample(_masked, request.Sampling, work.Written);
        }

        if (_endsReply(token))
        {
            End(work, new EngineAnswer.Finished { Usage = work.Usage(), Probabilities = work.Probabilities });
            return;
        }

        constraint?.Accept(token);
        work.Write(token);
        Volatile.Write(ref _report, _report with { WrittenTokens = _report.WrittenTokens + 1 });
        if (constraint is { IsComplete: true })
        {
            End(work, new EngineAnswer.Finished { Usage = work.Usage(), Probabilities = work.Probabilities });
        }
        else if (work.Written >= request.MaxTokens)
        {
            End(work, new EngineAnswer.CutOff { Usage = work.Usage(), Probabilities = work.Probabilities });
        }
    }

    private void End(EngineWork work, EngineAnswer answer)
    {
        _running.Remove(work);
        _context.RemoveSequence(work.Lane);
        _lanes.Push(work.Lane);
        _reserved -= work.ReservedCells;
        if (work.Trunk is { } trunk)
        {
            _tree.Release(trunk);
            Empty();
        }

        Volatile.Write(ref _report, _report with { ReusedTokens = _report.ReusedTokens + answer.Usage.ReusedTokens });
        work.End(answer);
    }

    // Before anything is computed in a sequence, what it had is gone.
    private void Empty()
    {
        foreach (var sequence in _tree.Emptied)
        {
            _context.RemoveSequence(sequence);
        }

        _tree.Emptied.Clear();
    }

    private void Note()
    {
        var cells = _tree.ComputedCells;
        foreach (var work in _running)
        {
            cells += work.Position - work.SharedCells;
        }

        Volatile.Write(ref _report, _report with { Cells = cells, PeakCells = Math.Max(_report.PeakCells, cells), Running = _running.Count, Prefixes = _tree.Trunks.Count });
    }
}
