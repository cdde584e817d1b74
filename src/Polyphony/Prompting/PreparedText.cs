using Microsoft.Extensions.AI;

namespace Polyphony.Prompting;

/// <summary>A system message that stays as it is from turn to turn: its text, its pieces, their tokens. Made when what it consists of changes, never by the clock.</summary>
internal sealed class PreparedText
{
    private PreparedText(ChatMessage message, PromptBlock[] blocks, PromptAllocation[] allocations, string? shortage)
    {
        Message = message;
        Blocks = blocks;
        Allocations = allocations;
        Shortage = shortage;
        Tokens = blocks.Sum(static b => b.Tokens);
    }

    public ChatMessage Message { get; }

    public PromptBlock[] Blocks { get; }

    public PromptAllocation[] Allocations { get; }

    public int Tokens { get; }

    /// <summary>Why no prompt can be made of it, and what to do; null where one can.</summary>
    public string? Shortage { get; }

    /// <summary>Chooses what fits of the pieces, whole items only, and puts it together in their order.</summary>
    /// <param name="pieces">In the order in which they stand.</param>
    /// <param name="tokens">Counts.</param>
    /// <param name="headroom">How much it may take, in tokens.</param>
    /// <param name="whoseWindow">The window that it stands in, for the words of a shortage.</param>
    public static PreparedText Of(IReadOnlyList<PromptPiece> pieces, ITokenCounter tokens, int headroom, int whoseWindow)
    {
        var needs = new PromptNeed[pieces.Count];
        for (var i = 0; i < needs.Length; i++)
        {
            needs[i] = pieces[i].NeedBy(tokens);
        }

        var grants = new PromptGrant[needs.Length];
        var isEnough = PromptBudget.Allocate(needs, headroom - RenderedTranscript.TokensPerMessage, grants);
        var (blocks, allocations) = (new List<PromptBlock>(), new List<PromptAllocation>());
        for (var i = 0; i < needs.Length; i++)
        {
            var (text, used, leftOut) = pieces[i].Within(grants[i].Tokens, tokens);
            if (text.Length > 0)
            {
                blocks.Add(new(pieces[i].Name, pieces[i].Scope, text, used + (blocks.Count == 0 ? RenderedTranscript.TokensPerMessage : 0)));
            }

            if (needs[i].Need > 0)
            {
                allocations.Add(new(pieces[i].Name, used, grants[i].State, leftOut, leftOut > 0 ? "whole items only: the next one does not fit" : ""));
            }
        }

        var shortage = isEnough ? null : Short(pieces, needs, headroom, whoseWindow);
        return new(new(ChatRole.System, string.Concat(blocks.Select(static b => b.Text))), [.. blocks], [.. allocations], shortage);
    }

    private static string Short(IReadOnlyList<PromptPiece> pieces, PromptNeed[] needs, int headroom, int window)
    {
        var (required, largest) = (0, 0);
        for (var i = 0; i < needs.Length; i++)
        {
            required += needs[i].Required ? needs[i].Floor : 0;
            largest = needs[i].Required && pieces[i].CanBeShortened && (!pieces[largest].CanBeShortened || needs[i].Floor > needs[largest].Floor) ? i : largest;
        }

        var shorten = pieces[largest].CanBeShortened ? $"shorten {pieces[largest].Called}, or use" : "use";
        return $"what a persona must be told takes about {required} tokens and may take {Math.Max(0, headroom)} of a window of {window}: {shorten} a model with a larger window";
    }
}

/// <summary>A source of a prepared text: a lead and items, of which the first ones may stand without the others.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Scope">For whom it holds.</param>
/// <param name="Items">Whole items, each with what separates it from the one before.</param>
/// <param name="Priority">See <see cref="PromptNeed"/>.</param>
internal sealed record PromptPiece(string Name, PromptScope Scope, IReadOnlyList<string> Items, int Priority)
{
    /// <summary>Stands before the items, where there are any.</summary>
    public string Lead { get; init; } = "";

    /// <summary>Stands after them.</summary>
    public string End { get; init; } = "";

    /// <summary>What is said where items stay out, instead of <see cref="End"/>.</summary>
    public Func<int, string>? EndWithout { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>What whoever runs the room can make shorter; empty where it is none of theirs.</summary>
    public string Called { get; init; } = "";

    /// <summary>The most tokens it may take.</summary>
    public int Most { get; init; } = int.MaxValue;

    public bool CanBeShortened => Called.Length > 0;

    public PromptNeed NeedBy(ITokenCounter tokens)
    {
        if (Items.Count == 0)
        {
            return new(0, 0, Priority);
        }

        var floor = tokens.Count(Text(1));
        var need = Math.Max(floor, Items.Count == 1 ? floor : tokens.Count(Text(Items.Count)));
        return new(floor, Math.Max(floor, Math.Min(need, Most)), Priority, IsRequired);
    }

    /// <summary>As many items as fit.</summary>
    public (string Text, int Tokens, int LeftOut) Within(int granted, ITokenCounter tokens)
    {
        var (fits, beyond) = (0, Items.Count + 1);
        while (beyond - fits > 1)
        {
            var count = fits + (beyond - fits) / 2;
            (fits, beyond) = tokens.Count(Text(count)) <= granted ? (count, beyond) : (fits, count);
        }

        var text = fits == 0 ? "" : Text(fits);
        return (text, tokens.Count(text), Items.Count - fits);
    }

    private string Text(int count) =>
        string.Concat(Lead, string.Concat(Items.Take(count)), count < Items.Count && EndWithout is not null ? EndWithout(Items.Count - count) : End);
}
