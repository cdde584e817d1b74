using System.Runtime.CompilerServices;
using Polyphony.Llama.Native;

namespace Polyphony.Llama.Text;

/// <summary>
/// Tokens of the parts of one text. Vocabularies in the manner of SentencePiece put a space before whatever they are given; in the middle of a text it would be one that nobody wrote. Thread-safe.
/// </summary>
internal sealed class TextTokens
{
    private const char FirstMark = '\u0001';
    private const char LastMark = '\u0008';

    private static readonly ConditionalWeakTable<LlamaModel, TextTokens> Known = [];

    private readonly LlamaModel _model;
    private readonly WrittenMarks _marks;
    private readonly string _mark = "";
    private readonly int _markTokens;

    private TextTokens(LlamaModel model)
    {
        (_model, _marks) = (model, WrittenMarks.Of(model));
        var pieces = TokenPieces.Of(model);
        if (!pieces.PutsSpaceInFront)
        {
            return;
        }

        _mark = Enumerable.Range(FirstMark, LastMark).Select(letter => ((char)letter).ToString()).FirstOrDefault(IsAlone)
            ?? throw new LlamaException(LlamaFault.UnknownTokenizer, $"the vocabulary of '{model.Path}' has no letter that never joins its neighbours; take a model with single bytes among its tokens");
        _markTokens = model.Tokenize(_mark).Length;

        // A letter that no longer piece contains is a token by itself wherever it stands.
        bool IsAlone(string letter) =>
            Enumerable.Range(0, pieces.Count).All(token => pieces.Length(token) < 2 || !pieces[token].Contains((byte)letter[0]))
            && model.Tokenize(letter) is [.., var last] && pieces[last].SequenceEqual([(byte)letter[0]]);
    }

    public static TextTokens Of(LlamaModel model) => Known.GetValue(model, static made => new(made));

    /// <summary>Whether a text given alone gets a space in front.</summary>
    public bool PutsSpaceInFront => _mark.Length > 0;

    /// <summary>What stands behind other text, letter by letter as it is written.</summary>
    /// <param name="text">The text.</param>
    /// <param name="markup">Whether it is scaffolding, in which marks of the template are tokens; never for what somebody wrote.</param>
    public int[] Continuing(string text, bool markup)
    {
        if (text.Length == 0)
        {
            return [];
        }

        return markup ? _model.TokenizeMarkup(_mark + text)[_markTokens..] : [.. _marks.Cut(text).SelectMany(Plain)];
    }

    /// <summary>What stands alone, in the parts in which nothing is a mark.</summary>
    public int[] Written(IReadOnlyList<string> parts) => [.. _model.TokenizePlain(parts[0]), .. parts.Skip(1).SelectMany(Plain)];

    /// <summary>Scaffolding at the beginning or behind a mark of the template, as the engine itself reads it there.</summary>
    public int[] Opening(string markup) => _model.TokenizeMarkup(markup);

    /// <summary>Whether a token is a mark that people cannot write.</summary>
    public bool IsMark(int token)
    {
        using var alive = new HandleUse(_model.Handle);
        return NativeMethods.llama_vocab_is_control(_model.Vocabulary, token) != 0;
    }

    /// <summary>The token that a text of this model begins with, where its vocabulary wants one.</summary>
    public int? Beginning()
    {
        using var alive = new HandleUse(_model.Handle);
        return NativeMethods.llama_vocab_get_add_bos(_model.Vocabulary) != 0 && NativeMethods.llama_vocab_bos(_model.Vocabulary) is >= 0 and var token ? token : null;
    }

    private int[] Plain(string part) => part.Length == 0 ? [] : _model.TokenizePlain(_mark + part)[_markTokens..];
}
