using Microsoft.Data.Sqlite;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Tests.Commands;
using Polyphony.Sqlite;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>What is wrong with the place of <c>--data</c>, said to somebody who named a directory and no file in it.</summary>
public sealed class DataDirectoryTests : IDisposable
{
    private readonly Scratch _scratch = new();

    private string Database => _scratch.At("polyphony.db");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_database_of_another_program_sends_to_another_place()
    {
        await ExecuteAsync("CREATE TABLE accounts(id INTEGER)");

        await ShouldRefuseAsync(
            $"--data: '{Database}' is a database of another program and was left as it is; choose another place for the room log");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("a page of a diary, which is long enough to be the header of a database, were it one, and is none of that")]
    public async Task A_file_that_is_no_database_sends_to_another_place_and_is_left_as_it_was(string text)
    {
        _scratch.Write("polyphony.db", text);

        await ShouldRefuseAsync($"--data: '{Database}' is not a room log and was left as it is; choose another place for the room log");
        (await File.ReadAllTextAsync(Database, Cancelled)).ShouldBe(text);
    }

    [Fact]
    public async Task A_directory_in_the_databases_place_is_to_be_moved_away()
    {
        Directory.CreateDirectory(Database);

        await ShouldRefuseAsync($"--data: the room log '{Database}' is a directory; move that away, or choose another place for the log");
    }

    [Fact]
    public async Task A_room_that_is_open_elsewhere_is_to_be_closed_there()
    {
        await using var elsewhere = await SqliteRoomLog.OpenAsync(new() { Path = Database }, Cancelled);

        await ShouldRefuseAsync(
            $"--data: another process has the room log '{Database}' open (or this one, twice); close it there, or choose another place for this one");
    }

    [Fact]
    public async Task A_damaged_room_is_to_be_restored()
    {
        await (await SqliteRoomLog.OpenAsync(new() { Path = Database }, Cancelled)).DisposeAsync();
        await ExecuteAsync("DELETE FROM meta");

        await ShouldRefuseAsync($"--data: the room log '{Database}' is damaged: its event version is missing or below 1; restore it from a backup");
    }

    [Fact]
    public async Task A_directory_that_cannot_be_made_sends_to_another_place()
    {
        var run = await ProgramProcess.RunAsync("chat", "--data", Path.Combine(_scratch.Write("file", ""), "room"));

        run.ExitCode.ShouldBe(ExitCodes.Unusable);
        var line = Refusal.LineOf(run.Error);
        line.ShouldStartWith($"--data: the room log '{_scratch.At("file/room/polyphony.db")}' cannot be opened (");
        line.ShouldEndWith("; choose another place for it, where this user may write");
    }

    [Fact]
    public async Task A_disk_that_takes_no_more_ends_a_chat_in_one_line()
    {
        // A file may not become larger than some blocks of half a kilobyte here, which the database outgrows as the talk goes on.
        var talk = string.Concat(Enumerable.Repeat($"{new string('x', 2000)}\n", 800));
        var run = await ProgramProcess.RunInShellAsync("trap '' XFSZ; ulimit -f 400; DOTNET_EnableWriteXorExecute=0 exec \"$@\"", talk, "chat", "--data", _scratch.Path);

        run.ExitCode.ShouldBe(ExitCodes.DidNotHold, run.Error);
        run.Error.ShouldNotContain("polyphony broke");
        var line = run.Error.TrimEnd().Split('\n')[^1];
        line.ShouldStartWith($"room 'lobby' stopped: the room log '{Database}' stopped: a write failed (");
        line.ShouldEndWith("); check the disk or choose another place, then start again; what it acknowledged before is safe");
    }

    [Fact]
    public async Task A_stress_run_without_a_place_for_its_log_says_so_in_one_line()
    {
        var run = await ProgramProcess.RunInShellAsync(
            $"TMPDIR='{_scratch.Write("file", "")}' exec \"$@\"", "", "stress", "--personas", "2", "--messages", "2", "--delay-ms", "0", "--log", "sqlite");

        run.ExitCode.ShouldBe(ExitCodes.DidNotHold, run.Error);
        Refusal.LineOf(run.Error).ShouldEndWith("; choose another place for it, where this user may write");
    }

    private async Task ShouldRefuseAsync(string line)
    {
        var run = await ProgramProcess.RunAsync("chat", "--data", _scratch.Path);

        run.ExitCode.ShouldBe(ExitCodes.Unusable);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldBe(line);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        await connection.OpenAsync(Cancelled);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Cancelled);
    }
}
