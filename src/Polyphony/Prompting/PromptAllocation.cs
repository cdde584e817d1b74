namespace Polyphony.Prompting;

/// <summary>What became of a source of the prompt when the budget was dealt out.</summary>
public enum AllocationState
{
    /// <summary>It got all it needs.</summary>
    Satisfied,

    /// <summary>It got its floor or more, and less than it needs.</summary>
    FloorOnly,

    /// <summary>Not even its floor was left, and it is optional: it got nothing.</summary>
    Dropped,

    /// <summary>Not even its floor was left, and it is required: no prompt can be made.</summary>
    UnderProvisioned,
}

/// <summary>A source of the prompt, and what it got.</summary>
/// <param name="Source">Its name.</param>
/// <param name="Tokens">What its items in the prompt cost.</param>
/// <param name="State">What became of it.</param>
/// <param name="LeftOut">How many of its items stayed out; items go in whole or not at all.</param>
/// <param name="Why">Why they stayed out; empty where none did.</param>
public readonly record struct PromptAllocation(string Source, int Tokens, AllocationState State, int LeftOut = 0, string Why = "");
