namespace Polyphony.Llama.Engine;

/// <summary>The size of an engine.</summary>
public sealed record EngineOptions
{
    /// <summary>Cells of the cache, for everything together. Default 8,192.</summary>
    public int ContextTokens { get; init; } = 8_192;

    /// <summary>The most requests that are worked on together; 1 or more. Default 16.</summary>
    public int Lanes { get; init; } = 16;

    /// <summary>The most prefixes that are kept, those that are computed included; 1 or more. Default 32.</summary>
    public int Prefixes { get; init; } = 32;

    /// <summary>The most bytes of the cache that prefixes nobody uses at present may hold. Default: what the context has.</summary>
    public long PrefixBytes { get; init; } = long.MaxValue;

    /// <summary>The most requests that wait, of each <see cref="EngineUrgency"/>; more are refused. Default 64.</summary>
    public int Queue { get; init; } = 64;

    /// <summary>The most tokens of one step. Default 512.</summary>
    public int StepTokens { get; init; } = 512;

    /// <summary>The most tokens of prompts in a step in which somebody writes, so that long prompts never hold a reply up. Default 128.</summary>
    public int StepTokensWhileWriting { get; init; } = 128;

    /// <summary>Threads of computation. Default: one less than the machine has, at least 1.</summary>
    public int Threads { get; init; } = Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>See <see cref="LlamaContextOptions.FullPrecision"/>.</summary>
    public bool FullPrecision { get; init; }
}
