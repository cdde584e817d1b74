using Microsoft.Extensions.AI;

namespace Polyphony.Turns;

/// <summary>What a model answered to one call, as a decision protocol reads it: the words that are meant to be seen, and what is known about the rest.</summary>
public readonly struct ModelAnswer
{
    private const int ShownLength = 4_000;
    private const int ShownCalls = 4;
    private const int ShownName = 60;

    private readonly string? _text;
    private readonly IReadOnlyList<FunctionCallContent>? _toolCalls;

    /// <summary>Whose answer it is, by name: a protocol may have to look behind the persona's own label. Empty where nobody says.</summary>
    public string Persona { get => field ?? ""; init; }

    /// <summary>What the model wrote, without its reasoning; not trimmed otherwise.</summary>
    public string Text { get => _text ?? ""; init => _text = value; }

    /// <summary>The tools it called, in its order.</summary>
    public IReadOnlyList<FunctionCallContent> ToolCalls { get => _toolCalls ?? []; init => _toolCalls = value; }

    /// <summary>Why it stopped, as the model's server says; null where it does not.</summary>
    public ChatFinishReason? FinishReason { get; init; }

    /// <summary>How many reasoning blocks it wrote; a block that has no end counts.</summary>
    public int ReasoningBlocks { get; init; }

    /// <summary>How many characters of reasoning it wrote.</summary>
    public int ReasoningLength { get; init; }

    /// <summary>An answer of these words; reasoning in them is taken out.</summary>
    /// <param name="written">What the model wrote.</param>
    /// <param name="persona">Whose answer it is.</param>
    public static ModelAnswer Of(string written, string persona = "")
    {
        ArgumentNullException.ThrowIfNull(written);
        var reasoning = ReasoningText.Split(written);
        return new() { Persona = persona, Text = reasoning.Visible, ReasoningBlocks = reasoning.Blocks, ReasoningLength = reasoning.Length };
    }

    /// <summary>
    /// What makes the answer unusable whatever the protocol: it is not whole, it is nothing but reasoning, or it calls tools where there are none. In words that the model
    /// can use to mend it; null where there is no such flaw.
    /// </summary>
    internal string? Flaw(bool mayCallTools)
    {
        if (FinishReason == ChatFinishReason.Length)
        {
            return "it was cut off at the length limit, so nobody can tell its end: answer again in fewer words";
        }

        if (FinishReason == ChatFinishReason.ContentFilter)
        {
            return "it was cut off by the server's content filter: answer in other words";
        }

        if (!mayCallTools && ToolCalls.Count > 0)
        {
            return $"it calls the tool '{OneLine(ToolCalls[0].Name)}', and there are no tools here: answer in words";
        }

        return ReasoningBlocks > 0 && ToolCalls.Count == 0 && string.IsNullOrWhiteSpace(Text)
            ? "it is nothing but reasoning: write the answer itself, outside of it"
            : null;
    }

    /// <summary>The answer as the model is shown it when it is asked to mend it.</summary>
    internal string Shown()
    {
        var shown = Text.Length <= ShownLength ? Text : $"{Text[..ShownLength]}…";
        if (ToolCalls.Count > 0)
        {
            shown += $"(called {string.Join(", ", ToolCalls.Take(ShownCalls).Select(static call => OneLine(call.Name)))})";
        }

        return shown.Length == 0 ? "(nothing)" : shown;
    }

    internal static string OneLine(string name) => (name.Length <= ShownName ? name : $"{name[..ShownName]}…").ReplaceLineEndings(" ");
}
