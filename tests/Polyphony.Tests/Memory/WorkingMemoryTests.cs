using Polyphony.Memory;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Tests.Memory;

public sealed class WorkingMemoryTests
{
    private static readonly ParticipantId Ada = new("persona:ada");

    private readonly Transcript _transcript = new(64);
    private readonly WorkingMemory _memory = new();

    [Fact]
    public void What_addresses_the_persona_is_kept_and_the_rest_is_left_to_the_transcript()
    {
        Say("hello all");
        Say("Ada, remember the key", Ada);
        Say("it rains");

        _memory.Admit(Offer(1, 3)).ShouldBe(1);
        _memory.Recall().Select(m => m.Text).ShouldBe(["Ada, remember the key"]);
    }

    [Fact]
    public void A_message_that_is_offered_again_is_not_kept_twice()
    {
        Say("Ada, the key", Ada);
        _memory.Admit(Offer(1, 1));

        _memory.Admit(Offer(1, 1)).ShouldBe(0);
        _memory.Recall().Count.ShouldBe(1);
    }

    [Fact]
    public void Its_own_words_are_no_memory()
    {
        Say("I, Ada, say so", Ada, author: Ada);

        _memory.Admit(Offer(1, 1)).ShouldBe(0);
    }

    [Fact]
    public void The_oldest_gives_way()
    {
        for (var i = 1; i <= WorkingMemory.Capacity + 3; i++)
        {
            Say($"Ada, thing {i}", Ada);
            _memory.Admit(Offer(i, i));
        }

        _memory.Recall().Select(m => m.Text).ShouldBe(Enumerable.Range(4, WorkingMemory.Capacity).Select(i => $"Ada, thing {i}"));
    }

    [Fact]
    public void What_was_recalled_does_not_change_when_more_is_admitted()
    {
        Say("Ada, one", Ada);
        _memory.Admit(Offer(1, 1));
        var recalled = _memory.Recall();
        Say("Ada, two", Ada);
        _memory.Admit(Offer(2, 2));

        recalled.Count.ShouldBe(1);
    }

    private void Say(string text, ParticipantId? mentions = null, ParticipantId? author = null)
    {
        var seq = _transcript.LastSeq + 1;
        _transcript.Append(new()
        {
            Id = new($"m{seq}"),
            Seq = seq,
            Author = author ?? Post.HumanId("Hana"),
            Kind = author is null ? AuthorKind.Human : AuthorKind.Persona,
            Text = text,
            At = DateTimeOffset.UnixEpoch,
            Mentions = mentions is { } whom ? [whom] : [],
        });
    }

    private Offer Offer(long first, long last) => new()
    {
        Room = new("r"), Turn = new(last), Attempt = 1, Persona = Ada, First = first, Last = last,
        Transcript = _transcript.View(), Roster = Roster.Empty, Timeout = TimeSpan.FromSeconds(1),
    };
}
