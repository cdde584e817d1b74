namespace Polyphony.Llama.Text;

/// <summary>
/// A model's chat template: from messages to tokens. What somebody wrote is never read as a mark of the template. A chat that goes on has the tokens that it had before, and more; so what was
/// computed for them is of use, and only what is new is tokenised.
/// </summary>
/// <remarks>
/// Thread-safe. Which template it is, is told by the model's file; the engine lays it out if it is one of those that are built into it. Where one has no place for a message of the program, or wants people and model
/// in turns, messages become what people say or share a turn; a text is never left out. White space at the ends of a message goes where the template takes it off.
/// </remarks>
public sealed class ChatTemplate
{
    private const int CacheCost = 1 << 20;

    // What the template may take off, which is what C calls a space.
    private static readonly char[] Spaces = [' ', '\t', '\n', '\v', '\f', '\r'];

    private readonly LlamaModel _model;
    private readonly TemplateScaffold _scaffold;
    private readonly TemplateForm _form;
    private readonly TextTokens _texts;
    private readonly TokenCache _cache = new(CacheCost);
    private readonly int? _beginning;

    private ChatTemplate(LlamaModel model, TemplateScaffold scaffold)
    {
        (_model, _scaffold, _form, _texts) = (model, scaffold, TemplateForm.Of(scaffold), TextTokens.Of(model));
        _beginning = _texts.Beginning();
    }

    /// <summary>The template in a model's file.</summary>
    /// <exception cref="LlamaException"><see cref="LlamaFault.UnknownTemplate"/>: the file has none, or one that is not among those of the engine.</exception>
    public static ChatTemplate Of(LlamaModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (string.IsNullOrEmpty(model.ChatTemplate))
        {
            throw Unknown(model, "has no chat template");
        }

        var scaffold = new TemplateScaffold(model.ChatTemplate);
        if (!scaffold.IsKnown)
        {
            throw Unknown(model, "has a chat template that is not one of llama.cpp's built-in list");
        }

        var template = new ChatTemplate(model, scaffold);
        return template._form.KeepsPeople ? template : throw Unknown(model, "has a chat template that does not keep messages in their order");
    }

    /// <summary>The tokens of a chat.</summary>
    /// <param name="messages">What was said; at least one message.</param>
    /// <param name="asks">Whether the model is asked to reply: what opens its reply stands at the end.</param>
    /// <exception cref="ArgumentException">There is no message.</exception>
    /// <exception cref="LlamaException"><see cref="LlamaFault.UnknownTemplate"/>: the template would lose or move one of these messages.</exception>
    public ChatTokens Render(IReadOnlyList<TemplateMessage> messages, bool asks = true)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (messages.Count == 0)
        {
            throw new ArgumentException("a chat has at least one message; say something first", nameof(messages));
        }

        var turns = _form.Turns(messages);
        var around = _scaffold.Around(turns, asks) ?? throw Unknown(_model, "has a chat template that does not keep these messages in their order");
        var tokens = new Writer(this, around[0]);
        var ends = new int[messages.Count];
        var message = 0;
        foreach (var turn in turns)
        {
            // A first message of the program may be written otherwise where nobody follows it: then only what is the same in both places ends with it.
            for (var k = 0; k < turn.Messages; k++)
            {
                tokens.Write(Trimmed(messages[message].Text, turn.Role));
                var unsure = message == 0 && messages[0].Role == TemplateRole.System && !_form.SystemAlone;
                tokens.Close(unsure ? "" : ClosingOf(turn.Role, around[message + 1]));
                ends[message] = unsure && !_form.SystemOpensAsUser ? 0 : tokens.Count;
                message++;
                tokens.Open(around[message]);
            }
        }

        return new(tokens.ToArray(), ends);
    }

    private string Trimmed(string text, TemplateRole role) => _form.Trims(role) ? text.Trim(Spaces) : text;

    // What is behind a message whoever is next.
    private string ClosingOf(TemplateRole role, string behind)
    {
        var closing = _form.Closing(role);
        return behind.StartsWith(closing, StringComparison.Ordinal) ? closing : "";
    }

    private int[] TokensOf(string text, TextKind kind) => text.Length == 0 && kind != TextKind.WrittenBehindSpace ? [] : _cache.Get(new(text, kind), Tokenize);

    private int[] Tokenize(TokenCacheKey key) => key.Kind switch
    {
        TextKind.Written => _texts.Continuing(key.Text, markup: false),
        TextKind.WrittenBehindSpace => _texts.Continuing(' ' + key.Text, markup: false),
        TextKind.Markup => _texts.Continuing(key.Text, markup: true),
        _ => _texts.Opening(key.Text),
    };

    private static LlamaException Unknown(LlamaModel model, string what) => new(
        LlamaFault.UnknownTemplate,
        $"'{model.Path}' {what}; take a model with a known one (ChatML, Llama 3, Gemma, Mistral and others), or set tokenizer.chat_template in the file to one that fits the model");

    /// <summary>Puts one chat together. Between two messages stands what closes one and what opens the next, each tokenised by itself.</summary>
    private sealed class Writer
    {
        private readonly ChatTemplate _template;
        private readonly List<int> _tokens = new(4096);
        private string _pending = "";
        private int _closed;

        public Writer(ChatTemplate template, string lead)
        {
            _template = template;
            _pending = lead;
            if (template._beginning is { } beginning && (lead.Length == 0 || template.TokensOf(lead, TextKind.OpeningMarkup) is not [var first, ..] || first != beginning))
            {
                _tokens.Add(beginning);
            }
        }

        public int Count => _tokens.Count;

        /// <summary>A message. A space at the end of what opens it goes to its first word, as in the texts that models are trained on.</summary>
        public void Write(string text)
        {
            var space = _pending.EndsWith(' ');
            Markup(space ? _pending[..^1] : _pending);
            _pending = "";
            Add(_template.TokensOf(text, space ? TextKind.WrittenBehindSpace : TextKind.Written));
        }

        /// <summary>What closes a message.</summary>
        public void Close(string closing)
        {
            Markup(closing);
            _closed = closing.Length;
        }

        /// <summary>What is between a message and the next, or behind the last; what closed it is there already.</summary>
        public void Open(string behind) => _pending = behind[_closed..];

        public int[] ToArray()
        {
            Markup(_pending);
            _pending = "";
            return [.. _tokens];
        }

        private void Markup(string text)
        {
            var opens = _tokens.Count == 0 || (_template._texts.PutsSpaceInFront && _template._texts.IsMark(_tokens[^1]));
            Add(_template.TokensOf(text, opens ? TextKind.OpeningMarkup : TextKind.Markup));
        }

        private void Add(int[] tokens) => _tokens.AddRange(tokens);
    }
}
