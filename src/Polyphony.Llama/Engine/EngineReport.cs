namespace Polyphony.Llama.Engine;

/// <summary>An engine's numbers since it started, and what it holds now.</summary>
public sealed record EngineReport
{
    /// <summary>Steps computed.</summary>
    public long Steps { get; init; }

    /// <summary>Tokens of prompts that were computed.</summary>
    public long ComputedTokens { get; init; }

    /// <summary>Tokens of prompts that were there already, or were being computed for another request.</summary>
    public long ReusedTokens { get; init; }

    /// <summary>Tokens that were written.</summary>
    public long WrittenTokens { get; init; }

    /// <summary>Cells in use now.</summary>
    public int Cells { get; init; }

    /// <summary>The most cells that were in use at once since <see cref="Steps"/> was 0.</summary>
    public int PeakCells { get; init; }

    /// <summary>Requests that wait.</summary>
    public int Waiting { get; init; }

    /// <summary>Requests that are worked on.</summary>
    public int Running { get; init; }

    /// <summary>Prefixes that are kept.</summary>
    public int Prefixes { get; init; }

    /// <summary>How often a request was put back into its queue for a mention.</summary>
    public long Suspensions { get; init; }

    /// <summary>How often the context was made anew after it failed.</summary>
    public long Rebuilds { get; init; }
}
