using System.Text;

namespace Polyphony.Llama.Text;

/// <summary>The text of a JSON string while the tokens come that a <see cref="JsonStringConstraint"/> lets through: what is escaped in it is read. For one string and one thread.</summary>
/// <param name="tokens">The model's.</param>
public sealed class JsonStringReader(JsonStringTokens tokens)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private JsonStringState _state;
    private int _digits;

    /// <summary>Whether the string is closed.</summary>
    public bool IsEnded => _state == JsonStringState.Closed;

    /// <summary>Takes the next token.</summary>
    /// <returns>The text that is whole now and was not yet.</returns>
    /// <exception cref="InvalidOperationException">The token cannot stand there.</exception>
    public string Push(int token)
    {
        var piece = tokens.Piece(token);
        var text = new StringBuilder(piece.Length);
        Span<char> letters = stackalloc char[2];
        foreach (var value in piece)
        {
            var from = _state;
            _state = JsonStringMachine.Step(from, value);
            switch (from)
            {
                case var _ when _state == JsonStringState.Wrong:
                    throw new InvalidOperationException($"token {token} cannot stand at this place of a JSON string; give the reader every token that the constraint accepted, once");
                case JsonStringState.Escape:
                    Escaped(value, text);
                    break;
                case >= JsonStringState.Digit1 and <= JsonStringState.Digit4:
                    _digits = (_digits * 16) + Convert.ToInt32(((char)value).ToString(), 16);
                    text.Append(_state == JsonStringState.Plain ? ((char)_digits).ToString() : "");
                    break;
                case var _ when _state is not (JsonStringState.Escape or JsonStringState.Closed):
                    text.Append(letters[.._decoder.GetChars([value], letters, flush: false)]);
                    break;
                default:
                    break;
            }

            if (IsEnded)
            {
                break;
            }
        }

        return text.ToString();
    }

    private void Escaped(byte value, StringBuilder text)
    {
        _digits = 0;
        text.Append((char)value switch { 'u' => "", 'b' => "\b", 'f' => "\f", 'n' => "\n", 'r' => "\r", 't' => "\t", var same => same.ToString() });
    }
}
