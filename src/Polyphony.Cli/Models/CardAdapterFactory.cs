using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Personas;
using Polyphony.Rooms;

namespace Polyphony.Cli.Models;

/// <summary>Gives each persona the mind of its own card.</summary>
internal sealed class CardAdapterFactory(IEnumerable<PersonaCard> cards) : IPersonaAdapterFactory
{
    private readonly Dictionary<ParticipantId, PersonaCard> _cards = cards.ToDictionary(card => card.Id);

    public ValueTask<IChatClient> BuildAsync(InferenceProfile profile, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IChatClient>(new CardChatClient(_cards[profile.Persona]));
}
