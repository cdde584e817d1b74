using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Testing;
using Polyphony.Turns;

namespace Polyphony.Tests.Turns;

/// <summary>One persona, one scripted conversation, one loop: the real loop and pipeline between the doubles.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer or a link holds nothing to release; the guard ends with the process.")]
internal sealed class SoloLoop(
    ScriptedConversation conversation,
    IChatClient client,
    IDecisionProtocol? protocol = null,
    TimeProvider? time = null,
    Action<Offer>? ended = null,
    TurnPipeline? pipeline = null)
{
    // Asserts nothing about time: it turns a test that would hang into one that fails.
    private static readonly TimeSpan HangGuard = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();

    public ScriptedConversation Conversation { get; } = conversation;

    public TurnLog Log { get; } = new(ended);

    /// <summary>The test's own token, guarded against a hang.</summary>
    public CancellationToken TestEnds { get; } = Guarded();

    /// <summary>Primes and serves to the end of the conversation.</summary>
    public static async Task<SoloLoop> ServedAsync(
        ScriptedConversation conversation, IChatClient client, IDecisionProtocol? protocol = null, TimeProvider? time = null, TurnPipeline? pipeline = null)
    {
        var solo = new SoloLoop(conversation, client, protocol, time, pipeline: pipeline);
        await conversation.PrimeAsync(solo.TestEnds);
        await solo.ServeAsync();
        return solo;
    }

    /// <summary>Serves without priming first; ends with the conversation, with <see cref="StopAsync"/>, or with the test.</summary>
    public Task ServeAsync()
    {
        var card = Cast.Card();
        var persona = new HostedPersona(card, Cast.Profile(card, protocol), client, Conversation);
        return new PersonaLoop(persona, pipeline ?? new(), Log, time ?? TimeProvider.System).ServeAsync(_stop.Token).WaitAsync(TestEnds);
    }

    public Task StopAsync() => _stop.CancelAsync();

    private static CancellationToken Guarded()
    {
        var guarded = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guarded.CancelAfter(HangGuard);
        return guarded.Token;
    }
}
