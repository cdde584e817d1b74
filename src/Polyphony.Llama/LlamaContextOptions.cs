using Polyphony.Llama.Native;

namespace Polyphony.Llama;

/// <summary>The size of a context. All of its memory is taken when it is made.</summary>
public sealed record LlamaContextOptions
{
    private const int TypeF32 = 0;
    private const int FlashAttentionOff = 0;

    /// <summary>Cells of the cache: a token of a sequence takes one, and tokens that sequences share take one together. 1 or more; default 4,096.</summary>
    public int ContextTokens { get; init; } = 4096;

    /// <summary>The most tokens of one batch. 1 or more; default 512.</summary>
    public int BatchTokens { get; init; } = 512;

    /// <summary>The tokens that are computed together; a larger batch is taken in such parts. 1 to <see cref="BatchTokens"/>; default 512. Working memory grows with it.</summary>
    public int MicroBatchTokens { get; init; } = 512;

    /// <summary>How many sequences there are, numbered from 0. 1 or more; default 1.</summary>
    public int Sequences { get; init; } = 1;

    /// <summary>The most rows of logits that one batch asks for. 1 or more; default 16.</summary>
    public int Outputs { get; init; } = 16;

    /// <summary>Threads of computation. Default: one less than the machine has, at least 1, so that a core is left to the program.</summary>
    public int Threads { get; init; } = Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>
    /// Keys and values in 32 bits and attention without the fast path, which rounds. Default: no. The cache is twice as large and the computing slower; results of different plans of
    /// batches then agree to about 1e-6 where they differ by some percent of a logit otherwise. For checks, not for rooms.
    /// </summary>
    public bool FullPrecision { get; init; }

    /// <summary>Rows of logits that memory is taken for. The library reserves one for each sequence, and ends the process where it was promised fewer.</summary>
    internal int Rows => Math.Max(Outputs, Sequences);

    internal void Validate(int maxSequences)
    {
        Require(ContextTokens, nameof(ContextTokens));
        Require(BatchTokens, nameof(BatchTokens));
        Require(MicroBatchTokens, nameof(MicroBatchTokens));
        Require(Sequences, nameof(Sequences));
        Require(Outputs, nameof(Outputs));
        Require(Threads, nameof(Threads));
        if (MicroBatchTokens > BatchTokens)
        {
            throw new ArgumentException($"{nameof(MicroBatchTokens)} ({MicroBatchTokens}) is above {nameof(BatchTokens)} ({BatchTokens}); make it that or less");
        }

        if (Sequences > maxSequences)
        {
            throw new LlamaException(LlamaFault.TooManySequences, $"{Sequences} sequences were asked for, and the engine has at most {maxSequences} in a context; ask for fewer");
        }
    }

    internal NativeContextParams ToNative()
    {
        var native = NativeMethods.llama_context_default_params();
        native.ContextTokens = (uint)ContextTokens;
        native.BatchTokens = (uint)BatchTokens;
        native.MicroBatchTokens = (uint)MicroBatchTokens;
        native.Sequences = (uint)Sequences;
        native.Outputs = (uint)Rows;
        native.Threads = Threads;
        native.BatchThreads = Threads;
        native.UnifiedCache = 1;
        if (FullPrecision)
        {
            (native.KeyType, native.ValueType, native.FlashAttentionType) = (TypeF32, TypeF32, FlashAttentionOff);
        }

        return native;
    }

    private static void Require(int value, string name)
    {
        if (value < 1)
        {
            throw new ArgumentException($"{name} is {value}; make it 1 or more");
        }
    }
}
