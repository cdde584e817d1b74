using Polyphony.Memory;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Tests.Memory;

/// <summary>A conversation that is handed to a memory.</summary>
internal sealed class MemoryTranscript
{
    public static readonly ParticipantId Ada = new("persona:ada");
    public static readonly ParticipantId Bo = new("persona:bo");
    public static readonly RoomId Room = new("kitchen");

    private readonly List<Message> _said = [];

    public IReadOnlyList<Message> Said => _said;

    public DateTimeOffset Now { get; set; } = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    public TranscriptView View => TranscriptView.Of([.. _said]);

    public MemoryTranscript Say(string text, ParticipantId? author = null)
    {
        _said.Add(new()
        {
            Id = new($"#{_said.Count + 1}"),
            Seq = _said.Count + 1,
            Author = author ?? Post.HumanId("Hana"),
            Kind = author is null ? AuthorKind.Human : AuthorKind.Persona,
            Text = text,
            At = Now,
        });
        return this;
    }

    public Offer OfferTo(ParticipantId persona) => new()
    {
        Room = Room, Turn = new(1), Attempt = 1, Persona = persona, First = View.LastSeq, Last = View.LastSeq,
        Transcript = View, Roster = Roster.Empty, Timeout = TimeSpan.FromSeconds(1),
    };

    public async Task SettleAsync(RoomMemory memory)
    {
        memory.Hand(View, Roster.Empty);
        await memory.WhenSettledAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Opens a memory for Ada and Bo.</summary>
    public static async Task<RoomMemory> OpenAsync(MemoryOptions options)
    {
        var memory = await RoomMemory.OpenAsync(Room, options, cancellationToken: TestContext.Current.CancellationToken);
        memory.Add(Ada, "Ada");
        memory.Add(Bo, "Bo");
        return memory;
    }
}
