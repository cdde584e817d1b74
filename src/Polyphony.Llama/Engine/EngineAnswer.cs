namespace Polyphony.Llama.Engine;

/// <summary>How a request ended. A closed set: every request gets exactly one.</summary>
public abstract record EngineAnswer
{
    private EngineAnswer()
    {
    }

    /// <summary>What it cost.</summary>
    public required EngineUsage Usage { get; init; }

    /// <summary>The probabilities of the choices of <see cref="EngineRequest.Decision"/>, in their order; empty where it had none, or was not reached.</summary>
    public IReadOnlyList<double> Probabilities { get; init; } = [];

    /// <summary>It wrote to its end: a token that ends replies, or all that its constraint lets it write. Also a prompt without anything to write.</summary>
    public sealed record Finished : EngineAnswer;

    /// <summary>It reached <see cref="EngineRequest.MaxTokens"/>.</summary>
    public sealed record CutOff : EngineAnswer;

    /// <summary>The first choice was less likely than the threshold; nothing was written.</summary>
    public sealed record Declined : EngineAnswer;

    /// <summary>It was not taken: the queue is full, or it can never fit.</summary>
    /// <param name="Code">Why, in one word: <c>overloaded</c> or <c>too-large</c>.</param>
    /// <param name="Message">What to do about it.</param>
    public sealed record Refused(string Code, string Message) : EngineAnswer;

    /// <summary>Its cancellation token ended it.</summary>
    public sealed record Cancelled : EngineAnswer;

    /// <summary>Its deadline passed.</summary>
    public sealed record Expired : EngineAnswer;

    /// <summary>The engine failed under it, or has stopped. Others go on with a context made anew, unless that fails too.</summary>
    /// <param name="Fault">What it is about.</param>
    /// <param name="Message">What to do about it.</param>
    public sealed record Failed(LlamaFault Fault, string Message) : EngineAnswer;
}

/// <summary>What a request cost.</summary>
public sealed record EngineUsage
{
    /// <summary>Tokens of the prompt, a continuation that was placed included.</summary>
    public int PromptTokens { get; init; }

    /// <summary>Those of them that were computed before, for this or another request.</summary>
    public int ReusedTokens { get; init; }

    /// <summary>Tokens that were written.</summary>
    public int WrittenTokens { get; init; }

    /// <summary>From submission to the first step that worked on it.</summary>
    public TimeSpan Queued { get; init; }

    /// <summary>From then to the last token of the prompt.</summary>
    public TimeSpan Prefill { get; init; }

    /// <summary>From then to the end.</summary>
    public TimeSpan Writing { get; init; }

    /// <summary>How many requests the steps of the writing held on average, itself included; 0 where nothing was written.</summary>
    public double BatchWidth { get; init; }

    /// <summary>The most cells of the cache that were this request's alone.</summary>
    public int OwnCells { get; init; }
}
