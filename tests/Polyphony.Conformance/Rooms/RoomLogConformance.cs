using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Conformance.Rooms;

/// <summary>What every room log keeps. A log passes this suite, or it is none.</summary>
public abstract class RoomLogConformance
{
    private static readonly RoomId Lobby = new("lobby");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Opens the log of this test: empty at first, and as it was left after that.</summary>
    protected abstract ValueTask<IRoomLog> OpenAsync();

    [Fact]
    public async Task A_room_that_was_never_written_reads_as_nothing()
    {
        await using var log = await OpenAsync();

        (await ReadAsync(log, Lobby)).ShouldBeEmpty();

        await log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]);
        (await ReadAsync(log, new("lobby2"))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Appends_read_back_in_their_order_and_as_wholes()
    {
        await using var log = await OpenAsync();
        int[] sizes = [1, 3, 1, 7, 2, 40];
        var written = Appends(sizes);

        foreach (var append in written)
        {
            await log.AppendAsync(Lobby, append);
        }

        ShouldBeSame(await ReadAsync(log, Lobby), written);
    }

    [Fact]
    public async Task Every_kind_of_event_and_outcome_reads_back_as_it_was_given()
    {
        await using var log = await OpenAsync();

        foreach (var text in RoomEventSamples.Texts)
        {
            RoomEvent[] events = text.Length < 100 ? [.. RoomEventSamples.Every(text)] : [RoomEventSamples.Said(1, text: text)];
            var room = new RoomId(text.Length < 100 ? $"said: {text}" : $"said: {text.Length} characters");
            await log.AppendAsync(room, events);
            ShouldBeSame(await ReadAsync(log, room), [events]);
        }
    }

    [Fact]
    public void The_samples_hold_every_kind_that_is_declared()
    {
        var events = RoomEventSamples.EveryKind;

        events.Select(e => e.GetType()).Distinct().ShouldBe(RoomEventSamples.DeclaredKinds<RoomEvent>(), ignoreOrder: true);
        events.OfType<TurnClosed>().Select(e => e.Outcome.GetType()).Distinct()
            .ShouldBe(RoomEventSamples.DeclaredKinds<TurnOutcome>(), ignoreOrder: true);
    }

    [Fact]
    public async Task The_events_may_be_changed_once_the_call_has_returned()
    {
        await using var log = await OpenAsync();
        List<RoomEvent> events = [RoomEventSamples.Said(1)];

        var append = log.AppendAsync(Lobby, events);
        events.Clear();
        await append;

        ShouldBeSame(await ReadAsync(log, Lobby), [[RoomEventSamples.Said(1)]]);
    }

    [Fact]
    public async Task Rooms_do_not_mix_whatever_their_names_are()
    {
        await using var log = await OpenAsync();
        string[] names =
        [
            "lobby", "Lobby", "lobby ", " lobby", "lobby\0", "lobby\0x", "löbby", "lo\u0308bby", "\uD800", "\uD801", "\uDC00", "\uFFFD", "😀", "';--", "%",
        ];

        foreach (var name in names.Concat(names))
        {
            await log.AppendAsync(new(name), [RoomEventSamples.Said(1, name)]);
        }

        foreach (var name in names)
        {
            ShouldBeSame(await ReadAsync(log, new(name)), [[RoomEventSamples.Said(1, name)], [RoomEventSamples.Said(1, name)]]);
        }
    }

    [Fact]
    public async Task Many_appends_that_nobody_waits_for_stay_in_order()
    {
        await using var log = await OpenAsync();
        var written = Appends([.. Enumerable.Repeat(1, 10_000)]);

        var appends = written.Select(append => log.AppendAsync(Lobby, append).AsTask()).ToArray();
        await Task.WhenAll(appends);

        ShouldBeSame(await ReadAsync(log, Lobby), written);
    }

    [Fact]
    public async Task An_append_is_read_even_where_nobody_has_waited_for_it()
    {
        await using var log = await OpenAsync();

        var append = log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]);
        (await ReadAsync(log, Lobby)).Count.ShouldBe(1);

        await append;
    }

    [Fact]
    public async Task Many_rooms_append_at_once_and_each_keeps_its_order()
    {
        await using var log = await OpenAsync();
        var rooms = Enumerable.Range(0, 64).Select(i => new RoomId($"room {i}")).ToArray();
        var written = Appends([.. Enumerable.Range(0, 200).Select(i => 1 + (i % 3))]);

        await Task.WhenAll(rooms.Select(room => Task.Run(
            async () =>
            {
                var waiting = new Queue<Task>();
                foreach (var append in written)
                {
                    waiting.Enqueue(log.AppendAsync(room, append).AsTask());
                    while (waiting.Count > append.Length)
                    {
                        await waiting.Dequeue();
                    }
                }

                await Task.WhenAll(waiting);
            },
            Cancelled)));

        foreach (var room in rooms)
        {
            ShouldBeSame(await ReadAsync(log, room), written);
        }
    }

    [Fact]
    public async Task A_log_that_is_opened_again_goes_on_where_it_stopped()
    {
        var written = Appends([1, 2, 3, 4]);

        foreach (var append in written)
        {
            await using var log = await OpenAsync();
            await log.AppendAsync(Lobby, append);
            await log.AppendAsync(new("elsewhere"), append);
        }

        await using var again = await OpenAsync();
        ShouldBeSame(await ReadAsync(again, Lobby), written);
        ShouldBeSame(await ReadAsync(again, new("elsewhere")), written);
    }

    [Fact]
    public async Task Reading_ends_when_it_is_cancelled()
    {
        await using var log = await OpenAsync();
        await log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]);
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var events in log.ReadAsync(Lobby, cancellation.Token))
            {
                events.ShouldBeNull();
            }
        });
    }

    [Fact]
    public async Task A_room_over_the_log_is_the_fold_of_it_and_goes_on_after_a_restart()
    {
        var time = new FakeTimeProvider(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var persona = new ParticipantId("zdenka");
        string before;
        await using (var log = await OpenAsync())
        {
            await using var room = await Room.OpenAsync(Lobby, new() { Floor = "everyone" }, log, time, cancellationToken: Cancelled);
            var seat = room.SeatFor(persona, "Zdenka");
            await seat.PrimeAsync(Cancelled);
            await room.PostAsync(Post.ByHuman("Ada", "hello \uD83D half") with { Id = new("a1") }, Cancelled);
            await AnswerAsync(seat, "hello Ada");
            await room.PostAsync(Post.ByHuman("Ada", "and again"), Cancelled);
            (await seat.NextAsync(Cancelled)).ShouldBeOfType<Offer>().Last.ShouldBe(3);
            before = await room.LookAsync(Describe);

            before.ShouldBe(Describe(await FoldAsync(log)));
        }

        await using (var log = await OpenAsync())
        {
            var stored = await FoldAsync(log);
            Transcript(stored).ShouldBe(["a1 Ada: hello \uD83D half", "#2 zdenka: hello Ada", "#3 Ada: and again"]);
            await using var room = await Room.OpenAsync(Lobby, new() { Floor = "everyone" }, log, time, cancellationToken: Cancelled);
            var seat = room.SeatFor(persona, "Zdenka");
            await seat.PrimeAsync(Cancelled);
            (await room.PostAsync(Post.ByHuman("Ada", "hello \uD83D half") with { Id = new("a1") }, Cancelled))
                .ShouldBeOfType<Receipt.AlreadyPosted>();
            await AnswerAsync(seat, "again, yes");
            await room.PostAsync(Post.ByHuman("Ada", "good"), Cancelled);
            await AnswerAsync(seat, "bye");
            await room.WhenQuietAsync(Cancelled);

            var state = await room.LookAsync(Describe);
            state.ShouldBe(Describe(await FoldAsync(log)));
            (await room.LookAsync(Transcript)).ShouldBe(
            [
                "a1 Ada: hello \uD83D half", "#2 zdenka: hello Ada", "#3 Ada: and again", "#4 zdenka: again, yes", "#5 Ada: good", "#6 zdenka: bye",
            ]);
        }
    }

    private static async Task AnswerAsync(IConversation seat, string text)
    {
        var offer = (await seat.NextAsync(Cancelled)).ShouldBeOfType<Offer>();
        (await seat.CompleteAsync(TurnResult.Of(offer, TurnOutcome.Spoke.Instance, text), Cancelled)).ShouldBeOfType<Receipt.Accepted>();
    }

    private static async Task<RoomState> FoldAsync(IRoomLog log)
    {
        var state = new RoomState();
        foreach (var e in (await ReadAsync(log, Lobby)).SelectMany(append => append))
        {
            state.Apply(e);
        }

        return state;
    }

    private static string[] Transcript(RoomState state) =>
    [
        .. Enumerable.Range(1, (int)state.Messages).Select(seq => state.Transcript[seq])
            .Select(message => $"{message.Id} {message.Author.Value.Replace("human:", "", StringComparison.Ordinal)}: {message.Text}"),
    ];

    private static string Describe(RoomState state) => string.Join('\n',
    [
        string.Create(
            CultureInfo.InvariantCulture,
            $"{state.Id} {state.Rules} {state.Events} {state.OpenTurns} {state.LastTurn} {state.PersonaTurnsSinceHuman}"),
        .. state.Roster.Participants.Select(participant => participant.ToString()).Order(StringComparer.Ordinal),
        .. state.Seats.Select(seat =>
            $"{seat.Persona} {seat.Order} {seat.Present} {seat.JoinedAt} {seat.Cursor} {seat.LastSpoke} {seat.Open} {seat.Reoffer} {seat.LastClosed} "
            + $"{seat.Counts.Offers} {seat.Counts.Closed} {seat.Own} {seat.Settled}"),
        .. Transcript(state),
    ]);

    private static async Task<List<IReadOnlyList<RoomEvent>>> ReadAsync(IRoomLog log, RoomId room)
    {
        var appends = new List<IReadOnlyList<RoomEvent>>();
        await foreach (var events in log.ReadAsync(room, Cancelled))
        {
            appends.Add(events);
        }

        return appends;
    }

    private static RoomEvent[][] Appends(int[] sizes)
    {
        var number = 0;
        return [.. sizes.Select(size => Enumerable.Range(0, size).Select(_ => RoomEventSamples.Said(++number)).ToArray())];
    }

    private static void ShouldBeSame(IReadOnlyList<IReadOnlyList<RoomEvent>> read, IReadOnlyList<IReadOnlyList<RoomEvent>> written)
    {
        read.Count.ShouldBe(written.Count);
        for (var i = 0; i < read.Count; i++)
        {
            RoomEventSamples.ShouldBeSame(read[i], written[i]);
        }
    }
}
