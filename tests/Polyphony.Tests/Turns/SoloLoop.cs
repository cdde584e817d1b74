using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Testing;
using Polyphony.Turns;

namespace Polyphony.Tests.Turns;

/// <summary>One persona, one scripted conversation, one loop: the real loop and pipeline between the doubles.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer or a link holds nothing to release.")]
internal sealed class SoloLoop(
    ScriptedConversation conversation,
    IChatClient client,
    IDecisionProtocol? protocol = null,
    TimeProvider? time = null,
    Action<Offer>? ended = null)
{
    private readonly CancellationTokenSource _stop = new();

    public ScriptedConversation Conversation { get; } = conversation;

    public TurnLog Log { get; } = new(ended);

    public CancellationToken TestEnds => TestContext.Current.CancellationToken;

    /// <summary>Primes and serves to the end of the conversation.</summary>
    public static async Task<SoloLoop> ServedAsync(ScriptedConversation conversation, IChatClient client, IDecisionProtocol? protocol = null)
    {
        var solo = new SoloLoop(conversation, client, protocol);
        await conversation.PrimeAsync(solo.TestEnds);
        await solo.ServeAsync();
        return solo;
    }

    /// <summary>Serves without priming first; ends with the conversation, with <see cref="StopAsync"/>, or with the test.</summary>
    public Task ServeAsync()
    {
        var card = Cast.Card();
        var persona = new HostedPersona(card, Cast.Profile(card, protocol), client, Conversation);
        return new PersonaLoop(persona, new(), Log, time ?? TimeProvider.System).ServeAsync(_stop.Token).WaitAsync(TestEnds);
    }

    public Task StopAsync() => _stop.CancelAsync();
}
