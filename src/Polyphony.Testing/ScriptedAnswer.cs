using Microsoft.Extensions.AI;
using Polyphony.Inference.Protocols;
using Polyphony.Turns;

namespace Polyphony.Testing;

/// <summary>What a <see cref="ScriptedChatClient"/> does with one call: what it writes, how long that takes, and how it ends.</summary>
/// <remarks>A call goes through it in this order: the gate, the time to the first token, the chunks, the rest of the duration, the failure.</remarks>
public sealed record ScriptedAnswer
{
    private static readonly Task Never = new TaskCompletionSource().Task;

    private ScriptedAnswer(IReadOnlyList<string> chunks) => Chunks = chunks;

    /// <summary>What it writes, piece by piece as it arrives.</summary>
    public IReadOnlyList<string> Chunks { get; private init; }

    /// <summary>What comes in one piece before the chunks: tool calls, reasoning. Default: none.</summary>
    public IReadOnlyList<AIContent> Contents { get; init; } = [];

    /// <summary>Why it says that it stopped; null, the default, where it does not say.</summary>
    public ChatFinishReason? FinishReason { get; init; }

    /// <summary>From the call to the first chunk. Default: none.</summary>
    public TimeSpan TimeToFirstToken { get; init; }

    /// <summary>From the call to its end; the chunks arrive evenly between the first and the end. What is shorter than <see cref="TimeToFirstToken"/> counts as that.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What the call throws after its chunks; null, the default, for an answer that ends well.</summary>
    public Exception? Failure { get; init; }

    /// <summary>What the call waits for before anything else: the test's own task, for an answer that comes when the test says so.</summary>
    public Task? Gate { get; init; }

    /// <summary>Whether it is deaf to its cancellation token. Default: false.</summary>
    public bool IgnoresCancellation { get; init; }

    /// <summary>An answer of these words, in as many chunks as there are.</summary>
    public static ScriptedAnswer Text(params IReadOnlyList<string> chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        return new(chunks);
    }

    /// <summary>To say <paramref name="words"/>, as the protocol writes it.</summary>
    public static ScriptedAnswer Speak(string words, IDecisionProtocol protocol) => Of(new Decision.Speak(words), protocol);

    /// <summary>To be silent, as the protocol writes it.</summary>
    public static ScriptedAnswer Pass(string reason, IDecisionProtocol protocol) => Of(new Decision.Pass(reason), protocol);

    /// <summary>A decision, as the protocol writes it.</summary>
    /// <exception cref="ArgumentException">The protocol cannot say that.</exception>
    public static ScriptedAnswer Of(Decision decision, IDecisionProtocol protocol) => protocol is ToolVerbProtocol
        ? new([]) { Contents = [DecisionText.Call(decision)], FinishReason = ChatFinishReason.ToolCalls }
        : new([DecisionText.Write(decision, protocol)]);

    /// <summary>A call of tools, whatever they are.</summary>
    public static ScriptedAnswer Calls(params IReadOnlyList<FunctionCallContent> calls)
    {
        ArgumentNullException.ThrowIfNull(calls);
        return new([]) { Contents = [.. calls], FinishReason = ChatFinishReason.ToolCalls };
    }

    /// <summary>A call that throws before it writes anything.</summary>
    public static ScriptedAnswer Fails(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return new([]) { Failure = failure };
    }

    /// <summary>A call that throws an <see cref="InvalidOperationException"/> before it writes anything.</summary>
    public static ScriptedAnswer Fails(string reason) => Fails(new InvalidOperationException(reason));

    /// <summary>A call that comes to no end until its token is cancelled.</summary>
    public static ScriptedAnswer Hangs() => new([]) { Gate = Never };

    /// <summary>A call that comes to no end at all, whatever its token says.</summary>
    public static ScriptedAnswer HangsForEver() => new([]) { Gate = Never, IgnoresCancellation = true };

    /// <summary>The same words in <paramref name="count"/> chunks of about equal length; no chunk is empty, so short words make fewer.</summary>
    public ScriptedAnswer InChunks(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var words = string.Concat(Chunks);
        var chunks = new List<string>(count);
        for (var i = 0; i < count; i++)
        {
            var (from, to) = ((int)((long)words.Length * i / count), (int)((long)words.Length * (i + 1) / count));
            if (to > from)
            {
                chunks.Add(words[from..to]);
            }
        }

        return this with { Chunks = chunks };
    }
}
