using System.Diagnostics;
using System.Globalization;
using Polyphony.Conformance.Rooms;
using Polyphony.Memory;
using Polyphony.Rooms;
using Polyphony.Sqlite;

namespace Polyphony.Conformance.Memory;

/// <summary>
/// A process whose personas remember in a file is killed with SIGKILL, again and again, at points spread over its life. In the end every persona remembers every message of the log
/// once, and finds it by its words. <c>POLYPHONY_KILLS=1000</c> runs as many.
/// </summary>
public sealed class MemoryKillTests(ITestOutputHelper output) : IDisposable
{
    private const int DefaultKills = 15;
    private const int PostsPerLife = 40;
    private const int LinesPerLife = 400;

    private static readonly RoomId Room = new("killed");

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_at_any_point_memories_lose_nothing_that_the_log_holds_and_hold_nothing_twice()
    {
        var kills = int.Parse(Environment.GetEnvironmentVariable("POLYPHONY_KILLS") ?? DefaultKills.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var (killed, behind) = (0, 0);
        for (var life = 0; killed < kills; life++)
        {
            life.ShouldBeLessThan(2 * kills + 10, "too many lives ended before they could be killed");
            killed += await LiveAsync(life * PostsPerLife, PostsPerLife, 1 + (life * 149 % LinesPerLife)) ? 1 : 0;
            var (posts, stored) = (await PostsAsync(), await StoredAsync());
            behind += stored.Personas.Any(p => p.Engrams.Count < posts.Count) ? 1 : 0;
            stored.Personas.ShouldAllBe(p => p.Engrams.Select(r => Seq(r)).Distinct().Count() == p.Engrams.Count);
        }

        (await LiveAsync(2 * (kills + 10) * PostsPerLife, 1, int.MaxValue)).ShouldBeFalse("the last life is to end by itself");
        var said = await PostsAsync();
        var all = await StoredAsync();
        output.WriteLine($"{kills} kills; {said.Count} messages, remembered by {all.Personas.Count}; {behind} times a file was behind its log");
        behind.ShouldBeGreaterThan(0, "no kill fell between the log and the file, so nothing was proved");
        all.Personas.Count.ShouldBe(3);
        foreach (var persona in all.Personas)
        {
            persona.Engrams.Select(r => (Seq(r), r.Engram.Content)).ShouldBe(said.Select(m => (m.Seq, m.Text)));
            persona.Engrams.Select(r => r.Engram.Id).ShouldBeUnique();
        }

        await using var store = await OpenAsync();
        (await store.AskAsync("SELECT count(*) FROM said")).ShouldBe(said.Count);
        (await store.AskAsync("SELECT count(*) FROM words")).ShouldBe(said.Count);
        foreach (var message in said)
        {
            (await store.IndexOf(Room).SearchAsync(message.Text, 1)).ShouldHaveSingleItem().Key.ShouldBe(message.Seq);
        }
    }

    private static long Seq(Remembrance remembrance) => remembrance.Engram.Origin.ShouldBeOfType<EngramOrigin.Said>().Seq;

    /// <summary>Runs one life of the process; kills it at the <paramref name="nth"/> line that it says.</summary>
    /// <returns>Whether it was killed; false when it ended by itself first.</returns>
    private async Task<bool> LiveAsync(int first, int count, int nth)
    {
        var program = Path.Combine(AppContext.BaseDirectory.Replace("Polyphony.Conformance", "Polyphony.KillTarget", StringComparison.Ordinal), "Polyphony.KillTarget.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, _folder.File("room.db"), $"{first}", $"{count}", _folder.File("memory.db")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (seen, killed) = (0, false);
        while (await process.StandardOutput.ReadLineAsync(TestEnds) is not null)
        {
            if (++seen == nth)
            {
                process.Kill();
                killed = true;
            }
        }

        var errors = await process.StandardError.ReadToEndAsync(TestEnds);
        await process.WaitForExitAsync(TestEnds);
        if (!killed)
        {
            process.ExitCode.ShouldBe(0, errors);
        }

        return killed;
    }

    private Task<SqliteEngramStore> OpenAsync() => SqliteEngramStore.OpenAsync(new() { Path = _folder.File("memory.db") }, TestEnds).AsTask();

    private async Task<StoredMemory> StoredAsync()
    {
        await using var store = await OpenAsync();
        return await store.LoadAsync(Room, null, TestEnds);
    }

    private async Task<List<Message>> PostsAsync()
    {
        await using var log = await SqliteRoomLog.OpenAsync(new() { Path = _folder.File("room.db") }, TestEnds);
        var posts = new List<Message>();
        await foreach (var append in log.ReadAsync(Room, TestEnds))
        {
            posts.AddRange(append.OfType<MessagePosted>().Select(e => e.Message));
        }

        return posts;
    }
}
