using Polyphony.Llama.Engine;
using Polyphony.Llama.Native;

namespace Polyphony.Llama;

/// <summary>
/// The cache of a number of sequences over one set of weights, and the computing on it. Sequences share the cells of what they have in common.
/// </summary>
/// <remarks>
/// For one thread at a time: a second one that comes meanwhile gets an <see cref="InvalidOperationException"/>, where the library would end the process. Everything else that
/// would end it is checked before, and is a <see cref="LlamaException"/> that leaves the context as it was.
/// </remarks>
public sealed unsafe class LlamaContext : IDecoder
{
    private readonly LlamaContextHandle _handle;
    private readonly nint _memory;
    private readonly int[] _next;
    private readonly int[] _sequenceCounts;
    private readonly int*[] _sequencePointers;
    private readonly HashSet<int> _rows = [];
    private int _busy;

    private LlamaContext(LlamaModel model, LlamaContextHandle handle, LlamaContextOptions options)
    {
        (Model, _handle, Options) = (model, handle, options);
        _memory = NativeMethods.llama_get_memory(handle);
        Cells = (int)NativeMethods.llama_n_ctx(handle);
        // The library takes no more at once than its cache has cells, and ends the process for a token more.
        BatchTokens = (int)Math.Min((uint)options.BatchTokens, NativeMethods.llama_n_batch(handle));
        _next = new int[options.Sequences];
        _sequenceCounts = new int[BatchTokens];
        _sequenceCounts.AsSpan().Fill(1);
        _sequencePointers = new int*[BatchTokens];
    }

    /// <summary>The weights.</summary>
    public LlamaModel Model { get; }

    /// <summary>What it was made with.</summary>
    public LlamaContextOptions Options { get; }

    /// <summary>How many cells the cache has: what was asked for, rounded up by the library.</summary>
    public int Cells { get; }

    /// <summary>The most tokens of one batch: what was asked for, or <see cref="Cells"/> where those are fewer.</summary>
    public int BatchTokens { get; }

    /// <summary>Makes a context and takes its memory.</summary>
    /// <exception cref="LlamaException"><see cref="LlamaFault.NotEnoughMemory"/> or <see cref="LlamaFault.TooManySequences"/>.</exception>
    /// <exception cref="ArgumentException">A size is below 1, or a micro-batch above the batch.</exception>
    public static LlamaContext Create(LlamaModel model, LlamaContextOptions? options = null) => Create(model, options ?? new(), MemoryNeed.Available);

    internal static LlamaContext Create(LlamaModel model, LlamaContextOptions options, Func<long> availableBytes)
    {
        ArgumentNullException.ThrowIfNull(model);
        options.Validate(model.Library.MaxSequences);
        var (needed, available) = (MemoryNeed.Of(model, options), availableBytes());
        if (needed > available)
        {
            throw new LlamaException(
                LlamaFault.NotEnoughMemory,
                $"a context of {options.ContextTokens} tokens needs about {needed >> 20} MiB, and {available >> 20} MiB are available; ask for fewer tokens or free memory");
        }

        var native = options.ToNative();
        nint context = 0;
        var added = false;
        model.Handle.DangerousAddRef(ref added);
        var lines = LlamaLibrary.Logged(() => context = NativeMethods.llama_init_from_model(model.Handle, native));
        if (context == 0)
        {
            model.Handle.DangerousRelease();
            throw new LlamaException(
                LlamaFault.NotEnoughMemory,
                $"the engine could not make a context of {options.ContextTokens} tokens ({(lines is [.., var last] ? last.Trim() : "it gave no reason")}); ask for fewer tokens");
        }

        return new(model, new(context, model.Handle), options);
    }

    /// <summary>The position behind the last token of a sequence; 0 where it is empty.</summary>
    /// <exception cref="LlamaException"><see cref="LlamaFault.TooManySequences"/>.</exception>
    public int NextPosition(int sequence)
    {
        RequireSequence(sequence);
        using var alone = new Alone(this);
        return PositionAfter(sequence);
    }

    /// <summary>Computes a batch. The tokens of a sequence follow one another without a gap, from <see cref="NextPosition"/> on.</summary>
    /// <exception cref="LlamaException">
    /// The batch does not fit (<see cref="LlamaFault.BatchSize"/>, <see cref="LlamaFault.TokenOutOfRange"/>, <see cref="LlamaFault.TooManySequences"/>,
    /// <see cref="LlamaFault.PositionOutOfOrder"/>) or the cache is full (<see cref="LlamaFault.CacheFull"/>): nothing was taken. <see cref="LlamaFault.DecodeFailed"/>: the
    /// engine failed, and the context is of no more use.
    /// </exception>
    public void Decode(LlamaBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var alone = new Alone(this);
        Validate(batch);
        _rows.Clear();
        var failed = Run(batch);
        if (failed != 0)
        {
            throw failed == 1
                ? new LlamaException(LlamaFault.CacheFull, $"the cache of {Cells} cells has no room for {batch.Count} tokens; remove sequences, or make a larger context")
                : new LlamaException(LlamaFault.DecodeFailed, $"the engine failed to decode {batch.Count} tokens (code {failed}); dispose of the context and make another");
        }

        for (var i = 0; i < batch.Count; i++)
        {
            if (batch.OutputMarks[i] != 0)
            {
                _rows.Add(i);
            }
        }
    }

    /// <summary>The logits behind a token of the last batch: one for each token of the vocabulary. They hold until the next decode.</summary>
    /// <param name="index">The token's index in the batch; it must have asked for logits.</param>
    /// <exception cref="ArgumentException">It did not ask for logits, or the last decode failed.</exception>
    public ReadOnlySpan<float> Logits(int index)
    {
        if (!_rows.Contains(index))
        {
            throw new ArgumentException($"there are no logits at {index}: say output: true when adding the token, and decode", nameof(index));
        }

        using var alone = new Alone(this);
        return new(NativeMethods.llama_get_logits_ith(_handle, index), Model.VocabularySize);
    }

    /// <summary>The most likely token behind a token of the last batch; the lowest where several are.</summary>
    /// <exception cref="ArgumentException">As <see cref="Logits"/>.</exception>
    public int Greedy(int index)
    {
        var logits = Logits(index);
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
        {
            best = logits[i] > logits[best] ? i : best;
        }

        return best;
    }

    /// <summary>Lets an empty sequence begin with the first tokens of another. Nothing is computed, and the cells are shared.</summary>
    /// <param name="from">The sequence that has them.</param>
    /// <param name="to">The sequence that gets them.</param>
    /// <param name="tokens">How many; all where nothing is said.</param>
    /// <exception cref="LlamaException"><see cref="LlamaFault.TooManySequences"/>, or <see cref="LlamaFault.PositionOutOfOrder"/>: one has too few, or the other is not empty.</exception>
    public void CopySequence(int from, int to, int? tokens = null)
    {
        RequireSequence(from);
        RequireSequence(to);
        using var alone = new Alone(this);
        var has = PositionAfter(from);
        var count = tokens ?? has;
        if (count < 0 || count > has)
        {
            throw new LlamaException(LlamaFault.PositionOutOfOrder, $"sequence {from} has {has} tokens, and {count} were to be copied; copy at most as many");
        }

        if (from == to || PositionAfter(to) > 0)
        {
            throw new LlamaException(LlamaFault.PositionOutOfOrder, $"sequence {to} is not empty; remove its tokens before another is copied into it");
        }

        if (count > 0)
        {
            NativeMethods.llama_memory_seq_cp(_memory, from, to, 0, count);
        }
    }

    /// <summary>Takes the tokens of a sequence out from a position on. Cells that no other sequence has are free then.</summary>
    /// <exception cref="LlamaException"><see cref="LlamaFault.TooManySequences"/>; <see cref="LlamaFault.PositionOutOfOrder"/>: this model cannot take out a part.</exception>
    public void RemoveSequence(int sequence, int fromPosition = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fromPosition);
        RequireSequence(sequence);
        using var alone = new Alone(this);
        if (NativeMethods.llama_memory_seq_rm(_memory, sequence, fromPosition, -1) == 0)
        {
            throw new LlamaException(LlamaFault.PositionOutOfOrder, $"this model cannot forget a part of sequence {sequence}; remove all of it");
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _handle.Dispose();

    private int PositionAfter(int sequence) => NativeMethods.llama_memory_seq_pos_max(_memory, sequence) + 1;

    private void Validate(LlamaBatch batch)
    {
        if (batch.Count == 0 || batch.Count > BatchTokens || batch.Outputs > Options.Outputs)
        {
            throw new LlamaException(
                LlamaFault.BatchSize,
                $"a batch of {batch.Count} tokens and {batch.Outputs} rows of logits; give 1 to {BatchTokens} tokens and at most {Options.Outputs} rows");
        }

        _next.AsSpan().Fill(-1);
        for (var i = 0; i < batch.Count; i++)
        {
            var sequence = batch.Sequences[i];
            Model.RequireToken(batch.Tokens[i]);
            RequireSequence(sequence);
            ref var next = ref _next[sequence];
            next = next < 0 ? PositionAfter(sequence) : next;
            if (batch.Positions[i] != next)
            {
                throw new LlamaException(LlamaFault.PositionOutOfOrder, $"token {i} of the batch stands at {batch.Positions[i]} of sequence {sequence}; the next position there is {next}");
            }

            next++;
        }
    }

    private int Run(LlamaBatch batch)
    {
        fixed (int* tokens = batch.Tokens, positions = batch.Positions, counts = _sequenceCounts, sequences = batch.Sequences)
        fixed (int** pointers = _sequencePointers)
        fixed (sbyte* outputs = batch.OutputMarks)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                pointers[i] = sequences + i;
            }

            var native = new NativeBatch
            {
                TokenCount = batch.Count,
                Tokens = tokens,
                Positions = positions,
                SequenceCounts = counts,
                Sequences = pointers,
                Outputs = outputs,
            };
            var failed = NativeMethods.llama_decode(_handle, native);
            if (failed == 0)
            {
                NativeMethods.llama_synchronize(_handle);
            }

            return failed;
        }
    }

    private void RequireSequence(int sequence)
    {
        if ((uint)sequence >= (uint)Options.Sequences)
        {
            throw new LlamaException(LlamaFault.TooManySequences, $"there is no sequence {sequence}: the context has {Options.Sequences}, from 0; make one with more");
        }
    }

    /// <summary>The calling thread alone in the context, which is not disposed of meanwhile.</summary>
    private readonly ref struct Alone
    {
        private readonly LlamaContext _context;

        public Alone(LlamaContext context)
        {
            if (Interlocked.Exchange(ref context._busy, 1) != 0)
            {
                throw new InvalidOperationException("another thread is in this context; let one thread own it");
            }

            _context = context;
            var added = false;
            try
            {
                context._handle.DangerousAddRef(ref added);
            }
            catch (ObjectDisposedException)
            {
                Volatile.Write(ref context._busy, 0);
                throw;
            }
        }

        public void Dispose()
        {
            _context._handle.DangerousRelease();
            Volatile.Write(ref _context._busy, 0);
        }
    }
}
