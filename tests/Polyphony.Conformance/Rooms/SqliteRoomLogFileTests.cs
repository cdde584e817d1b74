using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Polyphony.Rooms;
using Polyphony.Sqlite;

namespace Polyphony.Conformance.Rooms;

/// <summary>What the SQLite log keeps beyond the suite: its file, its bounds, and what it says when something is wrong with them.</summary>
public sealed class SqliteRoomLogFileTests : IDisposable
{
    private static readonly RoomId Lobby = new("lobby");

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Path => _folder.File("rooms.db");

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task A_failed_commit_fails_its_whole_group_and_stops_the_log()
    {
        using var writer = new HeldWriter();
        await using (var log = await OpenAsync(new() { Path = Path, MaxBytes = 1 << 20, AppendWaited = writer.Hold }))
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
                ShouldSay(error, "stopped", "free space or raise MaxBytes");
            }
        }

        await using var again = await OpenAsync(new() { Path = Path });
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
        await using var log = await OpenAsync(new() { Path = Path, AppendWaited = writer.Hold });
        var first = log.AppendAsync(Lobby, [RoomEventSamples.Said(0)]).AsTask();
        writer.AwaitHeld();
        var before = new FileInfo(Path + "-wal").Length;
        var appends = Enumerable.Range(1, 200).Select(i => log.AppendAsync(new($"room {i % 50}"), [RoomEventSamples.Said(i)]).AsTask()).ToArray();

        writer.LetGo();
        await Task.WhenAll([first, .. appends]);

        // 200 commits would write at least two pages of 4 KiB each.
        (new FileInfo(Path + "-wal").Length - before).ShouldBeLessThan(200 * 4096);
    }

    [Fact]
    public async Task An_append_beyond_the_queue_limit_holds_its_caller_and_keeps_its_order()
    {
        using var writer = new HeldWriter();
        await using var log = await OpenAsync(new() { Path = Path, QueueLimit = 3, AppendWaited = writer.Hold });
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
        var log = await OpenAsync(new() { Path = Path, QueueLimit = 1, AppendWaited = writer.Hold });
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
        var log = await OpenAsync(new() { Path = Path, AppendWaited = writer.Hold });
        var appends = Enumerable.Range(1, 100).Select(i => log.AppendAsync(Lobby, [RoomEventSamples.Said(i)]).AsTask()).ToArray();
        writer.AwaitHeld();
        var closing = log.DisposeAsync();
        var late = log.AppendAsync(Lobby, [RoomEventSamples.Said(101)]).AsTask();
        writer.LetGo();
        await closing;

        await Task.WhenAll(appends);
        ShouldSay(await Should.ThrowAsync<RoomLogException>(late), "is closed");
        await log.DisposeAsync();
        await using var again = await OpenAsync(new() { Path = Path });
        (await ReadAsync(again, Lobby)).Count.ShouldBe(100);
    }

    [Fact]
    public async Task Who_waits_for_an_append_does_not_continue_on_the_writer()
    {
        var writers = new ConcurrentBag<Thread>();
        await using var log = await OpenAsync(new() { Path = Path, AppendWaited = _ => writers.Add(Thread.CurrentThread) });

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
        await using var log = await OpenAsync(new() { Path = Path, AppendWaited = waits.Add });
        var began = Stopwatch.GetTimestamp();

        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => log.AppendAsync(new($"room {i % 7}"), [RoomEventSamples.Said(i)]).AsTask()));

        var elapsed = Stopwatch.GetTimestamp() - began;
        waits.Count.ShouldBe(500);
        waits.ShouldAllBe(wait => wait > 0 && wait <= elapsed);
    }

    [Fact]
    public async Task A_measure_that_throws_stops_the_log()
    {
        await using var log = await OpenAsync(new() { Path = Path, AppendWaited = _ => throw new InvalidOperationException("no\nspace") });

        ShouldSay(await Should.ThrowAsync<RoomLogException>(log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]).AsTask()), "stopped", "no space");
    }

    [Fact]
    public async Task A_second_opener_is_refused_until_the_first_has_closed()
    {
        var log = await OpenAsync(new() { Path = Path });
        await log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]);

        await ShouldRefuse("another process has the room log");
        await ShouldRefuse("another process has the room log");
        await log.AppendAsync(Lobby, [RoomEventSamples.Said(2)]);
        await log.DisposeAsync();

        await using var second = await OpenAsync(new() { Path = Path });
        (await ReadAsync(second, Lobby)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_log_that_somebody_reads_with_another_program_is_refused()
    {
        await (await OpenAsync(new() { Path = Path })).DisposeAsync();
        await using (var other = Connect())
        {
            Execute(other, "BEGIN; SELECT * FROM rooms");
            await ShouldRefuse("another process has the room log");
        }

        await (await OpenAsync(new() { Path = Path })).DisposeAsync();
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task The_file_is_synchronised_as_the_options_say(bool powerFailureSafe, long synchronous)
    {
        await using var log = await OpenAsync(new() { Path = Path, PowerFailureSafe = powerFailureSafe });

        (await log.AskAsync("PRAGMA synchronous")).ShouldBe(synchronous);
        await log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]);
        (await ReadAsync(log, Lobby)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_write_ahead_log_stays_bounded()
    {
        const int Append = 100_000;
        long largest = 0;
        await using var log = await OpenAsync(new()
        {
            Path = Path,
            QueueLimit = 16,
            AppendWaited = _ => largest = Math.Max(largest, new FileInfo(Path + "-wal").Length),
        });
        var said = RoomEventSamples.Said(1, text: new('x', Append));

        await Task.WhenAll(Enumerable.Range(0, 600).Select(i => log.AppendAsync(new($"room {i % 5}"), [said]).AsTask()));

        new FileInfo(Path).Length.ShouldBeGreaterThan(40_000_000);
        largest.ShouldBeLessThan(RoomLogFile.WriteAheadBytes + (17 * Append * 2));
    }

    [Fact]
    public async Task A_file_keeps_nothing_beside_it_once_closed()
    {
        await using (var log = await OpenAsync(new() { Path = _folder.File("a/new/folder/rooms.db") }))
        {
            await log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]);
        }

        Directory.GetFiles(_folder.File("a/new/folder")).Select(System.IO.Path.GetFileName).ShouldBe(["rooms.db"]);
    }

    [Fact]
    public async Task What_a_killed_process_left_in_the_write_ahead_log_is_there_again()
    {
        // A copy of the two files while the log is open is what a killed process leaves behind.
        await using var log = await OpenAsync(new() { Path = Path });
        await log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]);
        await log.AppendAsync(Lobby, [RoomEventSamples.Said(2)]);
        var copy = _folder.File("copy.db");
        File.Copy(Path, copy);
        File.Copy(Path + "-wal", copy + "-wal");

        await using var again = await OpenAsync(new() { Path = copy });

        (await ReadAsync(again, Lobby)).Count.ShouldBe(2);
        await again.AppendAsync(Lobby, [RoomEventSamples.Said(3)]);
        Numbers(await ReadAsync(again, Lobby)).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task A_half_written_group_is_not_there_after_a_crash()
    {
        await using var log = await OpenAsync(new() { Path = Path });
        await log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]);
        var before = new FileInfo(Path + "-wal").Length;
        await log.AppendAsync(Lobby, [.. Enumerable.Range(2, 100).Select(i => RoomEventSamples.Said(i))]);
        var wal = Snapshot(Path + "-wal");
        var copy = _folder.File("copy.db");
        for (var cut = before; cut < wal.Length; cut += 1500)
        {
            File.Copy(Path, copy, overwrite: true);
            await File.WriteAllBytesAsync(copy + "-wal", wal[..(int)cut], Cancelled);

            await using var again = await OpenAsync(new() { Path = copy });
            Numbers(await ReadAsync(again, Lobby)).ShouldBe([1]);
        }
    }

    [Theory]
    [InlineData("PRAGMA user_version = 2", "has file version 2", "newer Polyphony")]
    [InlineData("UPDATE meta SET value = 2", "has event version 2", "newer Polyphony")]
    [InlineData("PRAGMA application_id = 5", "is a database of another program", "choose another file")]
    public async Task A_file_of_a_newer_version_or_another_program_is_refused_and_left_as_it_is(string change, string says, string toDo)
    {
        await WriteAsync(2);
        await using (var connection = Connect())
        {
            // With what its writer left in the write-ahead log, as after a crash.
            Execute(connection, "PRAGMA wal_autocheckpoint = 0");
            Execute(connection, change);
            File.Copy(Path, _folder.File("copy.db"));
            File.Copy(Path + "-wal", _folder.File("copy.db-wal"));
        }

        var (file, wal) = (Snapshot(_folder.File("copy.db")), Snapshot(_folder.File("copy.db-wal")));
        wal.ShouldNotBeEmpty();
        var error = await Should.ThrowAsync<RoomLogException>(async () => await OpenAsync(new() { Path = _folder.File("copy.db") }));

        ShouldSay(error, "copy.db'", says, toDo);
        Snapshot(_folder.File("copy.db")).ShouldBe(file);
        Snapshot(_folder.File("copy.db-wal")).ShouldBe(wal);
    }

    [Fact]
    public async Task A_database_of_another_program_is_refused_and_left_as_it_is()
    {
        await using (var connection = Connect())
        {
            Execute(connection, "CREATE TABLE accounts(id INTEGER)");
        }

        await ShouldRefuseUntouched("is a database of another program");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(600)]
    [InlineData(20_000)]
    public async Task A_file_that_is_no_database_is_refused_and_left_as_it_is(int length)
    {
        await File.WriteAllTextAsync(Path, new string('n', length), Cancelled);

        await ShouldRefuseUntouched("is not a room log and was left as it is");
    }

    [Fact]
    public async Task An_empty_file_becomes_a_log()
    {
        await File.WriteAllBytesAsync(Path, [], Cancelled);

        await WriteAsync(1);

        await using var log = await OpenAsync(new() { Path = Path });
        (await ReadAsync(log, Lobby)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_damaged_beginning_is_refused_and_left_as_it_is()
    {
        await WriteAsync(2);
        Overwrite(Path, from: 100, to: 4096);

        await ShouldRefuseUntouched("is damaged; restore it from a backup");
    }

    [Fact]
    public async Task A_file_that_was_cut_off_is_refused_and_left_as_it_is()
    {
        await WriteAsync(100);
        await using (var file = File.OpenWrite(Path))
        {
            file.SetLength(2 * 4096);
        }

        await ShouldRefuseUntouched("is damaged; restore it from a backup");
    }

    [Fact]
    public async Task Damage_in_the_middle_is_told_to_whoever_reads_it()
    {
        await WriteAsync(2000);
        Overwrite(Path, from: 40 * 4096, to: 60 * 4096);

        await using var log = await OpenAsync(new() { Path = Path });
        var error = await Should.ThrowAsync<RoomLogException>(ReadAsync(log, Lobby));

        ShouldSay(error, "room 'lobby'", Path, "damaged", "restore it from a backup");
    }

    [Fact]
    public async Task An_append_that_does_not_decode_is_named()
    {
        await WriteAsync(3);
        await ChangeAsync("UPDATE appends SET events = cast('[{\"event\":\"secret words\"}]' AS BLOB) WHERE n = 2");

        await using var log = await OpenAsync(new() { Path = Path });
        var error = await Should.ThrowAsync<RoomLogException>(ReadAsync(log, Lobby));

        ShouldSay(error, Path, "append 2 of room 'lobby' does not decode", "restore it from a backup");
        error.Message.ShouldNotContain("secret");
        await log.AppendAsync(new("elsewhere"), [RoomEventSamples.Said(1)]);
    }

    [Theory]
    [InlineData("DELETE FROM appends WHERE n = 2", 2)]
    [InlineData("DELETE FROM appends WHERE n = 3", 0)]
    [InlineData("UPDATE appends SET previous = 0 WHERE n = 2", 2)]
    [InlineData("UPDATE appends SET previous = 3 WHERE n = 2", 2)]
    [InlineData("UPDATE appends SET room = 7 WHERE n = 1", 1)]
    [InlineData("UPDATE appends SET n = 9 WHERE n = 2", 2)]
    [InlineData("UPDATE rooms SET last = 77", 0)]
    [InlineData("UPDATE rooms SET last = -1", 0)]
    public async Task An_append_that_is_not_where_it_belongs_is_named(string change, int append)
    {
        await WriteAsync(3);
        await ChangeAsync(change);

        await using var log = await OpenAsync(new() { Path = Path });
        var error = await Should.ThrowAsync<RoomLogException>(ReadAsync(log, Lobby));

        ShouldSay(error, Path, $"append {append} of room 'lobby' is not where it belongs");
    }

    [Fact]
    public async Task An_append_of_a_newer_version_is_named()
    {
        await WriteAsync(3);
        await ChangeAsync("UPDATE appends SET version = 2 WHERE n = 3");

        await using var log = await OpenAsync(new() { Path = Path });

        ShouldSay(await Should.ThrowAsync<RoomLogException>(ReadAsync(log, Lobby)), Path, "append 3 of room 'lobby'", "newer Polyphony");
    }

    [Fact]
    public async Task A_directory_or_a_folder_that_cannot_be_is_refused()
    {
        Directory.CreateDirectory(Path);
        await ShouldRefuse("is a directory; name a file in it");

        await File.WriteAllTextAsync(_folder.File("file"), "", Cancelled);
        var error = await Should.ThrowAsync<RoomLogException>(async () => await OpenAsync(new() { Path = _folder.File("file/rooms.db") }));
        ShouldSay(error, _folder.File("file/rooms.db"), "cannot be opened", "choose a file in a folder that may be written");
    }

    [Fact]
    public async Task Rooms_are_listed_as_they_came()
    {
        await using var log = await OpenAsync(new() { Path = Path });
        string[] names = ["second", "\uD800", "first", "nul\0nul"];
        foreach (var name in names)
        {
            await log.AppendAsync(new(name), [RoomEventSamples.Said(1)]);
        }

        (await log.ListRoomsAsync(Cancelled)).ShouldBe(names.Select(name => new RoomId(name)));
    }

    [Theory]
    [InlineData("", 10, 1 << 20, "Path")]
    [InlineData("a\0b", 10, 1 << 20, "Path")]
    [InlineData("x", 0, 1 << 20, "QueueLimit")]
    [InlineData("x", 2_000_000, 1 << 20, "QueueLimit")]
    [InlineData("x", 10, 5, "MaxBytes")]
    public async Task An_option_out_of_its_range_is_named(string path, int queueLimit, long maxBytes, string name)
    {
        var error = await Should.ThrowAsync<ArgumentException>(
            async () => await OpenAsync(new() { Path = path, QueueLimit = queueLimit, MaxBytes = maxBytes }));

        error.Message.ShouldStartWith(name);
    }

    private static async Task<SqliteRoomLog> OpenAsync(SqliteRoomLogOptions options) => await SqliteRoomLog.OpenAsync(options, Cancelled);

    private static async Task<List<IReadOnlyList<RoomEvent>>> ReadAsync(SqliteRoomLog log, RoomId room)
    {
        var appends = new List<IReadOnlyList<RoomEvent>>();
        await foreach (var events in log.ReadAsync(room, Cancelled))
        {
            appends.Add(events);
        }

        return appends;
    }

    private static IEnumerable<long> Numbers(IEnumerable<IReadOnlyList<RoomEvent>> appends) =>
        appends.SelectMany(append => append).Cast<MessagePosted>().Select(posted => posted.Message.Seq);

    private static void ShouldSay(RoomLogException error, params string[] parts)
    {
        error.Message.ShouldNotContain('\n');
        foreach (var part in parts)
        {
            error.Message.ShouldContain(part);
        }
    }

    private static bool IsHeld(Thread thread) => (thread.ThreadState & System.Threading.ThreadState.WaitSleepJoin) != 0;

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteScalar();
    }

    private static byte[] Snapshot(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static void Overwrite(string path, int from, int to)
    {
        using var file = File.OpenWrite(path);
        file.Position = from;
        file.Write([.. Enumerable.Repeat((byte)0xA5, to - from)]);
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        return connection;
    }

    private async Task WriteAsync(int appends)
    {
        await using var log = await OpenAsync(new() { Path = Path });
        for (var i = 1; i <= appends; i++)
        {
            await log.AppendAsync(Lobby, [RoomEventSamples.Said(i)]);
        }
    }

    private async Task ChangeAsync(string sql)
    {
        await using var connection = Connect();
        Execute(connection, sql);
    }

    private async Task ShouldRefuse(string says) =>
        ShouldSay(await Should.ThrowAsync<RoomLogException>(async () => await OpenAsync(new() { Path = Path })), Path, says);

    private async Task ShouldRefuseUntouched(string says)
    {
        var before = Snapshot(Path);
        await ShouldRefuse(says);
        Snapshot(Path).ShouldBe(before);
        Directory.GetFiles(System.IO.Path.GetDirectoryName(Path)!).ShouldBe([Path]);
    }

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
