using Microsoft.Extensions.AI;

namespace Polyphony.Prompting;

/// <summary>For whom a piece of a prompt holds: the wider its scope, the more turns share it unchanged.</summary>
public enum PromptScope
{
    /// <summary>Every room: the rules of the place and the way to answer.</summary>
    Substrate,

    /// <summary>One room: its doctrine, who is there.</summary>
    Room,

    /// <summary>One room's messages.</summary>
    Transcript,

    /// <summary>One persona: who it is, what it remembers.</summary>
    Persona,

    /// <summary>One turn.</summary>
    Turn,
}

/// <summary>A piece of a prompt, as it stands there.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Scope">For whom it holds.</param>
/// <param name="Text">Its text; empty where it is messages.</param>
/// <param name="Tokens">What it costs, with what the chat template puts around it.</param>
public sealed record PromptBlock(string Name, PromptScope Scope, string Text, int Tokens)
{
    /// <summary>The chat messages it is made of; empty where it is text.</summary>
    public IReadOnlyList<ChatMessage> Messages { get; init; } = [];
}
