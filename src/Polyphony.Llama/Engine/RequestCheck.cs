namespace Polyphony.Llama.Engine;

/// <summary>What a request must be before the engine's thread sees it, and how many cells it takes.</summary>
internal static class RequestCheck
{
    /// <summary>The most cells that a request takes, what it shares included.</summary>
    public static int CellsOf(EngineRequest request)
    {
        var goesOn = request.Decision is { } point ? (long)RewindOf(request, point) + point.Continuation.Length : request.Prompt.Length;
        return (int)Math.Min(int.MaxValue, Math.Max(request.Prompt.Length, goesOn + request.MaxTokens));
    }

    /// <summary>The most first tokens that a request can share: the last one is its own, since what follows is read from it, and what it takes back is.</summary>
    public static int SharedLimitOf(EngineRequest request)
    {
        var limit = request.Prompt.Length - 1;
        return request.Decision is { } point && request.MaxTokens > 0 ? Math.Min(limit, RewindOf(request, point) - (point.Continuation.IsEmpty ? 1 : 0)) : limit;
    }

    /// <exception cref="ArgumentException">It contradicts itself.</exception>
    /// <exception cref="LlamaException">A token is not in the vocabulary.</exception>
    public static void Require(EngineRequest request, Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Prompt.IsEmpty)
        {
            throw Contradiction($"{nameof(request.Prompt)} has no token; give one or more");
        }

        if (request.MaxTokens < 0)
        {
            throw Contradiction($"{nameof(request.MaxTokens)} is {request.MaxTokens}; make it 0 or more");
        }

        if (!Enum.IsDefined(request.Urgency))
        {
            throw Contradiction($"{nameof(request.Urgency)} is {request.Urgency}; take one of {nameof(EngineUrgency)}");
        }

        RequireSampling(request.Sampling);
        RequireTokens(request.Prompt.Span, vocabulary);
        if (request.Decision is { } point)
        {
            RequireDecision(request, point, vocabulary);
        }

        if (request.KeptTokens < 0 || request.KeptTokens > SharedLimitOf(request))
        {
            throw Contradiction($"{nameof(request.KeptTokens)} is {request.KeptTokens}; make it 0 to {SharedLimitOf(request)}: the last token, and what is taken back, are the request's own");
        }
    }

    private static void RequireDecision(EngineRequest request, DecisionPoint point, Vocabulary vocabulary)
    {
        if (point.Choices.Count < 2 || point.Choices.Distinct().Count() < point.Choices.Count)
        {
            throw Contradiction($"{nameof(point.Choices)} are [{string.Join(", ", point.Choices)}]; give two or more that differ");
        }

        if (double.IsNaN(point.Threshold) || point.Threshold < 0)
        {
            throw Contradiction($"{nameof(point.Threshold)} is {point.Threshold}; make it 0 or more");
        }

        if (point.Rewind is { } rewind && (rewind < 0 || rewind > request.Prompt.Length || (rewind == 0 && point.Continuation.IsEmpty)))
        {
            throw Contradiction($"{nameof(point.Rewind)} is {rewind}; make it {(point.Continuation.IsEmpty ? 1 : 0)} to {request.Prompt.Length}, so that there is a token to go on from");
        }

        RequireTokens([.. point.Choices], vocabulary);
        RequireTokens(point.Continuation.Span, vocabulary);
    }

    private static void RequireSampling(Sampling sampling)
    {
        if (!(sampling.Temperature >= 0 && float.IsFinite(sampling.Temperature)) || sampling.TopK < 1 || !(sampling.TopP > 0 && sampling.TopP <= 1))
        {
            throw Contradiction($"{sampling} cannot be; give a temperature of 0 or more, a TopK of 1 or more, and a TopP above 0 and up to 1");
        }
    }

    private static void RequireTokens(ReadOnlySpan<int> tokens, Vocabulary vocabulary)
    {
        foreach (var token in tokens)
        {
            if ((uint)token >= (uint)vocabulary.Size)
            {
                throw new LlamaException(LlamaFault.TokenOutOfRange, $"token {token} is not in the vocabulary, which has tokens 0 to {vocabulary.Size - 1}; take it from Tokenize");
            }
        }
    }

    private static int RewindOf(EngineRequest request, DecisionPoint point) => point.Rewind ?? request.Prompt.Length;

    private static ArgumentException Contradiction(string message) => new(message);
}
