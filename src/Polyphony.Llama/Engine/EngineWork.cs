using System.Diagnostics;

namespace Polyphony.Llama.Engine;

/// <summary>A request on its way through the engine. In its queue it is the queue's, and then the engine's thread's.</summary>
internal sealed class EngineWork
{
    private readonly List<int> _own = [];
    private CancellationTokenRegistration _cancellation;

    public EngineWork(EngineRequest request, CancellationToken cancelled)
    {
        (Request, Cancelled, SubmittedAt) = (request, cancelled, Stopwatch.GetTimestamp());
        PromptTokens = request.Prompt.Length;
        HasDecision = request.Decision is not null;
        ReservedCells = PromptTokens - request.KeptTokens + (request.Decision?.Continuation.Length ?? 0) + request.MaxTokens;
    }

    public EngineRequest Request { get; }

    public EngineRun Run { get; } = new();

    public CancellationToken Cancelled { get; }

    public long SubmittedAt { get; }

    /// <summary>Where its own tokens are computed; −1 until it has a place.</summary>
    public int Lane { get; set; } = -1;

    /// <summary>What its prompt begins with.</summary>
    public Trunk? Trunk { get; set; }

    /// <summary>How many of its tokens it needs from there.</summary>
    public int TrunkTokens { get; set; }

    /// <summary>Whether its own sequence has begun with what is kept.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>The cells that it may take for itself.</summary>
    public int ReservedCells { get; set; }

    /// <summary>How many tokens its sequence has.</summary>
    public int Position { get; private set; }

    /// <summary>How many of these are of the trunk.</summary>
    public int SharedCells { get; private set; }

    /// <summary>What is to be computed before anything more is known: the rest of the prompt, what is placed, or the token that was written last.</summary>
    public int MissingTokens => _own.Count - Next;

    /// <summary>Whether it waits for a step of one token.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>Whether a choice is still to be read behind the prompt.</summary>
    public bool HasDecision { get; private set; }

    public IReadOnlyList<double> Probabilities { get; private set; } = [];

    public int Written { get; private set; }

    /// <summary>Tokens of its prompt that were computed because of it.</summary>
    public int ComputedTokens { get; set; }

    public int PromptTokens { get; private set; }

    public long StartedAt { get; set; }

    public long PromptAt { get; private set; }

    public long BatchWidths { get; private set; }

    public int MostOwnCells { get; private set; }

    private int Next { get; set; }

    /// <summary>Whether nobody waits for it any more, or its time has run out.</summary>
    public bool HasEnded => Cancelled.IsCancellationRequested || IsExpired;

    private bool IsExpired => Request.Deadline is { } limit && Stopwatch.GetElapsedTime(SubmittedAt) >= limit;

    /// <summary>Calls <paramref name="cancelled"/> when its token is.</summary>
    public void Watch(Action<EngineWork> cancelled) =>
        _cancellation = Cancelled.UnsafeRegister(static state => { var (call, work) = ((Action<EngineWork>, EngineWork))state!; call(work); }, (cancelled, this));

    private void Unwatch() => _cancellation.Unregister();

    /// <summary>Its own sequence begins with so many tokens of the prompt, which are shared.</summary>
    public void Begin(int shared)
    {
        (HasBegun, Position, SharedCells) = (true, shared, shared);
        Place(Request.Prompt.Span[shared..]);
        ComputedTokens += MissingTokens;
    }

    /// <summary>The next tokens to compute, at most so many.</summary>
    public ReadOnlySpan<int> Chunk(int most) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_own).Slice(Next, Math.Min(most, MissingTokens));

    /// <summary>So many of them are computed, in a step for so many requests.</summary>
    public void Compute(int tokens, int width)
    {
        Next += tokens;
        Position += tokens;
        MostOwnCells = Math.Max(MostOwnCells, Position - SharedCells);
        BatchWidths += IsWriting ? width : 0;
    }

    /// <summary>The choice is read. It goes on, or has ended.</summary>
    public void Decide(double[] probabilities)
    {
        (HasDecision, Probabilities) = (false, probabilities);
        Run.Decide(probabilities);
    }

    /// <summary>Goes on behind its decision: stays with the first tokens, and places others.</summary>
    /// <returns>How many tokens its sequence keeps.</returns>
    public int GoOn(int kept, ReadOnlySpan<int> placed)
    {
        // The logits behind the last token are wanted, so that one is computed again where nothing is placed.
        var again = placed.IsEmpty ? 1 : 0;
        Position = kept - again;
        SharedCells = Math.Min(SharedCells, Position);
        PromptTokens = kept + placed.Length;
        ComputedTokens += placed.Length + again;
        if (again > 0)
        {
            Place(Request.Prompt.Span[Position..kept]);
        }
        else
        {
            Place(placed);
        }

        return Position;
    }

    /// <summary>A token is written, and the next one is to be computed behind it.</summary>
    public void Write(int token)
    {
        PromptAt = PromptAt == 0 ? Stopwatch.GetTimestamp() : PromptAt;
        Written++;
        IsWriting = true;
        Run.Write(token);
        Place([token]);
    }

    /// <summary>Tells whoever asked how it ended.</summary>
    public void End(EngineAnswer answer)
    {
        Unwatch();
        Run.End(answer);
    }

    /// <summary>What it ends with where <see cref="HasEnded"/>.</summary>
    public EngineAnswer Ended() => Cancelled.IsCancellationRequested
        ? new EngineAnswer.Cancelled { Usage = Usage(), Probabilities = Probabilities }
        : new EngineAnswer.Expired { Usage = Usage(), Probabilities = Probabilities };

    public EngineUsage Usage()
    {
        var now = Stopwatch.GetTimestamp();
        var prompt = PromptAt == 0 ? now : PromptAt;
        var started = StartedAt == 0 ? now : StartedAt;
        return new()
        {
            PromptTokens = PromptTokens,
            ReusedTokens = StartedAt == 0 ? 0 : Math.Max(0, PromptTokens - ComputedTokens),
            WrittenTokens = Written,
            Queued = Stopwatch.GetElapsedTime(SubmittedAt, started),
            Prefill = Stopwatch.GetElapsedTime(started, Math.Max(started, prompt)),
            Writing = Stopwatch.GetElapsedTime(prompt, now),
            BatchWidth = Written > 1 ? (double)BatchWidths / (Written - 1) : Written,
            OwnCells = MostOwnCells,
        };
    }

    private void Place(ReadOnlySpan<int> tokens)
    {
        _own.Clear();
        _own.AddRange(tokens);
        Next = 0;
    }
}
