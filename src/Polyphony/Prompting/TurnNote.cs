using System.Buffers;
using Microsoft.Extensions.AI;
using Polyphony.Memory;

namespace Polyphony.Prompting;

/// <summary>An item of a <see cref="TurnNote"/>: a whole text, counted once.</summary>
internal sealed class NoteItem
{
    private const string Bullet = "- ";
    private const string Colon = ": ";
    private const string LineEnd = "\n";

    private readonly string _text;
    private readonly string _who = "";

    public NoteItem(string name, PromptScope scope, string text, ITokenCounter tokens) => (Name, Scope, _text, Tokens) = (name, scope, text, tokens.Count(text));

    /// <summary>A memory. Its words stay where they are: a line of their own would be one more copy of all that is ever recalled.</summary>
    /// <param name="engram">It.</param>
    /// <param name="who">Who said it, neutralised.</param>
    /// <param name="text">What was said, neutralised.</param>
    /// <param name="tokens">Counts the line.</param>
    public NoteItem(Engram engram, string who, string text, ITokenCounter tokens)
    {
        (Name, Scope, Engram, _who, _text) = ("memory", PromptScope.Persona, engram, who, text);
        var line = ArrayPool<char>.Shared.Rent(Length);
        CopyTo(line);
        Tokens = tokens.Count(line.AsSpan(0, Length));
        ArrayPool<char>.Shared.Return(line);
    }

    public string Name { get; }

    public PromptScope Scope { get; }

    public string Text => Engram is null ? _text : string.Concat(Bullet + _who, Colon, _text, LineEnd);

    public int Length => Engram is null ? _text.Length : Bullet.Length + _who.Length + Colon.Length + _text.Length + LineEnd.Length;

    public int Tokens { get; }

    /// <summary>The memory that it shows; null where it shows none.</summary>
    public Engram? Engram { get; }

    /// <summary>Writes the text.</summary>
    /// <returns>What is left of the place.</returns>
    public Span<char> CopyTo(Span<char> place) => Engram is null ? Write(_text, place) : Write(LineEnd, Write(_text, Write(Colon, Write(_who, Write(Bullet, place)))));

    private static Span<char> Write(string text, Span<char> place)
    {
        text.CopyTo(place);
        return place[text.Length..];
    }
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
        var length = LeadOf(items).Length;
        foreach (var item in items)
        {
            length += item.Length;
        }

        return new(items.ToArray(), string.Create(length, items, static (text, items) =>
        {
            var lead = LeadOf(items);
            lead.CopyTo(text);
            text = text[lead.Length..];
            foreach (var item in items)
            {
                text = item.CopyTo(text);
            }
        }));
    }

    private static string LeadOf(ReadOnlySpan<NoteItem> items) => items.Length > 0 && items[0].Engram is not null ? MemoryLead : "";

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
