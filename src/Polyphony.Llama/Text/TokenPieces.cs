using System.Runtime.CompilerServices;
using Polyphony.Llama.Native;

namespace Polyphony.Llama.Text;

/// <summary>What every token of a model spells, in bytes, read once: a token may be a part of a letter. A mark of a template spells nothing. Immutable.</summary>
internal sealed unsafe class TokenPieces
{
    private static readonly ConditionalWeakTable<LlamaModel, TokenPieces> Known = [];

    private readonly byte[] _bytes;
    private readonly int[] _ends;

    private TokenPieces(LlamaModel model)
    {
        using var alive = new HandleUse(model.Handle);
        _ends = new int[model.VocabularySize];
        var (bytes, end) = (new byte[model.VocabularySize * 8], 0);
        for (var token = 0; token < _ends.Length; token++)
        {
            int length;
            while ((length = Spell(model.Vocabulary, token, bytes.AsSpan(end))) < 0)
            {
                Array.Resize(ref bytes, (bytes.Length * 2) - length);
            }

            end += length;
            _ends[token] = end;
        }

        _bytes = bytes.AsSpan(0, end).ToArray();
        SingleBytes = [.. Enumerable.Range(0, _ends.Length).Where(token => Length(token) == 1)];
        PutsSpaceInFront = model.Tokenize("a") is [var first, ..] && this[first] is [(byte)' ', ..];
    }

    /// <summary>Whether a text's first token spells a space that nobody wrote.</summary>
    public bool PutsSpaceInFront { get; }

    /// <summary>The tokens that spell one byte.</summary>
    public IReadOnlyList<int> SingleBytes { get; }

    public int Count => _ends.Length;

    public ReadOnlySpan<byte> this[int token] => _bytes.AsSpan(token == 0 ? 0 : _ends[token - 1], Length(token));

    /// <summary>Those of a model; made at the first call.</summary>
    public static TokenPieces Of(LlamaModel model) => Known.GetValue(model, static made => new(made));

    public int Length(int token) => token == 0 ? _ends[0] : _ends[token] - _ends[token - 1];

    private static int Spell(nint vocabulary, int token, Span<byte> text)
    {
        fixed (byte* first = text)
        {
            return NativeMethods.llama_token_to_piece(vocabulary, token, first, text.Length, stripped: 0, special: 0);
        }
    }
}
