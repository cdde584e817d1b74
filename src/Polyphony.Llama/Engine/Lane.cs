namespace Polyphony.Llama.Engine;

/// <summary>One request on its way: what it has in the cache, and what it reads from the logits. Of the engine's thread.</summary>
internal sealed class Lane(EngineRun run, Vocabulary vocabulary, TimeProvider time)
{
    private const int NothingAllowed = -2;

    private readonly TokenSampler _sampler = new(run.Request.Sampling, vocabulary.Size);
    private int[] _text = [];
    private int _length;
    private bool _isDecided;
    private long? _begun;
    private long? _read;
    private int _promptTokens;
    private int _reusedTokens;
    private int _ownCells;
    private long _steps;
    private long _widths;

    public EngineRun Run { get; } = run;

    public EngineRequest Request => Run.Request;

    /// <summary>What it still reads.</summary>
    public Reading Reading { get; } = new() { Urgency = run.Request.Urgency };

    /// <summary>The most cells that it takes, what it shares included.</summary>
    public int MostCells { get; } = RequestCheck.CellsOf(run.Request);

    /// <summary>Its sequence in the cache, while it is worked on.</summary>
    public int Sequence { get; private set; }

    /// <summary>What it shares its first tokens with, while it is worked on.</summary>
    public Prefix? Prefix { get; private set; }

    /// <summary>How many first tokens it shares.</summary>
    public int Shared { get; private set; }

    /// <summary>Whether what it shares is not copied yet.</summary>
    public bool AwaitsPrefix { get; private set; }

    /// <summary>How many tokens it has in the cache.</summary>
    public int Computed { get; private set; }

    /// <summary>The cells that are its alone.</summary>
    public int OwnCells => Math.Max(0, Computed - Shared);

    /// <summary>Tokens that could be computed now.</summary>
    public int Pending => AwaitsPrefix ? 0 : _length - Computed;

    /// <summary>How many tokens it wrote.</summary>
    public int Written { get; private set; }

    /// <summary>Whether its next token is one that it wrote.</summary>
    public bool Writes => Written > 0 && Pending == 1;

    /// <summary>The most first tokens that it can share now.</summary>
    public int SharedLimit => _isDecided ? _length - 1 : RequestCheck.SharedLimitOf(Request);

    /// <summary>The prompt, what was placed, and what was written.</summary>
    public ReadOnlySpan<int> Text
    {
        get
        {
            if (_length == 0)
            {
                _text = new int[MostCells];
                Request.Prompt.Span.CopyTo(_text);
                _length = _promptTokens = Request.Prompt.Length;
            }

            return _text.AsSpan(0, _length);
        }
    }

    /// <summary>Gets a place: a sequence, and first tokens of a prefix.</summary>
    /// <param name="sequence">An empty sequence.</param>
    /// <param name="prefix">What has the first tokens, or will have them; absent where nothing is shared.</param>
    /// <param name="shared">How many it shares.</param>
    /// <param name="found">How many of them were there, or on their way, before.</param>
    public void Enter(int sequence, Prefix? prefix, int shared, int found)
    {
        (Sequence, Prefix, Shared, AwaitsPrefix) = (sequence, prefix, shared, shared > 0);
        if (_begun is null)
        {
            (_begun, _reusedTokens) = (time.GetTimestamp(), found);
        }
    }

    /// <summary>Copies what it shares, once that is there.</summary>
    public void TakePrefix(List<CacheChange> changes)
    {
        if (AwaitsPrefix && Prefix!.Computed >= Shared)
        {
            changes.Add(CacheChange.Copy(Prefix.Sequence, Sequence, Shared));
            (Computed, AwaitsPrefix) = (Shared, false);
        }
    }

    /// <summary>Puts the next tokens into a batch; the logits behind the last are asked for.</summary>
    /// <returns>The index of those logits, or −1 where more tokens follow.</returns>
    public int AddTo(LlamaBatch batch, int tokens)
    {
        var isWhole = Computed + tokens == _length;
        var row = batch.AddRange(Text.Slice(Computed, tokens), Computed, Sequence, outputOfLast: isWhole);
        return isWhole ? row : -1;
    }

    /// <summary>Tokens have been computed.</summary>
    public void Advance(int tokens)
    {
        Computed += tokens;
        _ownCells = Math.Max(_ownCells, OwnCells);
    }

    /// <summary>Gives its place up. Where it goes on later, all that it has so far is read again.</summary>
    public void Leave() => (Prefix, Shared, AwaitsPrefix, Computed) = (null, 0, false, 0);

    /// <summary>Decides or writes a token, by the logits behind all that it has.</summary>
    /// <param name="logits">They are not changed.</param>
    /// <param name="width">How many requests the step held.</param>
    /// <param name="scratch">As long as the logits; of any content.</param>
    /// <param name="changes">What is taken back is told here.</param>
    /// <returns>How it ends; nothing where it goes on.</returns>
    public EngineAnswer? Read(ReadOnlySpan<float> logits, int width, float[] scratch, List<CacheChange> changes)
    {
        if (Request.Decision is { } point && !_isDecided)
        {
            _isDecided = true;
            var probabilities = Choice.Probabilities(logits, point.Choices);
            if (!double.IsFinite(probabilities[0]))
            {
                return NotNumbers();
            }

            (Probabilities, _read) = (probabilities, time.GetTimestamp());
            Run.Decide(probabilities);
            if (probabilities[0] < point.Threshold)
            {
                return Ended(new EngineAnswer.Declined { Usage = Usage() });
            }

            if (Request.MaxTokens > 0 && GoesOnFrom(point, changes))
            {
                return null;
            }
        }

        _read = Written == 0 ? time.GetTimestamp() : _read;
        if (Request.MaxTokens == 0)
        {
            return Ended(new EngineAnswer.Finished { Usage = Usage() });
        }

        (_steps, _widths) = (_steps + 1, _widths + width);
        return Write(logits, scratch);
    }

    /// <summary>An answer of this request.</summary>
    public EngineAnswer Ended(EngineAnswer answer) => answer with { Probabilities = Probabilities };

    public EngineUsage Usage()
    {
        var now = time.GetTimestamp();
        return new()
        {
            PromptTokens = _begun is null ? Request.Prompt.Length : _promptTokens,
            ReusedTokens = _reusedTokens,
            WrittenTokens = Written,
            Queued = time.GetElapsedTime(Run.Submitted, _begun ?? now),
            Prefill = _begun is { } begun ? time.GetElapsedTime(begun, _read ?? now) : TimeSpan.Zero,
            Writing = _read is { } read ? time.GetElapsedTime(read, now) : TimeSpan.Zero,
            BatchWidth = Written == 0 ? 0 : (double)_widths / _steps,
            OwnCells = _ownCells,
        };
    }

    private IReadOnlyList<double> Probabilities { get; set; } = [];

    /// <summary>Takes the question back and places what comes instead.</summary>
    /// <returns>Whether there is something to compute; otherwise the logits at hand are those to write by.</returns>
    private bool GoesOnFrom(DecisionPoint point, List<CacheChange> changes)
    {
        var rewind = point.Rewind ?? _length;
        var continuation = point.Continuation.Span;
        if (rewind == _length && continuation.IsEmpty)
        {
            return false;
        }

        // Logits are behind computed tokens only: where nothing is placed, the last that stays is computed again.
        var kept = continuation.IsEmpty ? rewind - 1 : rewind;
        if (kept < Computed)
        {
            changes.Add(CacheChange.Cut(Sequence, kept));
            Computed = kept;
        }

        continuation.CopyTo(_text.AsSpan(rewind));
        _length = rewind + continuation.Length;
        _promptTokens += continuation.Length;
        return true;
    }

    private EngineAnswer? Write(ReadOnlySpan<float> logits, float[] scratch)
    {
        if (Request.Constraint is not { } constraint)
        {
            return Write(_sampler.Choose(logits), null);
        }

        try
        {
            return constraint.IsComplete ? Ended(new EngineAnswer.Finished { Usage = Usage() }) : Write(Constrained(constraint, logits, scratch), constraint);
        }
#pragma warning disable CA1031 // A constraint is foreign code: whatever it throws ends its own request, and nobody else's.
        catch (Exception broken)
#pragma warning restore CA1031
        {
            return Failed(LlamaFault.Constraint, $"the constraint of the request failed with {broken.GetType().Name}; mend it, or ask without one");
        }
    }

    private int Constrained(ITokenConstraint constraint, ReadOnlySpan<float> logits, float[] scratch)
    {
        var token = _sampler.Choose(logits);
        if (token == TokenSampler.None || constraint.Allows(token))
        {
            return token;
        }

        logits.CopyTo(scratch);
        token = constraint.Mask(scratch.AsSpan(0, logits.Length)) ? _sampler.Choose(scratch.AsSpan(0, logits.Length)) : TokenSampler.None;
        return token != TokenSampler.None && constraint.Allows(token) ? token : NothingAllowed;
    }

    private EngineAnswer? Write(int token, ITokenConstraint? constraint)
    {
        if (token < 0)
        {
            return token == NothingAllowed
                ? Failed(LlamaFault.Constraint, $"after {Written} tokens the constraint of the request allows none; loosen it, or ask without one")
                : NotNumbers();
        }

        if (vocabulary.EndsReply(token))
        {
            return Ended(new EngineAnswer.Finished { Usage = Usage() });
        }

        constraint?.Accept(token);
        _text[_length++] = token;
        Written++;
        Run.Write(token);
        return constraint is { IsComplete: true } ? Ended(new EngineAnswer.Finished { Usage = Usage() })
            : Written == Request.MaxTokens ? Ended(new EngineAnswer.CutOff { Usage = Usage() })
            : null;
    }

    private EngineAnswer NotNumbers() =>
        Failed(LlamaFault.DecodeFailed, "the logits are not numbers; the weights may be broken: fetch or convert the model again");

    private EngineAnswer Failed(LlamaFault fault, string message) => Ended(new EngineAnswer.Failed(fault, message) { Usage = Usage() });
}
