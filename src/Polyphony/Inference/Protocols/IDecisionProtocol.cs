using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Polyphony.Turns;

namespace Polyphony.Inference.Protocols;

/// <summary>How a model expresses its <see cref="Decision"/>. Declared for a model; stateless and safe on any thread.</summary>
public interface IDecisionProtocol
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>What the prompt tells the model about it.</summary>
    string Contract { get; }

    /// <summary>What the call asks of the model's sampler or server; null for plain text.</summary>
    ChatResponseFormat? ResponseFormat { get; }

    /// <summary>Puts into a call's options all that the protocol asks of it: the response format, a grammar, tools.</summary>
    void Ask(ChatOptions options);

    /// <summary>Reads a whole answer. An answer that was cut off is none, whatever it says.</summary>
    /// <param name="answer">What the model answered.</param>
    /// <param name="decision">What it decided.</param>
    /// <param name="whyNot">Why the answer is none, in words the model can use to mend it.</param>
    bool TryRead(in ModelAnswer answer, [NotNullWhen(true)] out Decision? decision, [NotNullWhen(false)] out string? whyNot);

    /// <summary>What of an unfinished answer is surely speech; empty where nothing is yet.</summary>
    string DraftOf(string answerSoFar);
}
