using Polyphony.Rooms;
using static Polyphony.Conformance.Rooms.SqliteLogFile;

namespace Polyphony.Conformance.Rooms;

/// <summary>What the SQLite log keeps beyond the suite: its file, for itself, through a crash.</summary>
public sealed class SqliteRoomLogFileTests : IDisposable
{
    private readonly SqliteLogFile _file = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _file.Dispose();

    [Fact]
    public async Task A_second_opener_is_refused_until_the_first_has_closed()
    {
        var log = await _file.OpenAsync();
        await log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]);

        await _file.ShouldRefuse("another process has the room log");
        await _file.ShouldRefuse("another process has the room log");
        await log.AppendAsync(Lobby, [RoomEventSamples.Said(2)]);
        await log.DisposeAsync();

        await using var second = await _file.OpenAsync();
        (await ReadAsync(second, Lobby)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_log_that_somebody_reads_with_another_program_is_refused()
    {
        await (await _file.OpenAsync()).DisposeAsync();
        await using (var other = _file.Connect())
        {
            Execute(other, "BEGIN; SELECT * FROM rooms");
            await _file.ShouldRefuse("another process has the room log");
        }

        await (await _file.OpenAsync()).DisposeAsync();
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task The_file_is_synchronised_as_the_options_say(bool powerFailureSafe, long synchronous)
    {
        await using var log = await OpenAsync(new() { Path = _file.Path, PowerFailureSafe = powerFailureSafe });

        (await log.AskAsync("PRAGMA synchronous")).ShouldBe(synchronous);
        await log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]);
        (await ReadAsync(log, Lobby)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_file_keeps_nothing_beside_it_once_closed()
    {
        await using (var log = await OpenAsync(new() { Path = _file.Beside("a/new/folder/rooms.db") }))
        {
            await log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]);
        }

        Directory.GetFiles(_file.Beside("a/new/folder")).Select(Path.GetFileName).ShouldBe(["rooms.db"]);
    }

    [Fact]
    public async Task What_a_killed_process_left_in_the_write_ahead_log_is_there_again()
    {
        // A copy of the two files while the log is open is what a killed process leaves behind.
        await using var log = await _file.OpenAsync();
        await log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]);
        await log.AppendAsync(Lobby, [RoomEventSamples.Said(2)]);
        var copy = _file.Beside("copy.db");
        File.Copy(_file.Path, copy);
        File.Copy(_file.Path + "-wal", copy + "-wal");

        await using var again = await OpenAsync(new() { Path = copy });

        (await ReadAsync(again, Lobby)).Count.ShouldBe(2);
        await again.AppendAsync(Lobby, [RoomEventSamples.Said(3)]);
        Numbers(await ReadAsync(again, Lobby)).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task A_half_written_group_is_not_there_after_a_crash()
    {
        await using var log = await _file.OpenAsync();
        await log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]);
        var before = new FileInfo(_file.Path + "-wal").Length;
        await log.AppendAsync(Lobby, [.. Enumerable.Range(2, 100).Select(i => RoomEventSamples.Said(i))]);
        var wal = Snapshot(_file.Path + "-wal");
        var copy = _file.Beside("copy.db");
        for (var cut = before; cut < wal.Length; cut += 1500)
        {
            File.Copy(_file.Path, copy, overwrite: true);
            await File.WriteAllBytesAsync(copy + "-wal", wal[..(int)cut], Cancelled);

            await using var again = await OpenAsync(new() { Path = copy });
            Numbers(await ReadAsync(again, Lobby)).ShouldBe([1]);
        }
    }

    [Fact]
    public async Task An_empty_file_becomes_a_log()
    {
        await File.WriteAllBytesAsync(_file.Path, [], Cancelled);

        await _file.WriteAsync(1);

        await using var log = await _file.OpenAsync();
        (await ReadAsync(log, Lobby)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_directory_or_a_folder_that_cannot_be_is_refused()
    {
        Directory.CreateDirectory(_file.Path);
        await _file.ShouldRefuse("is a directory; move that away, or choose another place");

        await File.WriteAllTextAsync(_file.Beside("file"), "", Cancelled);
        var error = await Should.ThrowAsync<RoomLogException>(async () => await OpenAsync(new() { Path = _file.Beside("file/rooms.db") }));
        ShouldSay(error, _file.Beside("file/rooms.db"), "cannot be opened", "choose another place for it, where this user may write");
    }

    [Fact]
    public async Task Rooms_are_listed_as_they_came()
    {
        await using var log = await _file.OpenAsync();
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
}
