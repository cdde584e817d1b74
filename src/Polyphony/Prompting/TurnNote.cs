using Microsoft.Extensions.AI;
using Polyphony.Memory;

namespace Polyphony.Prompting;

/// <summary>An item of a <see cref="TurnNote"/>: a whole text, counted once.</summary>
internal sealed class NoteItem(string name, PromptScope scope, string text, ITokenCounter tokens)
{
    public string Name { get; } = name;

    public PromptScope Scope { get; } = scope;

    public string Text { get; } = text;

    public int Tokens { get; } = tokens.Count(text);

    /// <summary>The memory that it shows.</summary>
    public Engram? Engram { get; init; }
}

/// <summary>What changes from turn to turn, as one message behind the transcript: memories, angle, signals, presence.</summary>
internal sealed class TurnNote
{
    /// <summary>Stands before the memories.</summary>
    public const string MemoryLead = "You remember, from before what is shown here:\n";

    private readonly NoteItem[] _items;
    private PromptBlock[]? _blocks;

    private TurnNote(NoteItem[] items, string text)
    {
        _items = items;
        Message = new(ChatRole.System, text);
    }

    public ChatMessage Message { get; }

    /// <summary>The pieces, with the tokens of each.</summary>
    /// <param name="leadTokens">What the words before the memories cost.</param>
    public IReadOnlyList<PromptBlock> Blocks(int leadTokens) => _blocks ??=
    [
        .. _items.GroupBy(static i => (i.Name, i.Scope)).Select((group, place) => new PromptBlock(
            group.Key.Name,
            group.Key.Scope,
            (group.Key.Name == "memory" ? MemoryLead : "") + string.Concat(group.Select(static i => i.Text)),
            group.Sum(static i => i.Tokens) + (group.Key.Name == "memory" ? leadTokens : 0) + (place == 0 ? RenderedTranscript.TokensPerMessage : 0))),
    ];

    public static TurnNote Of(ReadOnlySpan<NoteItem> items)
    {
        var remembers = items.Length > 0 && items[0].Engram is not null;
        var texts = new string[items.Length + 1];
        texts[0] = remembers ? MemoryLead : "";
        for (var i = 0; i < items.Length; i++)
        {
            texts[i + 1] = items[i].Text;
        }

        return new(items.ToArray(), string.Concat(texts));
    }

    /// <summary>Whether it is made of just these.</summary>
    public bool IsOf(ReadOnlySpan<NoteItem> items)
    {
        if (items.Length != _items.Length)
        {
            return false;
        }

        for (var i = 0; i < items.Length; i++)
        {
            if (!ReferenceEquals(items[i], _items[i]))
            {
                return false;
            }
        }

        return true;
    }
}
