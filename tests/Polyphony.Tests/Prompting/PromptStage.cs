using System.Text;
using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Memory;
using Polyphony.Personas;
using Polyphony.Prompting;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Tests.Prompting;

/// <summary>A room to take prompts from: three people's worth of cast, and whatever a test lets them say.</summary>
internal static class PromptStage
{
    public static readonly ParticipantId Ada = new("persona:ada"), Bo = new("persona:bo"), Hana = new("human:Hana");

    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly Roster Trio = Roster.Of(
        new Participant(Ada, AuthorKind.Persona, "Ada"), new Participant(Bo, AuthorKind.Persona, "Bo"), new Participant(Hana, AuthorKind.Human, "Hana"));

    public static readonly PersonaCard AdaCard = new("Ada")
    {
        Id = Ada, Description = "Ada keeps bees.", Specialities = ["bees", "honey"], Facts = ["I have twelve hives."], ExampleLines = ["Bees know.", "Ask the queen."],
    };

    public static readonly PersonaCard BoCard = new("Bo") { Id = Bo, Description = "Bo repairs clocks.", Specialities = ["clocks"], Facts = ["I am never late."] };

    public static InferenceProfile Profile(int context = 8_192, PromptLayout layout = PromptLayout.NamePrefixedUserTurns, PersonaCard? card = null, int history = 50, int reply = 256) => new()
    {
        Persona = (card ?? AdaCard).Id, PersonaName = (card ?? AdaCard).Name, Model = "m", ContextTokens = context, ReplyTokens = reply, Protocol = PassWordProtocol.Instance,
        HistoryMessages = history, Layout = layout,
    };

    public static Line Said(ParticipantId author, string text, double afterSeconds = 10, params ParticipantId[] mentions) => new(author, text, afterSeconds, mentions);

    /// <summary>The messages that the lines become, numbered from 1.</summary>
    public static Message[] Messages(params IEnumerable<Line> lines)
    {
        var (messages, at) = (new List<Message>(), Start);
        foreach (var line in lines)
        {
            at += TimeSpan.FromSeconds(line.AfterSeconds);
            var seq = messages.Count + 1;
            messages.Add(new()
            {
                Id = new($"#{seq}"), Seq = seq, Author = line.Author, Kind = line.Author.Value.StartsWith("persona:", StringComparison.Ordinal) ? AuthorKind.Persona : AuthorKind.Human,
                Text = line.Text, At = at, Mentions = line.Mentions,
            });
        }

        return [.. messages];
    }

    public static Offer OfferOf(Message[] messages, ParticipantId? persona = null, long? first = null, long? last = null, Roster? roster = null, string doctrine = "", bool voice = false) => new()
    {
        Room = new("r"), Turn = new(1), Attempt = 1, Persona = persona ?? Ada, First = first ?? last ?? messages.Length, Last = last ?? messages.Length,
        Transcript = TranscriptView.Of(messages), Roster = roster ?? Trio, Doctrine = doctrine, Voice = voice, Timeout = TimeSpan.FromMinutes(1),
    };

    public static PromptSources Sources(Offer offer, InferenceProfile? profile = null, PersonaCard? card = null) => new(card ?? AdaCard, profile ?? Profile(card: card), offer);

    public static PromptPlan Plan(PromptSources sources, PromptRoom? room = null, PersonaPrompt? own = null)
    {
        var plan = (room ?? new([AdaCard, BoCard])).Compose(sources, own ?? new(), out var shortage);
        shortage.ShouldBeNull();
        return plan.ShouldNotBeNull();
    }

    public static ChatMessage[] Prompt(PromptSources sources, PromptRoom? room = null, PersonaPrompt? own = null) => PromptAssembly.Assemble(Plan(sources, room, own));

    public static Engram Remembered(long id, ParticipantId author, string text, long seq) => new()
    {
        Id = new(id), Owner = Ada, Kind = EngramKind.Episodic, Origin = new EngramOrigin.Said(new($"#{seq}"), author, seq), Content = text, Trust = EngramTrust.Person, At = Start,
    };

    /// <summary>A prompt as one text, each message with its role.</summary>
    public static string Text(IEnumerable<ChatMessage> prompt)
    {
        var text = new StringBuilder();
        foreach (var message in prompt)
        {
            text.Append("--- ").Append(message.Role.Value).Append('\n').Append(message.Text.TrimEnd('\n')).Append('\n');
        }

        return text.ToString();
    }

    internal sealed record Line(ParticipantId Author, string Text, double AfterSeconds, IReadOnlyList<ParticipantId> Mentions);
}
