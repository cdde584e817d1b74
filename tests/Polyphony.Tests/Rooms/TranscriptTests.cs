using Polyphony.Rooms;

namespace Polyphony.Tests.Rooms;

public sealed class TranscriptTests
{
    [Fact]
    public void An_empty_transcript_holds_nothing()
    {
        var transcript = new Transcript(3);

        (transcript.Count, transcript.FirstSeq, transcript.LastSeq).ShouldBe((0, 1, 0));
        Should.Throw<ArgumentOutOfRangeException>(() => transcript[1]);
        Should.Throw<ArgumentOutOfRangeException>(() => default(TranscriptView)[0]);
        Should.Throw<ArgumentOutOfRangeException>(() => new Transcript(0));
    }

    [Fact]
    public void The_window_moves_and_names_what_leaves_it()
    {
        var transcript = new Transcript(3);
        transcript.Append(Said(1)).ShouldBeNull();
        transcript.Append(Said(2)).ShouldBeNull();
        transcript.Append(Said(3)).ShouldBeNull();

        transcript.Append(Said(4))!.Seq.ShouldBe(1);

        (transcript.Count, transcript.FirstSeq, transcript.LastSeq).ShouldBe((3, 2, 4));
        transcript[2].Seq.ShouldBe(2);
        Should.Throw<ArgumentOutOfRangeException>(() => transcript[1]).Message.ShouldContain("2..4");
        Should.Throw<ArgumentOutOfRangeException>(() => transcript[5]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(-1)]
    public void A_gap_or_a_repetition_is_refused(long seq) => Should.Throw<InvalidOperationException>(() => new Transcript(3).Append(Said(seq)));

    [Fact]
    public void A_view_stays_as_it_was_while_the_transcript_goes_on()
    {
        var transcript = new Transcript(7);
        var views = new List<TranscriptView>();
        for (var seq = 1; seq <= 500; seq++)
        {
            transcript.Append(Said(seq));
            views.Add(transcript.View());
        }

        for (var at = 1; at <= views.Count; at++)
        {
            var view = views[at - 1];
            (view.Count, view.LastSeq).ShouldBe((Math.Min(at, 7), at));
            for (var seq = view.FirstSeq; seq <= view.LastSeq; seq++)
            {
                view[seq].Seq.ShouldBe(seq);
            }
        }
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_view_is_read_on_other_threads_while_the_transcript_goes_on()
    {
        var transcript = new Transcript(50);
        transcript.Append(Said(1));
        var view = new Box(transcript.View());
        var done = false;
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!Volatile.Read(ref done))
            {
                var mine = Volatile.Read(ref view).View;
                for (var seq = mine.FirstSeq; seq <= mine.LastSeq; seq++)
                {
                    mine[seq].Seq.ShouldBe(seq);
                }
            }
        })).ToArray();

        for (var seq = 2; seq <= 20_000; seq++)
        {
            transcript.Append(Said(seq));
            Volatile.Write(ref view, new(transcript.View()));
        }

        Volatile.Write(ref done, true);
        await Task.WhenAll(readers).Soon();
    }

    [Fact]
    public void A_view_of_messages_that_no_room_holds_must_have_no_gap()
    {
        TranscriptView.Of([Said(4), Said(5)]).FirstSeq.ShouldBe(4);
        TranscriptView.Of([]).Count.ShouldBe(0);
        Should.Throw<ArgumentException>(() => TranscriptView.Of([Said(4), Said(6)]));
    }

    private static Message Said(long seq) =>
        new() { Id = new($"#{seq}"), Seq = seq, Author = new("human:x"), Kind = AuthorKind.Human, Text = "x", At = DateTimeOffset.UnixEpoch };

    private sealed record Box(TranscriptView View);
}
