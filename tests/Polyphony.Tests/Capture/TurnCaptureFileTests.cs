using System.Text;
using System.Text.Json;
using CsCheck;
using Polyphony.Capture;
using Polyphony.Rooms;
using Polyphony.Testing;

namespace Polyphony.Tests.Capture;

public sealed class TurnCaptureFileTests : IDisposable
{
    private readonly DirectoryInfo _scratch = Directory.CreateTempSubdirectory("polyphony-");

    private string File1 => Path.Combine(_scratch.FullName, "turns.jsonl");

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Delete(recursive: true);

    [Fact]
    public void Every_text_reads_back_as_it_was()
    {
        // What this catches: half a surrogate pair, or a control character, that is not the same after the file.
        Gen.String.Array[0, 4].Sample(texts =>
        {
            var turn = Turn(1) with { Messages = [.. texts.Select(t => new CapturedMessage("user", t))], Calls = [new([], string.Concat(texts), 1.5)] };
            var line = CapturedTurnCodec.Encode(turn);

            line.ShouldNotContain((byte)'\n');
            var read = CapturedTurnCodec.Decode(line);
            read.Messages.ShouldBe(turn.Messages);
            read.Calls[0].Answer.ShouldBe(turn.Calls[0].Answer);
            CapturedTurnCodec.DigestOf(read.Messages).ShouldBe(CapturedTurnCodec.DigestOf(turn.Messages));
        });
    }

    [Fact]
    public void Every_outcome_reads_back()
    {
        TurnOutcome?[] outcomes =
        [
            null, TurnOutcome.Spoke.Instance, new TurnOutcome.Passed("p"), new TurnOutcome.Refused("rule", "r"), new TurnOutcome.Superseded("s"), new TurnOutcome.Duplicate("d"),
            new TurnOutcome.TimedOut("t"), new TurnOutcome.Cancelled("c"), new TurnOutcome.Failed("stage", "e"),
        ];

        outcomes.Select(outcome => CapturedTurnCodec.Decode(CapturedTurnCodec.Encode(Turn(1) with { Outcome = outcome })).Outcome).ShouldBe(outcomes);
    }

    [Fact]
    public void No_two_prompts_have_one_digest()
    {
        string[] digests =
        [
            DigestOf(("user", "ab"), ("user", "c")), DigestOf(("user", "a"), ("user", "bc")), DigestOf(("usera", "b"), ("user", "c")), DigestOf(("user", "abc")),
            DigestOf(("user", "c"), ("user", "ab")), DigestOf(),
        ];

        digests.Distinct().Count().ShouldBe(digests.Length);
        digests.ShouldAllBe(d => d.Length == 64);

        static string DigestOf(params (string Role, string Text)[] messages) => CapturedTurnCodec.DigestOf(messages.Select(m => new CapturedMessage(m.Role, m.Text)));
    }

    [Fact]
    public async Task A_file_is_appended_to_and_read_in_order()
    {
        var time = new FixedTimeProvider();
        foreach (var run in (int[])[1, 2])
        {
            await using var file = new TurnCaptureFile(new() { Path = File1 }, time);
            file.Take(Turn(run));
            file.Take(Turn(run + 10));
        }

        var turns = TurnCaptureReader.Read(File1).ToArray();
        turns.Select(t => t.Turn).ShouldBe(["t1", "t11", "t2", "t12"]);
        turns.ShouldAllBe(t => t.At == time.GetUtcNow() && t.PromptSha256 == CapturedTurnCodec.DigestOf(t.Messages) && t.V == 1);
        (await File.ReadAllLinesAsync(File1, TestEnds))[0].ShouldBe("""{"polyphonyTurns":1}""");
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(File1).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, "it holds everything that is said");
        }
    }

    [Fact]
    public async Task Half_a_line_at_the_end_is_passed_over_and_makes_way_for_what_comes()
    {
        await WriteAsync(Turn(1));
        await File.AppendAllTextAsync(File1, """{"v":1,"room":"kit""", TestEnds);
        TurnCaptureReader.Read(File1).Select(t => t.Turn).ShouldBe(["t1"]);
        await WriteAsync(Turn(2));

        TurnCaptureReader.Read(File1).Select(t => t.Turn).ShouldBe(["t1", "t2"]);
    }

    [Theory]
    [InlineData("[10:00] <ann> hello\n")]
    [InlineData("{}\n")]
    [InlineData("{\"polyphonyTurns\":\"1\"}\n")]
    [InlineData("{\"polyphonyTurns\":1}")]
    [InlineData("{\"polyphonyTurns\":0}\n")]
    [InlineData("\n")]
    public async Task Another_kind_of_file_is_refused_and_left_as_it_is(string text)
    {
        await File.WriteAllTextAsync(File1, text, TestEnds);

        Should.Throw<CaptureFileException>(() => new TurnCaptureFile(new() { Path = File1 })).Message.ShouldContain("no file of captured turns");
        Should.Throw<CaptureFileException>(() => TurnCaptureReader.Read(File1).ToArray()).Message.ShouldContain("no file of captured turns");
        (await File.ReadAllTextAsync(File1, TestEnds)).ShouldBe(text);
    }

    [Fact]
    public async Task A_file_without_any_line_is_not_read_to_its_end_to_find_out()
    {
        await File.WriteAllTextAsync(File1, new string('x', 10_000_000), TestEnds);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Should.Throw<CaptureFileException>(() => TurnCaptureReader.Read(File1).ToArray());
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1_000_000);
    }

    [Fact]
    public async Task A_newer_version_is_refused_and_left_as_it_is()
    {
        const string Newer = "{\"polyphonyTurns\":2,\"more\":true}\n";
        await File.WriteAllTextAsync(File1, Newer, TestEnds);

        Should.Throw<CaptureFileException>(() => new TurnCaptureFile(new() { Path = File1 })).Message.ShouldContain("version 2");
        Should.Throw<CaptureFileException>(() => TurnCaptureReader.Read(File1).ToArray()).Message.ShouldContain("version 2");
        (await File.ReadAllTextAsync(File1, TestEnds)).ShouldBe(Newer);
    }

    [Theory]
    [InlineData("""{"v":1}""")]
    [InlineData("not json")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    public async Task A_damaged_line_is_named_by_its_number(string line)
    {
        await WriteAsync(Turn(1));
        await File.AppendAllTextAsync(File1, line + "\n", TestEnds);
        await WriteAsync(Turn(3));

        Should.Throw<CaptureFileException>(() => TurnCaptureReader.Read(File1).ToArray()).Message.ShouldContain("line 3 ");
    }

    [Theory]
    [InlineData("\"messages\":[", "\"messages\":[null,")]
    [InlineData("\"added\":[", "\"added\":[null")]
    [InlineData("\"kind\":\"passed\"", "\"kind\":\"slept\"")]
    [InlineData("\"kind\":\"passed\",", "")]
    [InlineData("\"v\":1", "\"v\":2")]
    [InlineData("\"turn\":", "\"tern\":")]
    public void A_line_with_a_part_that_is_not_right_is_damaged(string right, string wrong)
    {
        var line = Encoding.UTF8.GetString(CapturedTurnCodec.Encode(Turn(1) with { Outcome = new TurnOutcome.Passed("p") }));
        CapturedTurnCodec.Decode(Encoding.UTF8.GetBytes(line)).Turn.ShouldBe("t1");

        line.ShouldContain(right);
        Should.Throw<JsonException>(() => CapturedTurnCodec.Decode(Encoding.UTF8.GetBytes(line.Replace(right, wrong))));
    }

    [Fact]
    public async Task One_program_writes_a_file_at_a_time()
    {
        await using var first = new TurnCaptureFile(new() { Path = File1 });

        Should.Throw<IOException>(() => new TurnCaptureFile(new() { Path = File1 })).Message.ShouldContain("another program");
    }

    [Fact]
    public async Task What_cannot_be_written_is_told_once_and_counted_and_leaves_the_rest_whole()
    {
        var told = new List<string>();
        var file = new TurnCaptureFile(new() { Path = File1, WriteFailed = told.Add });
        foreach (var turn in (CapturedTurn[])[Turn(1), Unwritable, Unwritable, Turn(2)])
        {
            file.Take(turn);
        }

        await file.DisposeAsync();
        (file.Written, file.Lost).ShouldBe((2, 2));
        told.ShouldHaveSingleItem().ShouldContain("turns cannot be captured");
        TurnCaptureReader.Read(File1).Select(t => t.Turn).ShouldBe(["t1", "t2"]);
    }

    [Fact]
    public async Task A_full_queue_loses_and_counts_and_never_waits()
    {
        using var busy = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        var file = new TurnCaptureFile(new()
        {
            Path = File1,
            QueueCapacity = 2,
            WriteFailed = _ =>
            {
                busy.Set();
                goOn.Wait(TestEnds);
            },
        });
        file.Take(Unwritable);
        busy.Wait(TestEnds);
        for (var i = 1; i <= 5; i++)
        {
            file.Take(Turn(i));
        }

        file.Lost.ShouldBe(4, "one that could not be written, and three for which there was no room");
        goOn.Set();
        await file.DisposeAsync();
        TurnCaptureReader.Read(File1).Select(t => t.Turn).ShouldBe(["t1", "t2"]);
    }

    private static CapturedTurn Unwritable => Turn(0) with { Messages = [null!] };

    private async Task WriteAsync(CapturedTurn turn)
    {
        await using var file = new TurnCaptureFile(new() { Path = File1 });
        file.Take(turn);
    }

    private static CapturedTurn Turn(int number) => new()
    {
        Room = "kitchen",
        Turn = $"t{number}",
        Attempt = 1,
        Persona = "Mira",
        PersonaId = "persona:mira",
        First = 1,
        Last = 2,
        Model = "m",
        Protocol = "pass",
        Options = new(512, 0.5f, null),
        Messages = [new("system", "You are Mira."), new("user", "Bo: hi")],
        Calls = [new([], "hello", 1.5)],
        Decision = new("speak", "hello"),
        Outcome = TurnOutcome.Spoke.Instance,
        Times = new(0, 0, 0, 0, 0, 1.5, 0, 2),
    };
}
