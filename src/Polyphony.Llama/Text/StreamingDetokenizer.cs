using System.Text;

namespace Polyphony.Llama.Text;

/// <summary>
/// The text of a reply while its tokens come. A letter whose bytes are in several tokens comes with the last of them; only what never becomes one is shown as U+FFFD. Marks of the template have no text.
/// For one reply and one thread.
/// </summary>
public sealed class StreamingDetokenizer
{
    private readonly LlamaModel _model;
    private readonly TokenPieces _pieces;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private bool _dropsSpace;

    /// <param name="model">Whose tokens they are.</param>
    /// <param name="beginsText">Whether the first token begins a text: a vocabulary may put a space there that nobody wrote, which is then left out. Not so where a reply goes on behind a text that was placed.</param>
    public StreamingDetokenizer(LlamaModel model, bool beginsText = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _pieces) = (model, TokenPieces.Of(model));
        _dropsSpace = beginsText && _pieces.PutsSpaceInFront;
    }

    /// <summary>Whether the reply has ended: no token may follow.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Takes the next token.</summary>
    /// <returns>The text that is whole now and was not yet; empty while a letter is not. For a token that ends a reply, what is left as by <see cref="Finish"/>.</returns>
    /// <exception cref="InvalidOperationException">The reply has ended.</exception>
    /// <exception cref="LlamaException"><see cref="LlamaFault.TokenOutOfRange"/>.</exception>
    public string Push(int token)
    {
        if (IsEnded)
        {
            throw new InvalidOperationException("the reply has ended; make another detokenizer for the next one");
        }

        if (_model.EndsReply(token))
        {
            return Finish();
        }

        var piece = _pieces[token];
        if (_dropsSpace && piece.Length > 0)
        {
            _dropsSpace = false;
            piece = piece[0] == ' ' ? piece[1..] : piece;
        }

        return Decode(piece, flush: false);
    }

    /// <summary>Ends the reply where it was cut off.</summary>
    /// <returns>What is left: U+FFFD where it ends within a letter, and nothing otherwise.</returns>
    public string Finish()
    {
        IsEnded = true;
        return Decode([], flush: true);
    }

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        Span<char> letters = stackalloc char[256];
        letters = bytes.Length > letters.Length - 4 ? new char[bytes.Length + 4] : letters;
        return new(letters[.._decoder.GetChars(bytes, letters, flush)]);
    }
}
