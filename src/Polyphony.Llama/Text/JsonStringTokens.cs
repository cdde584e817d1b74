using System.Text;

namespace Polyphony.Llama.Text;

/// <summary>
/// Which tokens of a model may stand inside a JSON string whose opening quote was placed: looked up, since trying a grammar on every token of a large vocabulary takes longer than computing the next
/// one. Made once for a model, in some tens of milliseconds. Immutable.
/// </summary>
public sealed class JsonStringTokens
{
    private readonly TokenPieces _pieces;
    private readonly TokenSet[] _allowed = new TokenSet[JsonStringMachine.OpenStates];
    private readonly TokenSet[] _ending = new TokenSet[JsonStringMachine.OpenStates];

    /// <param name="model">Whose tokens.</param>
    /// <param name="after">What is placed behind the closing quote: a token that has the quote and the beginning of this may close the string too. Empty: only what ends with the quote.</param>
    /// <exception cref="LlamaException"><see cref="LlamaFault.UnknownTokenizer"/>: with these tokens a string could not be closed.</exception>
    public JsonStringTokens(LlamaModel model, string after = "")
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(after);
        _pieces = TokenPieces.Of(model);
        var frame = Encoding.UTF8.GetBytes(after);
        for (var state = 0; state < JsonStringMachine.OpenStates; state++)
        {
            (_allowed[state], _ending[state]) = (new(_pieces.Count), new(_pieces.Count));
            for (var token = 0; token < _pieces.Count; token++)
            {
                Add((JsonStringState)state, token, frame);
            }
        }

        if (!CanEndEverywhere())
        {
            throw new LlamaException(LlamaFault.UnknownTokenizer, $"the vocabulary of '{model.Path}' has no token that closes a JSON string; take a model with single letters and bytes among its tokens");
        }
    }

    internal TokenSet Allowed(JsonStringState state) => _allowed[(int)state];

    /// <summary>Those by which the string is closed as soon as can be.</summary>
    internal TokenSet Ending(JsonStringState state) => _ending[(int)state];

    internal ReadOnlySpan<byte> Piece(int token) => _pieces[token];

    private void Add(JsonStringState from, int token, ReadOnlySpan<byte> after)
    {
        var piece = _pieces[token];
        var to = JsonStringMachine.Run(from, piece, out var used);
        if (piece.IsEmpty || to == JsonStringState.Wrong || !after.StartsWith(piece[used..]))
        {
            return;
        }

        _allowed[(int)from].Add(token);
        if (to == JsonStringState.Closed || (from != JsonStringState.Plain && piece.Length == 1 && to != JsonStringState.Digit1))
        {
            _ending[(int)from].Add(token);
        }
    }

    // Of the states that a token can lead to, each must have one that leads on towards the end.
    private bool CanEndEverywhere()
    {
        var reached = new HashSet<JsonStringState> { JsonStringState.Plain };
        var open = new Queue<JsonStringState>(reached);
        while (open.TryDequeue(out var state))
        {
            if (_ending[(int)state].IsEmpty)
            {
                return false;
            }

            for (var token = 0; token < _pieces.Count; token++)
            {
                if (_allowed[(int)state][token] && JsonStringMachine.Run(state, _pieces[token], out _) is < JsonStringState.Closed and var to && reached.Add(to))
                {
                    open.Enqueue(to);
                }
            }
        }

        return true;
    }
}
