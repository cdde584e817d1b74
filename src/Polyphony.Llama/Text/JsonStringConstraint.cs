using Polyphony.Llama.Engine;

namespace Polyphony.Llama.Text;

/// <summary>
/// Lets a model write the inside of one JSON string and its closing quote, and nothing else. What is written is valid JSON at every point; a letter is never cut in half. For one request.
/// </summary>
public sealed class JsonStringConstraint : ITokenConstraint
{
    private readonly JsonStringTokens _tokens;
    private readonly int _most;
    private JsonStringState _state;
    private int _written;

    /// <param name="tokens">The model's.</param>
    /// <param name="mostTokens">After so many tokens the string is brought to its end: at most five more follow, and the last closes it. At least 0.</param>
    public JsonStringConstraint(JsonStringTokens tokens, int mostTokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentOutOfRangeException.ThrowIfNegative(mostTokens);
        (_tokens, _most) = (tokens, mostTokens);
    }

    /// <inheritdoc/>
    public bool IsComplete => _state == JsonStringState.Closed;

    private TokenSet Next => _written < _most ? _tokens.Allowed(_state) : _tokens.Ending(_state);

    /// <inheritdoc/>
    public bool Allows(int token) => !IsComplete && Next[token];

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The token is not allowed.</exception>
    public void Accept(int token)
    {
        if (!Allows(token))
        {
            throw new InvalidOperationException($"token {token} may not come next in a JSON string; ask Allows first");
        }

        _state = JsonStringMachine.Run(_state, _tokens.Piece(token), out _);
        _written++;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are more or fewer logits than tokens.</exception>
    public bool Mask(Span<float> logits)
    {
        if (IsComplete)
        {
            logits.Fill(float.NegativeInfinity);
            return false;
        }

        Next.Mask(logits);
        return logits.ContainsAnyExcept(float.NegativeInfinity);
    }
}
