using Polyphony.Rooms;
using Polyphony.Tests.Turns;

namespace Polyphony.Tests.Testing;

/// <summary>What the core offers to conversations that no room holds.</summary>
public sealed class SeamTests
{
    [Fact]
    public void A_roster_of_participants_numbers_a_taken_name_and_finds_personas_by_name()
    {
        var mira = new Participant(Cast.Card().Id, AuthorKind.Persona, "Mira");
        var other = new Participant(new("persona:mira-2"), AuthorKind.Persona, "Mira");

        var roster = Roster.Of(Cast.Bo, mira, other);

        roster.Count.ShouldBe(3);
        roster.NameOf(other.Id).ShouldBe("Mira (2)");
        roster.FindMentions("Bo, ask Mira").ShouldBe([mira.Id]);
        Should.Throw<InvalidOperationException>(() => Roster.Of(mira, mira with { Kind = AuthorKind.Human }));
    }

    [Fact]
    public void A_view_of_a_part_of_an_array_shows_that_part_and_refuses_a_gap()
    {
        Message[] messages = [.. new long[] { 1, 2, 3, 7 }.Select(Numbered)];

        var view = TranscriptView.Of(messages, 1, 2);

        (view.FirstSeq, view.LastSeq, view.Count, view[3].Text).ShouldBe((2, 3, 2, "m3"));
        Should.Throw<ArgumentException>(() => TranscriptView.Of(messages, 1, 3));
        Should.Throw<ArgumentOutOfRangeException>(() => TranscriptView.Of(messages, 2, 3));
        Should.Throw<ArgumentOutOfRangeException>(() => view[1]);
    }

    private static Message Numbered(long seq) => new()
    {
        Id = new($"m{seq}"), Seq = seq, Author = Cast.Bo.Id, Kind = Cast.Bo.Kind, Text = $"m{seq}", At = DateTimeOffset.UnixEpoch,
    };
}
