using System.Collections.Concurrent;
using System.Diagnostics;
using Polyphony.Rooms;
using Polyphony.Sqlite;
using static Polyphony.Conformance.Rooms.SqliteLogFile;

namespace Polyphony.Conformance.Rooms;

/// <summary>How the SQLite log writes: in groups, in order, within its bounds, and not on its callers.</summary>
public sealed class SqliteRoomLogWriterTests : IDisposable
{
    private readonly SqliteLogFile _file = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _file.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task A_failed_commit_fails_its_whole_group_and_stops_the_log()
    {
        using var writer = new HeldWriter();
        await using (var log = await OpenAsync(new() { Path = _file.Path, MaxBytes = 1 << 20, AppendWaited = writer.Hold }))
        {
            var first = log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]).AsTask();
            writer.AwaitHeld();
            Task[] group =
            [
                log.AppendAsync(Lobby, [RoomEventSamples.Said(2)]).AsTask(),
                log.AppendAsync(new("elsewhere"), [RoomEventSamples.Said(1)]).AsTask(),
                log.AppendAsync(Lobby, [RoomEventSamples.Said(3, text: new('x', 2 << 20))]).AsTask(),
                log.AppendAsync(new("third"), [RoomEventSamples.Said(1)]).AsTask(),
            ];
            var reading = ReadAsync(log, Lobby);
            writer.LetGo();

            await first;
            foreach (var append in group.Append(reading).Append(log.AppendAsync(new("fourth"), [RoomEventSamples.Said(1)]).AsTask()))
            {
                var error = await Should.ThrowAsync<RoomLogException>(append.WaitAsync(TestContext.Current.CancellationToken));
                ShouldSay(error, "stopped", "(MaxBytes); free space or choose another place, then start again");
            }
        }

        await using var again = await _file.OpenAsync();
        (await again.ListRoomsAsync(Cancelled)).ShouldBe([Lobby]);
        (await ReadAsync(again, Lobby)).Count.ShouldBe(1);
        await again.AppendAsync(Lobby, [RoomEventSamples.Said(2)]);
        (await ReadAsync(again, Lobby)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Appends_that_wait_together_become_durable_together()
    {
        // What this catches: a commit for every append, which the target rate does not survive.
        using var writer = new HeldWriter();
        await using var log = await OpenAsync(new() { Path = _file.Path, AppendWaited = writer.Hold });
        var first = log.AppendAsync(Lobby, [RoomEventSamples.Said(0)]).AsTask();
        writer.AwaitHeld();
        var before = new FileInfo(_file.Path + "-wal").Length;
        var appends = Enumerable.Range(1, 200).Select(i => log.AppendAsync(new($"room {i % 50}"), [RoomEventSamples.Said(i)]).AsTask()).ToArray();

        writer.LetGo();
        await Task.WhenAll([first, .. appends]);

        // 200 commits would write at least two pages of 4 KiB each.
        (new FileInfo(_file.Path + "-wal").Length - before).ShouldBeLessThan(200 * 4096);
    }

    [Fact]
    public async Task An_append_beyond_the_queue_limit_holds_its_caller_and_keeps_its_order()
    {
        using var writer = new HeldWriter();
        await using var log = await OpenAsync(new() { Path = _file.Path, QueueLimit = 3, AppendWaited = writer.Hold });
        var appends = new ConcurrentQueue<Task>();
        appends.Enqueue(log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]).AsTask());
        writer.AwaitHeld();
        var poster = new Thread(() =>
        {
            for (var i = 2; i <= 20; i++)
            {
                appends.Enqueue(log.AppendAsync(Lobby, [RoomEventSamples.Said(i)]).AsTask());
            }
        });

        poster.Start();
        SpinWait.SpinUntil(() => appends.Count >= 3 && IsHeld(poster), TimeSpan.FromSeconds(30)).ShouldBeTrue();
        appends.Count.ShouldBe(3);
        poster.IsAlive.ShouldBeTrue();

        writer.LetGo();
        poster.Join(TimeSpan.FromSeconds(30)).ShouldBeTrue();
        await Task.WhenAll(appends);
        Numbers(await ReadAsync(log, Lobby)).ShouldBe(Enumerable.Range(1, 20).Select(i => (long)i));
    }

    [Fact]
    public async Task A_caller_that_is_held_is_let_go_when_the_log_closes()
    {
        using var writer = new HeldWriter();
        var log = await OpenAsync(new() { Path = _file.Path, QueueLimit = 1, AppendWaited = writer.Hold });
        var first = log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]).AsTask();
        writer.AwaitHeld();
        Task? held = null;
        var poster = new Thread(() => held = log.AppendAsync(Lobby, [RoomEventSamples.Said(2)]).AsTask());
        poster.Start();
        SpinWait.SpinUntil(() => IsHeld(poster), TimeSpan.FromSeconds(30)).ShouldBeTrue();

        var closing = log.DisposeAsync();
        poster.Join(TimeSpan.FromSeconds(30)).ShouldBeTrue();
        writer.LetGo();
        await closing;

        await first;
        ShouldSay(await Should.ThrowAsync<RoomLogException>(held!), "is closed");
    }

    [Fact]
    public async Task Closing_writes_what_was_accepted_and_takes_nothing_more()
    {
        using var writer = new HeldWriter();
        var log = await OpenAsync(new() { Path = _file.Path, AppendWaited = writer.Hold });
        var appends = Enumerable.Range(1, 100).Select(i => log.AppendAsync(Lobby, [RoomEventSamples.Said(i)]).AsTask()).ToArray();
        writer.AwaitHeld();
        var closing = log.DisposeAsync();
        var late = log.AppendAsync(Lobby, [RoomEventSamples.Said(101)]).AsTask();
        writer.LetGo();
        await closing;

        await Task.WhenAll(appends);
        ShouldSay(await Should.ThrowAsync<RoomLogException>(late), "is closed");
        await log.DisposeAsync();
        await using var again = await _file.OpenAsync();
        (await ReadAsync(again, Lobby)).Count.ShouldBe(100);
    }

    [Fact]
    public async Task Who_waits_for_an_append_does_not_continue_on_the_writer()
    {
        var writers = new ConcurrentBag<Thread>();
        await using var log = await OpenAsync(new() { Path = _file.Path, AppendWaited = _ => writers.Add(Thread.CurrentThread) });

        for (var i = 0; i < 20; i++)
        {
            await log.AppendAsync(Lobby, [RoomEventSamples.Said(i)]);
            Thread.CurrentThread.IsThreadPoolThread.ShouldBeTrue();
        }

        writers.Count.ShouldBe(20);
        writers.Distinct().ShouldHaveSingleItem().Name.ShouldBe("Polyphony room log");
    }

    [Fact]
    public async Task The_wait_of_every_append_is_told_once()
    {
        var waits = new List<long>();
        await using var log = await OpenAsync(new() { Path = _file.Path, AppendWaited = waits.Add });
        var began = Stopwatch.GetTimestamp();

        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => log.AppendAsync(new($"room {i % 7}"), [RoomEventSamples.Said(i)]).AsTask()));

        var elapsed = Stopwatch.GetTimestamp() - began;
        waits.Count.ShouldBe(500);
        waits.ShouldAllBe(wait => wait > 0 && wait <= elapsed);
    }

    [Fact]
    public async Task A_measure_that_throws_stops_the_log()
    {
        await using var log = await OpenAsync(new() { Path = _file.Path, AppendWaited = _ => throw new InvalidOperationException("no\nspace") });

        ShouldSay(await Should.ThrowAsync<RoomLogException>(log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]).AsTask()), "stopped", "no space");
    }

    [Fact]
    public async Task The_write_ahead_log_stays_bounded()
    {
        const int Append = 100_000;
        long largest = 0;
        await using var log = await OpenAsync(new()
        {
            Path = _file.Path,
            QueueLimit = 16,
            AppendWaited = _ => largest = Math.Max(largest, new FileInfo(_file.Path + "-wal").Length),
        });
        var said = RoomEventSamples.Said(1, text: new('x', Append));

        await Task.WhenAll(Enumerable.Range(0, 600).Select(i => log.AppendAsync(new($"room {i % 5}"), [said]).AsTask()));

        new FileInfo(_file.Path).Length.ShouldBeGreaterThan(40_000_000);
        largest.ShouldBeLessThan(SqliteSetup.WriteAheadBytes + (17 * Append * 2));
    }

    private static bool IsHeld(Thread thread) => (thread.ThreadState & System.Threading.ThreadState.WaitSleepJoin) != 0;

    /// <summary>Holds the log's writer after its first commit, so that what is appended meanwhile waits together.</summary>
    private sealed class HeldWriter : IDisposable
    {
        private readonly ManualResetEventSlim _held = new();
        private readonly ManualResetEventSlim _free = new();

        public void Hold(long _)
        {
            _held.Set();
            _free.Wait(TimeSpan.FromSeconds(30));
        }

        public void AwaitHeld() => _held.Wait(TimeSpan.FromSeconds(30)).ShouldBeTrue();

        public void LetGo() => _free.Set();

        public void Dispose()
        {
            _held.Dispose();
            _free.Dispose();
        }
    }
}
