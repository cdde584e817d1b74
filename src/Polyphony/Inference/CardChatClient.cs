using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Polyphony.Personas;
using Polyphony.Turns;

namespace Polyphony.Inference;

/// <summary>
/// The embedded default mind as a model: one persona's card answers, by <see cref="CardMind"/>. It looks at the offer in
/// <see cref="PersonaChatOptions"/>, not at the prompt, and replies in the PASS protocol: the words, or <c>PASS: </c> and the reason.
/// </summary>
/// <remarks>Thread-safe. The card is prepared at the first call, so that a persona that is never asked costs nothing.</remarks>
public sealed class CardChatClient : IChatClient
{
    /// <summary>The name of the adapter, the provider and the model.</summary>
    public const string Name = "card";

    private const string PassWord = "PASS";

    private readonly PersonaCard _card;
    private CardIndex? _index;

    /// <param name="card">Whose mind it is.</param>
    public CardChatClient(PersonaCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        _card = card;
    }

    /// <inheritdoc/>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The options carry no offer, or one to another persona.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var decision = CardMind.Decide(_index ??= new(_card), OfferIn(options));
        yield return new(ChatRole.Assistant, Written(decision)) { ModelId = Name, FinishReason = ChatFinishReason.Stop };
        await ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null)
        {
            return null;
        }

        return serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata(Name, defaultModelId: Name)
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private Offer OfferIn(ChatOptions? options)
    {
        if (options is not PersonaChatOptions { Offer: { } offer })
        {
            throw new InvalidOperationException(
                $"the '{Name}' model answers an offer, not a prompt; call it with {nameof(PersonaChatOptions)} whose {nameof(PersonaChatOptions.Offer)} is set");
        }

        return offer.Persona == _card.Id
            ? offer
            : throw new InvalidOperationException($"this client has the card of {_card.Id}, and the offer is to {offer.Persona}; make a client for each card");
    }

    private string Written(Decision decision) => decision switch
    {
        Decision.Speak speak when speak.Text.StartsWith(PassWord, StringComparison.Ordinal) => throw new InvalidOperationException(
            $"a line of {_card.Id} begins with {PassWord}, which would be read as silence; put the line in another way"),
        Decision.Speak speak => speak.Text,
        Decision.Pass pass => $"{PassWord}: {pass.Reason}",
        _ => throw new InvalidOperationException($"{decision.GetType().Name} is not one of the decisions"),
    };
}
