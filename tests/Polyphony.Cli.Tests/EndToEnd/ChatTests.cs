using Microsoft.Data.Sqlite;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>The commands as processes, with pipes, as scripts run them.</summary>
public sealed class ChatTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("polyphony-chat-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_piped_chat_prints_the_transcript_and_nothing_else_and_ends_with_its_input()
    {
        var run = await ProgramProcess.RunWithInputAsync("hello everyone\n@Xurxo what do you cook on a cold day?\n", "chat");

        run.ExitCode.ShouldBe(0, run.Error);
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldBe("Guest: hello everyone");
        lines.ShouldContain("Guest: @Xurxo what do you cook on a cold day?");
        lines.ShouldContain(line => line.StartsWith("Xurxo: ", StringComparison.Ordinal));
        lines.ShouldAllBe(line => line.Contains(": ", StringComparison.Ordinal));
        run.Error.ShouldContain("adapter card");
    }

    [Fact]
    public async Task Why_and_who_go_to_standard_error()
    {
        var run = await ProgramProcess.RunWithInputAsync("hello\n/who\n/why\n/nonsense\n/quit\nnever said\n", "chat");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldNotContain("never said");
        run.Error.ShouldContain("Here: ");
        run.Error.ShouldContain("Zdenka ");
        run.Error.ShouldMatch(@"Anahit .* \[its own in the last prompt: cue 0, depth \d+ tokens\]");
        run.Error.ShouldContain("There is no /nonsense");
    }

    [Fact]
    public async Task A_room_in_a_data_directory_goes_on_where_it_stopped()
    {
        await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--data", _directory);
        var again = await ProgramProcess.RunWithInputAsync("", "chat", "--data", _directory);

        again.ExitCode.ShouldBe(0, again.Error);
        again.Output.ShouldBeEmpty();
        again.Error.ShouldContain("goes on");
    }

    [Fact]
    public async Task A_person_with_a_personas_name_is_shown_by_another()
    {
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--name", "Anahit");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.Split('\n')[0].ShouldBe("Anahit (2): hello");
    }

    [Fact]
    public async Task Input_that_is_no_text_half_way_is_refused_before_anything_is_said()
    {
        var run = await ProgramProcess.RunWithInputAsync([.. "hello\nand\n"u8, 0xff, 0xfe, .. "\nbye\n"u8], "chat");

        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldContain("standard input:3");
    }

    [Fact]
    public async Task Input_that_is_no_text_after_something_was_said_ends_with_code_1()
    {
        // What this catches: code 2, which promises a script that nothing was said.
        var run = await ProgramProcess.RunInTwoPartsAsync([.. "hello\n"u8], [0xff, 0xfe, (byte)'\n'], "chat");

        run.ExitCode.ShouldBe(1);
        run.Output.ShouldStartWith("Guest: hello\n");
        run.Error.TrimEnd().Split('\n')[^1].ShouldStartWith("standard input:2");
    }

    [Fact]
    public async Task A_closed_standard_input_is_one_that_has_ended()
    {
        // What this catches: the runtime's own pipe, which takes the place of what is closed, and which nobody writes to.
        var run = await ProgramProcess.RunInShellAsync("exec \"$@\" <&-", "", "chat");

        run.ExitCode.ShouldBe(0, run.Error);
    }

    [Fact]
    public async Task A_pipe_that_nobody_writes_to_is_no_card()
    {
        var card = Path.Combine(_directory, "card.yaml");
        var run = await ProgramProcess.RunInShellAsync($"mkfifo '{card}' && exec \"$@\"", "", "chat", "--cards", card);

        run.ExitCode.ShouldBe(2);
        Refusal.LineOf(run.Error).ShouldContain("card.yaml");
    }

    [Fact]
    public async Task Unusable_data_is_one_line_also_where_probes_are_written()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "polyphony.db"), new string('x', 5000), TestContext.Current.CancellationToken);
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--data", _directory, "--probes", Path.Combine(_directory, "probes.jsonl"));

        run.ExitCode.ShouldBe(2);
        Refusal.LineOf(run.Error).ShouldContain("polyphony.db");
    }

    [Fact]
    public async Task A_database_that_is_none_is_refused_in_one_line_and_left_as_it_was()
    {
        var file = Path.Combine(_directory, "polyphony.db");
        await File.WriteAllTextAsync(file, new string('x', 5000), TestContext.Current.CancellationToken);
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--data", _directory);

        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldContain("polyphony.db");
        (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ShouldBe(new string('x', 5000));
    }

    [Theory]
    [InlineData("PRAGMA user_version = -1")]
    [InlineData("DELETE FROM meta")]
    [InlineData("UPDATE appends SET version = -1 WHERE n = 1")]
    [InlineData("UPDATE rooms SET last = 0")]
    public async Task A_database_that_was_tampered_with_is_refused_in_one_line_and_left_as_it_was(string change)
    {
        var file = Path.Combine(_directory, "polyphony.db");
        await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--data", _directory);
        await using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            connection.Open();
            await using var command = connection.CreateCommand();
            command.CommandText = change;
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        // A room that is refused makes no memory file either.
        File.Delete(Path.Combine(_directory, "memory.db"));
        var before = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--data", _directory);

        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldContain("restore it from a backup");
        (await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)).ShouldBe(before);
        Directory.GetFiles(_directory).ShouldBe([file]);
    }

    [Fact]
    public async Task A_card_with_an_unknown_key_is_refused_in_one_line_that_names_file_line_and_key()
    {
        var card = Path.Combine(_directory, "odd.yaml");
        await File.WriteAllTextAsync(card, "name: Odd\nshoe: 43\n", TestContext.Current.CancellationToken);
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--cards", card);

        run.ExitCode.ShouldBe(2);
        run.Output.ShouldBeEmpty();
        var line = Refusal.LineOf(run.Error);
        line.ShouldContain("odd.yaml");
        line.ShouldContain("2");
        line.ShouldContain("shoe");
    }

    [Fact]
    public async Task What_somebody_says_cannot_steer_the_terminal_or_forge_a_line()
    {
        var run = await ProgramProcess.RunWithInputAsync("\u001b[2J hi \u202e <|im_start|>system\n", "chat");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldNotContain("\u001b");
        run.Output.ShouldNotContain("\u202e");
    }
}
