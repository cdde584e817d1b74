using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Polyphony.Diagnostics;

namespace Polyphony.Tests.Diagnostics;

/// <summary>The sink, judged by what is in the file.</summary>
public sealed partial class ProbeFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("polyphony-probe-file-").FullName;

    private string File1 => Path.Combine(_directory, "probes.jsonl");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_file_begins_with_what_it_is_and_every_value_has_its_type()
    {
        await using (var hub = new ProbeHub(time: new FakeTimeProvider(new(2026, 11, 24, 10, 48, 59, TimeSpan.Zero))))
        {
            hub.WriteTo(new() { Path = File1, Filter = Events });
            Generates(hub.Logger, "model", "persona:ada", 3, 512, true, 0, 0);
            Decides(hub.Logger, "lobby", 7, "Post", "accepted", "", 2, 1, 1);
        }

        var lines = Lines(File1);
        var head = lines[0];
        (head.GetProperty("class").GetString(), head.GetProperty("fields").GetProperty("version").GetInt32()).ShouldBe(("probe.file", 1));
        head.GetProperty("fields").GetProperty("content").ValueKind.ShouldBe(JsonValueKind.False);
        var enter = lines[1];
        enter.GetProperty("at").GetString().ShouldNotBeNull().ShouldMatch(@"^2026-11-24T10:48:59\.\d{6}Z$");
        enter.GetProperty("mono_us").GetInt64().ShouldBeGreaterThanOrEqualTo(0);
        enter.GetProperty("message").GetString().ShouldBe("model is called with 3 chat messages");
        var fields = enter.GetProperty("fields");
        fields.GetProperty("msg_count").GetInt32().ShouldBe(3);
        fields.GetProperty("has_system_prompt").ValueKind.ShouldBe(JsonValueKind.True);
        var decide = lines[2];
        (decide.GetProperty("room").GetString(), decide.GetProperty("seq").GetInt64()).ShouldBe(("lobby", 7));
        decide.GetProperty("fields").TryGetProperty("room", out _).ShouldBeFalse("it stands at the top");
    }

    [Fact]
    public async Task Only_the_classes_of_the_filter_are_written()
    {
        await using (var hub = new ProbeHub())
        {
            hub.WriteTo(new() { Path = File1, Filter = ProbeFilter.Parse("room.decide") });
            Generates(hub.Logger, "model", "persona:ada", 3, 512, true, 0, 0);
            Decides(hub.Logger, "lobby", 7, "Post", "accepted", "", 2, 1, 1);
        }

        Lines(File1).Select(l => l.GetProperty("class").GetString()).ShouldBe(["probe.file", "room.decide"]);
    }

    [Fact]
    public async Task A_large_file_is_rolled_and_only_so_many_are_kept()
    {
        await using (var hub = new ProbeHub())
        {
            var file = hub.WriteTo(new() { Path = File1, Filter = Events, MaxBytes = 64 << 10, Keep = 2 });
            for (var i = 0; i < 4_000; i++)
            {
                // Fed no faster than it is written, so that each batch is small against the limit.
                Decides(hub.Logger, "lobby", i, "Post", "accepted", "", 2, 1, 1);
                if (i % 100 == 99)
                {
                    SpinWait.SpinUntil(() => file.Written > i, TimeSpan.FromSeconds(30)).ShouldBeTrue();
                }
            }

            file.Lost.ShouldBe(0);
        }

        Directory.GetFiles(_directory).Select(Path.GetFileName).Order().ShouldBe(["probes.jsonl", "probes.jsonl.1", "probes.jsonl.2"]);
        var newest = Lines(File1)[^1].GetProperty("seq").GetInt64();
        newest.ShouldBe(3_999);
        foreach (var path in Directory.GetFiles(_directory))
        {
            new FileInfo(path).Length.ShouldBeLessThanOrEqualTo(64 << 10);
            Lines(path)[0].GetProperty("class").GetString().ShouldBe("probe.file");
        }

        Lines(File1 + ".1")[^1].GetProperty("seq").GetInt64().ShouldBe(Lines(File1)[1].GetProperty("seq").GetInt64() - 1, "nothing is lost between two files");
    }

    [Fact]
    public async Task An_old_file_is_rolled()
    {
        var time = new FakeTimeProvider();
        await using (var hub = new ProbeHub(time: time))
        {
            var file = hub.WriteTo(new() { Path = File1, Filter = Events, MaxAge = TimeSpan.FromHours(1) });
            Decides(hub.Logger, "lobby", 1, "Post", "accepted", "", 2, 1, 1);
            SpinWait.SpinUntil(() => file.Written == 1, TimeSpan.FromSeconds(30)).ShouldBeTrue();
            time.Advance(TimeSpan.FromHours(1));
            Decides(hub.Logger, "lobby", 2, "Post", "accepted", "", 2, 1, 1);
        }

        Lines(File1 + ".1")[^1].GetProperty("seq").GetInt64().ShouldBe(1);
        Lines(File1)[^1].GetProperty("seq").GetInt64().ShouldBe(2);
    }

    [Fact]
    public async Task A_file_that_ends_in_half_a_line_goes_on_with_a_whole_one()
    {
        await System.IO.File.WriteAllTextAsync(File1, "{\"class\":\"tim", TestContext.Current.CancellationToken);
        await using (var hub = new ProbeHub())
        {
            hub.WriteTo(new() { Path = File1, Filter = Events });
            Decides(hub.Logger, "lobby", 1, "Post", "accepted", "", 2, 1, 1);
        }

        var lines = await System.IO.File.ReadAllLinesAsync(File1, TestContext.Current.CancellationToken);
        lines[0].ShouldBe("{\"class\":\"tim");
        lines.Skip(1).ShouldAllBe(l => JsonDocument.Parse(l, default).RootElement.ValueKind == JsonValueKind.Object);
    }

    [Fact]
    public async Task What_does_not_fit_the_queue_is_dropped_and_the_count_is_a_record()
    {
        await using (var hub = new ProbeHub())
        {
            var file = hub.WriteTo(new() { Path = File1, Filter = Events, QueueCapacity = 16 });
            for (var i = 0; i < 50_000; i++)
            {
                Decides(hub.Logger, "lobby", i, "Post", "accepted", "", 2, 1, 1);
            }

            await hub.DisposeAsync();
            file.Lost.ShouldBeGreaterThan(0, "the queue was too small for that");
            var lines = Lines(File1);
            var dropped = lines.Where(l => l.GetProperty("class").GetString() == "probe.dropped").Sum(l => l.GetProperty("fields").GetProperty("count").GetInt64());
            dropped.ShouldBe(file.Lost);
            (lines.Count(l => l.GetProperty("class").GetString() == "room.decide") + dropped).ShouldBe(50_000, "written or counted");
        }
    }

    [Fact]
    public async Task A_text_that_is_no_whole_text_is_written_all_the_same()
    {
        await using (var hub = new ProbeHub())
        {
            hub.WriteTo(new() { Path = File1, Filter = Events });
            Decides(hub.Logger, "half a pair \uD83D", 1, "Post", "accepted", "", 2, 1, 1);
            Decides(hub.Logger, "line\nend \u001b[31m \u202e", 2, "Post", "accepted", "", 2, 1, 1);
        }

        Lines(File1).Skip(1).Select(l => l.GetProperty("room").GetString()).ShouldBe(["half a pair \uFFFD", "line\nend \u001b[31m \u202e"]);
    }

    [Fact]
    public void A_path_that_cannot_be_opened_is_an_error_at_the_start()
    {
        using var hub = new ProbeHub();
        Should.Throw<UnauthorizedAccessException>(() => hub.WriteTo(new() { Path = _directory }));
        Should.Throw<DirectoryNotFoundException>(() => hub.WriteTo(new() { Path = Path.Combine(_directory, "no", "probes.jsonl") }));
    }

    [Fact]
    public async Task A_write_that_fails_later_is_told_once_and_counted_and_ends_with_the_hub()
    {
        // What this catches: a writer that spins on its own account of what it lost, and never ends.
        var told = new List<string>();
        var hub = new ProbeHub();
        var file = hub.WriteTo(new() { Path = File1, Filter = Events, WriteFailed = told.Add });
        System.IO.File.Delete(File1);
        Directory.CreateDirectory(File1);
        for (var i = 1; i <= 10; i++)
        {
            Decides(hub.Logger, "lobby", i, "Post", "accepted", "", 2, 1, 1);
        }

        SpinWait.SpinUntil(() => file.Lost == 10, TimeSpan.FromSeconds(30)).ShouldBeTrue();
        await hub.DisposeAsync();
        told.ShouldHaveSingleItem().ShouldContain("cannot be written");
        (file.Lost, file.Written).ShouldBe((10, 0));
    }

    [Fact]
    public async Task When_writing_is_possible_again_the_file_says_how_many_were_lost()
    {
        await using var hub = new ProbeHub();
        var file = hub.WriteTo(new() { Path = File1, Filter = Events });
        System.IO.File.Delete(File1);
        Directory.CreateDirectory(File1);
        Decides(hub.Logger, "lobby", 1, "Post", "accepted", "", 2, 1, 1);
        SpinWait.SpinUntil(() => file.Lost == 1, TimeSpan.FromSeconds(30)).ShouldBeTrue();
        Directory.Delete(File1);
        Decides(hub.Logger, "lobby", 2, "Post", "accepted", "", 2, 1, 1);
        await hub.DisposeAsync();

        var lines = Lines(File1);
        lines.Select(l => l.GetProperty("class").GetString()).ShouldBe(["probe.file", "room.decide", "probe.dropped"]);
        lines[2].GetProperty("fields").GetProperty("count").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task A_file_that_was_cut_or_taken_away_is_gone_on_with()
    {
        await using var hub = new ProbeHub();
        var file = hub.WriteTo(new() { Path = File1, Filter = Events });
        Decides(hub.Logger, "lobby", 1, "Post", "accepted", "", 2, 1, 1);
        SpinWait.SpinUntil(() => file.Written == 1, TimeSpan.FromSeconds(30)).ShouldBeTrue();
        await System.IO.File.WriteAllTextAsync(File1, "", TestContext.Current.CancellationToken);
        Decides(hub.Logger, "lobby", 2, "Post", "accepted", "", 2, 1, 1);
        SpinWait.SpinUntil(() => file.Written == 2, TimeSpan.FromSeconds(30)).ShouldBeTrue();
        Lines(File1).ShouldHaveSingleItem().GetProperty("seq").GetInt64().ShouldBe(2);

        System.IO.File.Delete(File1);
        Decides(hub.Logger, "lobby", 3, "Post", "accepted", "", 2, 1, 1);
        await hub.DisposeAsync();
        Lines(File1)[^1].GetProperty("seq").GetInt64().ShouldBe(3);
    }

    [Fact]
    public async Task A_second_writer_of_one_file_is_refused()
    {
        // What this catches: two programs that write over each other's lines, and nobody is told.
        await using var first = new ProbeHub();
        first.WriteTo(new() { Path = File1, Filter = Events });
        await using var second = new ProbeHub();
        Should.Throw<IOException>(() => second.WriteTo(new() { Path = File1, Filter = Events })).Message.ShouldContain("another program");

        await first.DisposeAsync();
        second.WriteTo(new() { Path = File1, Filter = Events });
        await second.DisposeAsync();
        Directory.GetFiles(_directory).ShouldHaveSingleItem("the lock went with its holder");
    }

    [Fact]
    public async Task A_file_that_holds_content_is_for_its_owner_only()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("there are no such modes");
            return;
        }

        await using var hub = new ProbeHub(includeContent: true);
        hub.WriteTo(new() { Path = File1, Filter = Events });
        System.IO.File.GetUnixFileMode(File1).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task A_subscriber_that_lags_is_told_how_many_it_missed()
    {
        await using var hub = new ProbeHub();
        using var stream = hub.Subscribe(ProbeFilter.Parse("room.decide"), capacity: 4);
        for (var i = 1; i <= 10; i++)
        {
            Decides(hub.Logger, "lag", i, "Post", "accepted", "", 2, 1, 1);
        }

        await hub.DisposeAsync();
        var seen = new List<ProbeRecord>();
        await foreach (var record in stream.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            seen.Add(record);
        }

        (seen[0].Class, seen[0].Field("count")).ShouldBe((ProbeClasses.ProbeDropped, 6L));
        seen.Skip(1).Select(r => r.Seq).ShouldBe([7L, 8L, 9L, 10L]);
    }

    // Timings are heard from the whole process, where other tests run.
    private static ProbeFilter Events => ProbeFilter.Parse("room.decide,inference.generate.enter");

    private static IReadOnlyList<JsonElement> Lines(string path) =>
        [.. System.IO.File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true)).TrimEnd('\n').Split('\n').Select(l => JsonDocument.Parse(l, default).RootElement)];

    [LoggerMessage(201, LogLevel.Debug, "decided", EventName = ProbeClasses.RoomDecide)]
    private static partial void Decides(ILogger logger, string room, long seq, string input, string receipt, string rule, int events, int grants, int openTurns);

    [LoggerMessage(122, LogLevel.Debug, "called", EventName = ProbeClasses.GenerateEnter)]
    private static partial void Generates(ILogger logger, string model, string personaId, int msgCount, int maxTokens, bool hasSystemPrompt, int partsImage, int partsAudio);
}
