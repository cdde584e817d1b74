using System.Collections.Concurrent;
using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Llama.Text;

namespace Polyphony.Llama;

/// <summary>How a model speaks: its chat template, what may stand in a string, the tokens of the frames that were asked for. Made once for a model. Thread-safe.</summary>
internal sealed class LlamaVoice : IDisposable
{
    /// <summary>The most tokens that close a string which has come to its end.</summary>
    public const int ClosingTokens = 6;

    private const int MostGrammars = 32;

    private readonly LlamaModel _model;
    private readonly Lazy<JsonStringTokens> _strings;
    private readonly ConcurrentDictionary<DecisionFrame, FrameMarks> _marks = [];
    private readonly OrderedDictionary<string, LlamaGrammar> _grammars = [];

    /// <exception cref="LlamaException"><see cref="LlamaFault.UnknownTemplate"/>.</exception>
    public LlamaVoice(LlamaModel model)
    {
        (_model, Template) = (model, ChatTemplate.Of(model));
        _strings = new(() => new(model));
    }

    public ChatTemplate Template { get; }

    /// <exception cref="LlamaException"><see cref="LlamaFault.UnknownTokenizer"/>.</exception>
    public JsonStringTokens Strings => _strings.Value;

    /// <summary>The tokens of a frame.</summary>
    /// <exception cref="LlamaException"><see cref="LlamaFault.UnknownTokenizer"/>: its two choices begin with the same token.</exception>
    public FrameMarks MarksOf(DecisionFrame frame) => _marks.GetOrAdd(frame, static (frame, voice) => voice.Marks(frame), this);

    /// <summary>Begins a reply that is of a format. Its grammar is read once, as long as not too many others are asked for.</summary>
    /// <exception cref="LlamaException">As <see cref="LlamaGrammar.OfSchema"/>.</exception>
    public GrammarConstraint Begin(ChatResponseFormatJson format)
    {
        var key = format.Schema is { } schema ? schema.GetRawText() : "";
        lock (_grammars)
        {
            if (_grammars.TryGetValue(key, out var known))
            {
                return known.Begin();
            }

            var made = format.Schema is { } described ? LlamaGrammar.OfSchema(_model, described) : LlamaGrammar.OfJson(_model);
            if (_grammars.Count >= MostGrammars)
            {
                _grammars.GetAt(0).Value.Dispose();
                _grammars.RemoveAt(0);
            }

            _grammars.Add(key, made);
            return made.Begin();
        }
    }

    public void Dispose()
    {
        lock (_grammars)
        {
            foreach (var grammar in _grammars.Values)
            {
                grammar.Dispose();
            }

            _grammars.Clear();
        }
    }

    private FrameMarks Marks(DecisionFrame frame)
    {
        var texts = TextTokens.Of(_model);
        var (yes, no) = (First(frame.Yes), First(frame.No));
        return yes != no
            ? new(texts.Continuing(frame.Question, markup: false), yes, no, texts.Continuing(frame.Speech, markup: false))
            : throw new LlamaException(
                LlamaFault.UnknownTokenizer, $"'{frame.Yes}' and '{frame.No}' begin with the same token in '{_model.Path}', so that no choice can be read; use --protocol pass with this model");

        int First(string choice) => texts.Continuing(choice, markup: false)[0];
    }

    /// <summary>The tokens of a frame, letter by letter as it stands behind other text.</summary>
    internal sealed record FrameMarks(int[] Question, int Yes, int No, int[] Speech);
}
