namespace Polyphony.Llama.Engine;

/// <summary>The size of an engine.</summary>
public sealed record EngineOptions
{
    // Working memory grows with it, and speed no more.
    private const int MicroBatch = 512;

    /// <summary>Cells of the cache, for everything together. Default 8,192.</summary>
    public int ContextTokens { get; init; } = 8_192;

    /// <summary>The most requests that are worked on together; 1 or more. Where there are several, one is for mentions alone. Default 16.</summary>
    public int Lanes { get; init; } = 16;

    /// <summary>The most prefixes that are kept, those that are computed included; 1 or more. Default 32.</summary>
    public int Prefixes { get; init; } = 32;

    /// <summary>The most bytes of the cache that prefixes nobody uses at present may hold. Default: what the context has.</summary>
    public long PrefixBytes { get; init; } = long.MaxValue;

    /// <summary>The most requests that wait, of each <see cref="EngineUrgency"/>; more are refused. Default 64.</summary>
    public int Queue { get; init; } = 64;

    /// <summary>The most tokens of one step; more than <see cref="Lanes"/>, so that there is room for a prompt beside everybody who writes. Default 512.</summary>
    public int StepTokens { get; init; } = 512;

    /// <summary>The most tokens of prompts in a step in which somebody writes, so that long prompts never hold a reply up. Default 128.</summary>
    public int StepTokensWhileWriting { get; init; } = 128;

    /// <summary>Threads of computation. Default: one less than the machine has, at least 1.</summary>
    public int Threads { get; init; } = Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>See <see cref="LlamaContextOptions.FullPrecision"/>.</summary>
    public bool FullPrecision { get; init; }

    /// <exception cref="ArgumentException">A size cannot be; the message names it and says what can.</exception>
    internal void Validate()
    {
        Require(ContextTokens, nameof(ContextTokens));
        Require(Lanes, nameof(Lanes));
        Require(Prefixes, nameof(Prefixes));
        Require(Queue, nameof(Queue));
        Require(StepTokensWhileWriting, nameof(StepTokensWhileWriting));
        Require(Threads, nameof(Threads));
        if (PrefixBytes < 0)
        {
            throw new ArgumentException($"{nameof(PrefixBytes)} is {PrefixBytes}; make it 0 or more");
        }

        if (StepTokens <= Lanes)
        {
            throw new ArgumentException($"{nameof(StepTokens)} ({StepTokens}) is not above {nameof(Lanes)} ({Lanes}); make it larger, so that a step has room for a prompt beside everybody who writes");
        }
    }

    internal LlamaContextOptions ToContext() => new()
    {
        ContextTokens = ContextTokens,
        BatchTokens = StepTokens,
        MicroBatchTokens = Math.Min(MicroBatch, StepTokens),
        Sequences = Lanes + Prefixes,
        Outputs = Lanes,
        Threads = Threads,
        FullPrecision = FullPrecision,
    };

    private static void Require(int value, string name)
    {
        if (value < 1)
        {
            throw new ArgumentException($"{name} is {value}; make it 1 or more");
        }
    }
}
