using System.Globalization;
using System.Text;
using Polyphony.Llama;
using Polyphony.Llama.Text;

namespace Polyphony.Cli.Bench;

/// <summary>A prompt in tokens, and how much of it is kept.</summary>
internal readonly record struct BenchPrompt(int[] Tokens, int Kept);

/// <summary>The room of the benchmark in tokens: rules, cards, a transcript of a given length and messages that are added, for each of the ways to ask.</summary>
internal sealed class BenchPrompts
{
    private const string Rules =
        "You are one of the personas of a chat room; the end of this text says which one. Everything after the list was said in the room; each line begins with its speaker's name. "
        + "Reply with one JSON object and nothing else, its keys in this order: will_respond (true or false) and response.\n";

    private const string Question = "{\"will_respond\":";
    private const string Opening = "true,\"response\":\"";

    // Each begins with a letter of its own, so that a model can choose among them by one token.
    private static readonly string[] Given = ["Ada", "Bela", "Chike", "Dana", "Eero", "Femi", "Goro", "Hana", "Ines", "Juno", "Kira", "Lars", "Mira", "Nils", "Olga", "Pia", "Quim", "Rosa", "Sami", "Tara", "Uma", "Vera", "Wim", "Xia", "Yara", "Zoe"];

    private static readonly string[] Topics = ["the harbour", "old radios", "bread", "the night train", "a choir", "the tomatoes", "chess", "the weather"];

    private readonly LlamaModel _model;
    private readonly ChatTemplate _template;
    private readonly string[] _names;
    private readonly List<TemplateMessage> _said = [];
    private readonly string _cards;
    private int _lines;

    public BenchPrompts(LlamaModel model, int personas, int transcriptTokens)
    {
        (_model, _template) = (model, ChatTemplate.Of(model));
        _names = [.. Enumerable.Range(0, personas).Select(static i => i < Given.Length ? Given[i] : string.Create(CultureInfo.InvariantCulture, $"{Given[i - Given.Length]}{i}"))];
        var cards = new StringBuilder(Rules).Append("In this room:\n");
        for (var i = 0; i < personas; i++)
        {
            cards.Append(CultureInfo.InvariantCulture, $"{i + 1}. {_names[i]} (a persona): knows about {Topics[i % Topics.Length]}.\n");
        }

        _cards = cards.ToString();
        while (Shared(0).Kept < transcriptTokens)
        {
            Say();
        }

        Yes = model.Tokenize("true")[0];
        No = model.Tokenize("false")[0];
        Names = [.. _names.Select(n => model.Tokenize(n)[0]).Distinct()];
        Answer = model.Tokenize(Opening);
    }

    /// <summary>The tokens between which a persona chooses.</summary>
    public int Yes { get; }

    /// <inheritdoc cref="Yes"/>
    public int No { get; }

    /// <summary>Those between which the room chooses who is next.</summary>
    public int[] Names { get; }

    /// <summary>What is placed before a reply.</summary>
    public int[] Answer { get; }

    /// <summary>Somebody says something more, of some thirty tokens.</summary>
    public void Say()
    {
        var who = _names[_lines % _names.Length];
        _said.Add(new(TemplateRole.User, string.Create(CultureInfo.InvariantCulture, $"{who}: line {_lines}, and what I wanted to say about {Topics[_lines % Topics.Length]} is that nobody has asked yet.")));
        _lines++;
    }

    /// <summary>What all share first, and the cue of one of them.</summary>
    public BenchPrompt Shared(int persona) => Of(new(TemplateRole.System, _cards), string.Create(CultureInfo.InvariantCulture, $"You are {_names[persona]}. The last line is new. Decide: speak or stay silent."), Question);

    /// <summary>Who somebody is first: a prompt of its own for each.</summary>
    public BenchPrompt Own(int persona) => Of(new(TemplateRole.System, string.Create(CultureInfo.InvariantCulture, $"You are {_names[persona]} and nobody else. {_cards}")), "The last line is new. Decide: speak or stay silent.", Question);

    /// <summary>One question for the whole room.</summary>
    public BenchPrompt Room() => Of(new(TemplateRole.System, _cards), "Who speaks next? One name.", "");

    private BenchPrompt Of(TemplateMessage first, string cue, string question)
    {
        var tokens = _template.Render([first, .. _said, new(TemplateRole.System, cue)]);
        int[] all = question.Length == 0 ? [.. tokens.Tokens.Span] : [.. tokens.Tokens.Span, .. _model.Tokenize(question)];
        return new(all, tokens.Ends[^2]);
    }
}
