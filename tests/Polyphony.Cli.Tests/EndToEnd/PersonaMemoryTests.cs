using System.Text.Json;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Tests.Commands;
using Polyphony.Sqlite;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary><c>polyphony persona memory</c>, after a chat in the same directory.</summary>
public sealed class PersonaMemoryTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task What_was_said_is_listed_pinned_and_forgotten_and_stays_so()
    {
        await ChatAsync("the greenhouse key hangs behind the clock");
        using (var listed = JsonDocument.Parse((await MemoryAsync("--json")).Output))
        {
            var first = listed.RootElement.GetProperty("engrams")[0];
            (first.GetProperty("id").GetString(), first.GetProperty("by").GetString(), first.GetProperty("text").GetString()).ShouldBe(("e1", "Guest", "the greenhouse key hangs behind the clock"));
        }

        (await MemoryAsync("--pin", "e1")).Output.ShouldContain("1.00 pinned");
        (await MemoryAsync("--forget", "1")).ExitCode.ShouldBe(ExitCodes.Held);
        await ChatAsync("and what else is new with you today?");

        var exported = (await MemoryAsync("--export")).Output;
        exported.ShouldNotContain("greenhouse key hangs");
        exported.ShouldContain("and what else is new");
        foreach (var line in exported.TrimEnd().Split('\n'))
        {
            using var one = JsonDocument.Parse(line);
            one.RootElement.GetProperty("id").GetString().ShouldNotBeNull().ShouldStartWith("e");
        }
    }

    [Theory]
    [InlineData("NAME: there is no persona 'Nobody' in this room; there is: ", "Nobody")]
    [InlineData("--room: there is no room 'attic' in ", "Xurxo", "--room", "attic")]
    [InlineData("--forget: Xurxo has no engram e999 here; leave the flag out to see all of them", "Xurxo", "--forget", "e999")]
    [InlineData("--pin: 'abc' is no engram; give its id as the list shows it, like e12", "Xurxo", "--pin", "abc")]
    [InlineData("--unpin: one change at a time; ", "Xurxo", "--pin", "e1", "--unpin", "e1")]
    [InlineData("--export: it and --json are two forms of the same; give one of them", "Xurxo", "--export", "--json")]
    public async Task What_does_not_fit_is_refused_in_one_line(string line, params string[] args)
    {
        await ChatAsync("the greenhouse key hangs behind the clock");

        await ShouldRefuseAsync(line, [.. args, "--data", _scratch.Path]);
    }

    [Fact]
    public async Task A_directory_without_a_room_and_one_that_is_not_named_are_refused()
    {
        await ShouldRefuseAsync("--data: there is no polyphony.db in ", ["Xurxo", "--data", _scratch.Path]);
        await ShouldRefuseAsync("--data: it is missing; name the directory in which the room is kept", ["Xurxo"]);
    }

    [Fact]
    public async Task A_room_that_is_open_elsewhere_is_to_be_closed_there()
    {
        await using var elsewhere = await SqliteRoomLog.OpenAsync(new() { Path = _scratch.At("polyphony.db") }, TestContext.Current.CancellationToken);

        await ShouldRefuseAsync("--data: another process has the room log ", ["Xurxo", "--data", _scratch.Path]);
    }

    [Theory]
    [InlineData("--embeddings: there is no server to ask for vectors; ", "chat", "--embeddings", "small")]
    [InlineData("--reflect: the personas have no model to reflect with; ", "chat", "--reflect")]
    public async Task What_needs_a_model_says_so(string line, params string[] args)
    {
        var run = await ProgramProcess.RunAsync(args);
        run.ExitCode.ShouldBe(ExitCodes.Unusable);
        Refusal.LineOf(run.Error).ShouldStartWith(line);
    }

    [Fact]
    public async Task A_memory_file_of_another_kind_is_refused_and_left()
    {
        _scratch.Write("memory.db", "a page of a diary, which is long enough to be the header of a database, were it one, and is none of that");

        var run = await ProgramProcess.RunAsync("chat", "--data", _scratch.Path);

        run.ExitCode.ShouldBe(ExitCodes.Unusable);
        Refusal.LineOf(run.Error).ShouldBe($"--data: '{_scratch.At("memory.db")}' is not a memory file and was left as it is; move it away, or choose another place for the memory file");
    }

    private async Task ChatAsync(string words) => (await ProgramProcess.RunWithInputAsync(words + "\n", "chat", "--data", _scratch.Path)).ExitCode.ShouldBe(ExitCodes.Held);

    private Task<ProgramProcess> MemoryAsync(params string[] args) => ProgramProcess.RunAsync(["persona", "memory", "Xurxo", "--data", _scratch.Path, .. args]);

    private static async Task ShouldRefuseAsync(string line, string[] args)
    {
        var run = await ProgramProcess.RunAsync(["persona", "memory", .. args]);
        run.ExitCode.ShouldBe(ExitCodes.Unusable, run.Error);
        run.Output.ShouldBeEmpty();
        Refusal.LineOf(run.Error).ShouldStartWith(line);
    }
}
