using System.Diagnostics;
using System.Globalization;
using Polyphony.Rooms;
using Polyphony.Sqlite;

namespace Polyphony.Conformance;

/// <summary>
/// A process that serves a room over SQLite is killed with SIGKILL, again and again, at points spread over offer, append and acknowledgement. What it had acknowledged, and
/// what the file holds in the end, are compared here. <c>POLYPHONY_KILLS=1000</c> runs as many.
/// </summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int DefaultKills = 60;
    private const int PostsPerLife = 40;
    private const int Personas = 3;

    private static readonly string[] Points = ["o", "a", "d", "p", "r"];

    private readonly string _directory = Directory.CreateTempSubdirectory("polyphony-kill-").FullName;
    private readonly HashSet<int> _acknowledgedPosts = [];
    private readonly HashSet<(string Persona, long Seq)> _acknowledgedReplies = [];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Killed_at_any_point_a_room_loses_nothing_it_acknowledged_and_answers_nothing_twice()
    {
        var cancel = TestContext.Current.CancellationToken;
        var kills = int.Parse(Environment.GetEnvironmentVariable("POLYPHONY_KILLS") ?? DefaultKills.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var byPoint = Points.ToDictionary(point => point, _ => 0);
        var attempts = 0;
        for (var killed = 0; killed < kills; attempts++)
        {
            attempts.ShouldBeLessThan(2 * kills + 10, "too many lives ended before they could be killed");
            var point = Points[attempts % Points.Length];
            if (await LiveAsync(point, 1 + (attempts * 7 % 23), cancel))
            {
                killed++;
                byPoint[point]++;
            }
        }

        (await LiveAsync(null, 0, cancel)).ShouldBeFalse("the last life is to end by itself, with a quiet room");
        var events = await ReadAsync(cancel);
        Judge(events);
        var reoffered = events.OfType<TurnOffered>().Count(offered => offered.Attempt > 1);
        output.WriteLine($"{kills} kills ({string.Join(", ", byPoint.Select(p => $"{p.Key} {p.Value}"))}); {_acknowledgedPosts.Count} posts and {_acknowledgedReplies.Count} replies acknowledged; {reoffered} offers came again");
        byPoint.Values.ShouldAllBe(count => count > 0);
        reoffered.ShouldBeGreaterThan(0, "no kill fell into a turn, so nothing was proved about one");
    }

    /// <summary>Runs one life of the process; kills it at the <paramref name="nth"/> line that begins with <paramref name="point"/>.</summary>
    /// <returns>Whether it was killed; false when it ended by itself first.</returns>
    private async Task<bool> LiveAsync(string? point, int nth, CancellationToken cancel)
    {
        var next = _acknowledgedPosts.Count == 0 ? 0 : _acknowledgedPosts.Max() + 1;
        var missing = Enumerable.Range(0, next).FirstOrDefault(number => !_acknowledgedPosts.Contains(number), next);
        using var process = Start(missing, point is null ? next - missing : PostsPerLife);
        var seen = 0;
        var killed = false;
        while (await process.StandardOutput.ReadLineAsync(cancel) is { } line)
        {
            Note(line);
            if (!killed && point is not null && line.StartsWith(point, StringComparison.Ordinal) && ++seen == nth)
            {
                process.Kill();
                killed = true;
            }
        }

        var errors = await process.StandardError.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        if (!killed)
        {
            process.ExitCode.ShouldBe(0, errors);
        }

        return killed;
    }

    // What was written before the kill was acknowledged before it, also when it is read after.
    private void Note(string line)
    {
        switch (line.Split(' '))
        {
            case ["p", var number]:
                _acknowledgedPosts.Add(int.Parse(number, CultureInfo.InvariantCulture));
                break;
            case ["r", var persona, var seq]:
                _acknowledgedReplies.Add((persona, long.Parse(seq, CultureInfo.InvariantCulture)));
                break;
            case ["f", ..]:
                throw new InvalidOperationException($"a conversation failed: {line}");
        }
    }

    private Process Start(int first, int count)
    {
        var program = Path.Combine(AppContext.BaseDirectory.Replace("Polyphony.Conformance", "Polyphony.KillTarget", StringComparison.Ordinal), "Polyphony.KillTarget.dll");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[program, Path.Combine(_directory, "room.db"), $"{first}", $"{count}"])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private async Task<List<RoomEvent>> ReadAsync(CancellationToken cancel)
    {
        await using var log = await SqliteRoomLog.OpenAsync(new() { Path = Path.Combine(_directory, "room.db") }, cancel);
        var events = new List<RoomEvent>();
        await foreach (var append in log.ReadAsync(new("killed"), cancel))
        {
            events.AddRange(append);
        }

        return events;
    }

    private void Judge(List<RoomEvent> events)
    {
        var posted = events.OfType<MessagePosted>().Select(e => e.Message).ToList();
        var closed = events.OfType<TurnClosed>().ToList();
        var replies = closed.Where(e => e.Reply is not null).Select(e => e.Reply!).ToList();

        posted.Select(m => m.Id).ShouldBeUnique();
        foreach (var number in _acknowledgedPosts)
        {
            posted.ShouldContain(m => m.Id == new MessageId($"m{number}"), $"post {number} was acknowledged and is lost");
        }

        var stored = replies.Select(reply => (reply.Author.Value, reply.Seq)).ToHashSet();
        _acknowledgedReplies.Where(reply => !stored.Contains(reply)).ShouldBeEmpty("these replies were acknowledged and are lost");

        posted.Concat(replies).Select(m => m.Seq).Order().ShouldBe(Enumerable.Range(1, posted.Count + replies.Count).Select(seq => (long)seq));
        JudgeTurns(events, posted);
    }

    private static void JudgeTurns(List<RoomEvent> events, List<Message> posted)
    {
        var open = new Dictionary<(ParticipantId, TurnId, int), TurnOffered>();
        var settled = new Dictionary<(ParticipantId, long), int>();
        foreach (var e in events)
        {
            switch (e)
            {
                case TurnOffered offered:
                    open.Add((offered.Persona, offered.Turn, offered.Attempt), offered);
                    break;
                case TurnClosed ended:
                    open.Remove((ended.Persona, ended.Turn, ended.Attempt), out var offer).ShouldBeTrue($"{ended.Turn} ended without an offer");
                    if (ended.Outcome.Settles)
                    {
                        ended.Outcome.ShouldBeOfType<TurnOutcome.Spoke>();
                        settled[(ended.Persona, offer!.Last)] = settled.GetValueOrDefault((ended.Persona, offer.Last)) + 1;
                    }

                    break;
            }
        }

        open.ShouldBeEmpty("these offers have no outcome");
        settled.Values.ShouldAllBe(times => times == 1, "a message was answered twice");
        settled.Count.ShouldBe(posted.Count * Personas, "every persona is to have answered every message");
    }
}
