using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Testing;

namespace Polyphony.Tests.Turns;

/// <summary>Personas to put on stage: cards, profiles, plans and conversations with nothing in them that a test does not ask for.</summary>
internal static class Cast
{
    public const string Model = "heuristic-test";

    public static Participant Bo { get; } = new(Post.HumanId("Bo"), AuthorKind.Human, "Bo");

    public static PersonaCard Card(string name = "Mira") => new(name);

    public static InferenceProfile Profile(PersonaCard card, IDecisionProtocol? protocol = null, string model = Model) => new()
    {
        Persona = card.Id,
        PersonaName = card.Name,
        Model = model,
        ContextTokens = 8_192,
        ReplyTokens = 512,
        Protocol = protocol ?? PassWordProtocol.Instance,
        HistoryMessages = 10,
    };

    public static PersonaPlan Plan(string name, IDecisionProtocol? protocol = null, string model = Model) =>
        new(Card(name), new ProfileResult.Built(Profile(Card(name), protocol, model)));

    public static PersonaPlan PlanWithoutProfile(string name) =>
        new(Card(name), new ProfileResult.Refused(new ProfileError.UnknownModel("nonesuch", [Model])));

    public static ScriptedConversation Conversation(string name = "Mira") => new(Card(name).Id, name);
}
