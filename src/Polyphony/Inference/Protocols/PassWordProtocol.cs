using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Polyphony.Turns;

namespace Polyphony.Inference.Protocols;

/// <summary>
/// Plain text, and the reserved word PASS for silence: alone, in front of a reason ("PASS: nothing new"), behind one, or narrated ("I'll pass my turn"). A model that wraps its decision
/// in the JSON of <see cref="JsonDecisionProtocol"/> though asked for words is understood too; other JSON in the place of words is no decision.
/// </summary>
public sealed class PassWordProtocol : IDecisionProtocol
{
    /// <summary>The only value.</summary>
    public static PassWordProtocol Instance { get; } = new();

    /// <inheritdoc/>
    public string Name => "pass";

    /// <inheritdoc/>
    public string Contract =>
        "Reply with your own words only: no name in front, no quotation marks, no stage directions. "
        + "If somebody asks you something, answer it. If you have nothing to add, reply with the single word PASS; silence is a good answer.";

    /// <inheritdoc/>
    public ChatResponseFormat? ResponseFormat => null;

    /// <summary>Nothing: plain text is what a model writes unasked.</summary>
    public void Ask(ChatOptions options) => ArgumentNullException.ThrowIfNull(options);

    /// <inheritdoc/>
    public bool TryRead(in ModelAnswer answer, [NotNullWhen(true)] out Decision? decision, [NotNullWhen(false)] out string? whyNot)
    {
        decision = null;
        whyNot = answer.Flaw(mayCallTools: false);
        if (whyNot is not null)
        {
            return false;
        }

        var text = answer.Text.Trim();
        if (text.Length == 0)
        {
            whyNot = "the reply is empty: write what you want to say, or the single word PASS";
            return false;
        }

        if (PassWord.IsIn(text, answer.Persona, out var reason))
        {
            decision = new Decision.Pass(PassReason.Of(reason));
            return true;
        }

        return DataShape.IsIn(text) ? ReadData(text, out decision, out whyNot) : Says(text, out decision);
    }

    /// <inheritdoc/>
    public string DraftOf(string answerSoFar)
    {
        ArgumentNullException.ThrowIfNull(answerSoFar);
        var text = ReasoningText.VisibleSoFar(answerSoFar).TrimStart();
        return PassWord.MayBegin(text) || text.StartsWith('{') || text.StartsWith("```", StringComparison.Ordinal) || text.StartsWith("[{", StringComparison.Ordinal)
            || PassWord.IsIn(text.TrimEnd(), "", out _)
            ? ""
            : text;
    }

    private static bool Says(string text, out Decision decision)
    {
        decision = new Decision.Speak(text);
        return true;
    }

    private static bool ReadData(string text, [NotNullWhen(true)] out Decision? decision, [NotNullWhen(false)] out string? whyNot)
    {
        if (JsonDecisionProtocol.TryRead(text, out decision, out whyNot))
        {
            return true;
        }

        whyNot = $"the reply is JSON where words were asked for ({whyNot}): write what you want to say, or the single word PASS";
        return false;
    }
}
