using Polyphony.Rooms;
using static Polyphony.Conformance.Rooms.SqliteLogFile;

namespace Polyphony.Conformance.Rooms;

/// <summary>Files that are no room log, or no longer one: each is refused in one line that says what to do, and left as it was.</summary>
public sealed class SqliteRoomLogDamageTests : IDisposable
{
    private readonly SqliteLogFile _file = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _file.Dispose();

    [Theory]
    [InlineData("PRAGMA user_version = 2", "has file version 2", "newer Polyphony")]
    [InlineData("UPDATE meta SET value = 2", "has event version 2", "newer Polyphony")]
    [InlineData("PRAGMA application_id = 5", "is a database of another program", "choose another place")]
    [InlineData("PRAGMA user_version = -1", "is damaged: its file version is missing or below 1", "restore it from a backup")]
    [InlineData("PRAGMA user_version = 0", "is damaged: its file version is missing or below 1", "restore it from a backup")]
    [InlineData("UPDATE meta SET value = -1", "is damaged: its event version is missing or below 1", "restore it from a backup")]
    [InlineData("UPDATE meta SET value = 0", "is damaged: its event version is missing or below 1", "restore it from a backup")]
    [InlineData("DELETE FROM meta", "is damaged: its event version is missing or below 1", "restore it from a backup")]
    [InlineData("DROP TABLE meta", "is damaged", "restore it from a backup")]
    [InlineData("DROP TABLE rooms", "is damaged", "restore it from a backup")]
    [InlineData("ALTER TABLE appends DROP COLUMN version", "is damaged", "restore it from a backup")]
    [InlineData("ALTER TABLE appends ADD COLUMN more INTEGER", "is damaged", "restore it from a backup")]
    public async Task A_file_that_is_not_as_this_program_writes_it_is_refused_and_left_as_it_is(string change, string says, string toDo)
    {
        await _file.WriteAsync(2);
        await using (var connection = _file.Connect())
        {
            // With what its writer left in the write-ahead log, as after a crash.
            Execute(connection, "PRAGMA wal_autocheckpoint = 0");
            Execute(connection, change);
            File.Copy(_file.Path, _file.Beside("copy.db"));
            File.Copy(_file.Path + "-wal", _file.Beside("copy.db-wal"));
        }

        var (file, wal) = (Snapshot(_file.Beside("copy.db")), Snapshot(_file.Beside("copy.db-wal")));
        wal.ShouldNotBeEmpty();
        var error = await Should.ThrowAsync<RoomLogException>(async () => await OpenAsync(new() { Path = _file.Beside("copy.db") }));

        ShouldSay(error, "copy.db'", says, toDo);
        Snapshot(_file.Beside("copy.db")).ShouldBe(file);
        Snapshot(_file.Beside("copy.db-wal")).ShouldBe(wal);
        File.Delete(_file.Beside("copy.db"));
        File.Delete(_file.Beside("copy.db-wal"));

        // And as its writer left it when it closed.
        await _file.ShouldRefuseUntouched(says);
    }

    [Fact]
    public async Task A_database_of_another_program_is_refused_and_left_as_it_is()
    {
        await using (var connection = _file.Connect())
        {
            Execute(connection, "CREATE TABLE accounts(id INTEGER)");
        }

        await _file.ShouldRefuseUntouched("is a database of another program");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(99)]
    [InlineData(600)]
    [InlineData(20_000)]
    public async Task A_file_that_is_no_database_is_refused_and_left_as_it_is(int length)
    {
        await File.WriteAllTextAsync(_file.Path, new string('n', length), Cancelled);

        await _file.ShouldRefuseUntouched("is not a room log and was left as it is");
    }

    [Fact]
    public async Task A_damaged_beginning_is_refused_and_left_as_it_is()
    {
        await _file.WriteAsync(2);
        Overwrite(_file.Path, from: 100, to: 4096);

        await _file.ShouldRefuseUntouched("is damaged; restore it from a backup");
    }

    [Fact]
    public async Task A_file_that_was_cut_off_is_refused_and_left_as_it_is()
    {
        await _file.WriteAsync(100);
        await using (var file = File.OpenWrite(_file.Path))
        {
            file.SetLength(2 * 4096);
        }

        await _file.ShouldRefuseUntouched("is damaged; restore it from a backup");
    }

    [Fact]
    public async Task Damage_in_the_middle_is_told_to_whoever_reads_it()
    {
        await _file.WriteAsync(2000);
        Overwrite(_file.Path, from: 40 * 4096, to: 60 * 4096);

        await using var log = await _file.OpenAsync();
        var error = await Should.ThrowAsync<RoomLogException>(ReadAsync(log, Lobby));

        ShouldSay(error, "room 'lobby'", _file.Path, "damaged", "restore it from a backup");
    }

    [Fact]
    public async Task An_append_that_does_not_decode_is_named()
    {
        await _file.WriteAsync(3);
        await _file.ChangeAsync("UPDATE appends SET events = cast('[{\"event\":\"secret words\"}]' AS BLOB) WHERE n = 2");

        await using var log = await _file.OpenAsync();
        var error = await Should.ThrowAsync<RoomLogException>(ReadAsync(log, Lobby));

        ShouldSay(error, _file.Path, "append 2 of room 'lobby' does not decode", "restore it from a backup");
        error.Message.ShouldNotContain("secret");
        await log.AppendAsync(new("elsewhere"), [RoomEventSamples.Said(1)]);
    }

    [Theory]
    [InlineData("DELETE FROM appends WHERE n = 2", 2)]
    [InlineData("UPDATE appends SET previous = 0 WHERE n = 2", 2)]
    [InlineData("UPDATE appends SET previous = 3 WHERE n = 2", 2)]
    [InlineData("UPDATE appends SET room = 7 WHERE n = 1", 1)]
    [InlineData("UPDATE appends SET n = 9 WHERE n = 2", 2)]
    public async Task An_append_that_is_not_where_it_belongs_is_named(string change, int append)
    {
        await _file.WriteAsync(3);
        await _file.ChangeAsync(change);

        await using var log = await _file.OpenAsync();
        var error = await Should.ThrowAsync<RoomLogException>(ReadAsync(log, Lobby));

        ShouldSay(error, _file.Path, $"append {append} of room 'lobby' is not where it belongs");
    }

    [Theory]
    [InlineData("DELETE FROM appends WHERE n = 3")]
    [InlineData("UPDATE rooms SET last = 77")]
    [InlineData("UPDATE rooms SET last = -1")]
    [InlineData("UPDATE rooms SET last = 0")]
    [InlineData("UPDATE appends SET room = 7 WHERE n = 3")]
    [InlineData("UPDATE appends SET n = 0 WHERE n = 3")]
    public async Task A_room_without_its_last_append_is_neither_read_nor_begun_anew(string change)
    {
        await _file.WriteAsync(3);
        await _file.ChangeAsync(change);
        var before = Snapshot(_file.Path);

        await using (var log = await _file.OpenAsync())
        {
            var error = await Should.ThrowAsync<RoomLogException>(ReadAsync(log, Lobby));
            ShouldSay(error, _file.Path, "is damaged: the last append of room 'lobby' is not where it belongs", "restore it from a backup");
            error = await Should.ThrowAsync<RoomLogException>(log.AppendAsync(Lobby, [RoomEventSamples.Said(1)]).AsTask());
            ShouldSay(error, _file.Path, "stopped", "it is damaged; restore it from a backup");
        }

        Snapshot(_file.Path).ShouldBe(before);
    }

    [Theory]
    [InlineData(2, "has event version 2", "newer Polyphony")]
    [InlineData(0, "has event version 0", "restore it from a backup")]
    [InlineData(-1, "has event version -1", "restore it from a backup")]
    public async Task An_append_of_a_version_that_is_not_known_is_named(int version, string says, string toDo)
    {
        await _file.WriteAsync(3);
        await _file.ChangeAsync($"UPDATE appends SET version = {version} WHERE n = 3");
        var before = Snapshot(_file.Path);

        await using (var log = await _file.OpenAsync())
        {
            ShouldSay(await Should.ThrowAsync<RoomLogException>(ReadAsync(log, Lobby)), _file.Path, "append 3 of room 'lobby'", says, toDo);
        }

        Snapshot(_file.Path).ShouldBe(before);
    }
}
