using System.Text;
using CsCheck;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Replay;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.Replay;

public sealed class ChatLogFuzzTests
{
    private const string GoodIrc = "[12:18] <nick> text";
    private const string GoodJson = """{"at":"2024-05-06T07:08:09Z","author":"Ada","text":"hi"}""";

    private static readonly string[] IrcPieces =
    [
        "[12:18]", "[12:18:03]", "[2004-11-15 12:18]", "[", "]", "#ubuntu", "2004-11-15", "<nick>", "<@n|ck>", "<", ">", "* ", "*", "-n- ", "-",
        "===", " ", "  ", "T", "text", "\uFEFF", "\u2028", "\0", "😀",
    ];

    private static readonly string[] JsonPieces =
    [
        "{", "}", "[", "]", ":", ",", "\"at\"", "\"author\"", "\"text\"", "\"id\"", "\"replyTo\"", "\"2024-05-06T07:08:09Z\"", "\"Ada\"", "null", "1",
        "\"\\ud800\"", "\"\\u0000\"", " ", "{\"at\":\"2024-05-06T07:08:09Z\",\"author\":\"Ada\",\"text\":\"hi\"", "{\"\\ud800\":1",
    ];

    private static readonly Gen<bool> Strict = Gen.Int[0, 4].Select(i => i == 0);

    /// <summary>What this catches: any exception that is not the one line a person gets to see, and a line that is lost or counted twice.</summary>
    [Theory]
    [InlineData("irc")]
    [InlineData("jsonl")]
    public void Random_lines_are_read_or_refused_and_never_break_the_reader(string formatName)
    {
        var format = ChatLogFormats.All.First(f => f.Name == formatName).Value;
        var pieces = format == ChatLogFormat.Irc ? IrcPieces : JsonPieces;
        var good = format == ChatLogFormat.Irc ? GoodIrc : GoodJson;
        var piece = Gen.OneOf(Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]), Gen.String[0, 8]);
        var line = Gen.OneOf(piece.Array[0, 10].Select(string.Concat), Gen.Select(Gen.Int[0, good.Length], piece, (at, p) => good.Insert(at, p)));
        var ends = Gen.Int[0, 2].Select(i => i switch { 0 => "\r\n", 1 => "\r", _ => "\n" });
        var seen = new Seen();

        Gen.Select(Gen.Select(line, ends).Array[0, 12], Strict).Sample(
            (lines, strict) => seen.Add(Read(Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l.Item1 + l.Item2))), format, strict)),
            iter: 5_000,
            threads: 1);

        seen.ShouldHaveReachedEverything(format);
    }

    [Fact]
    public void Random_bytes_are_read_or_refused_and_never_break_the_reader()
    {
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Bool, Strict).Sample(
            (bytes, jsonl, strict) => { Read(bytes, jsonl ? ChatLogFormat.Jsonl : ChatLogFormat.Irc, strict); },
            iter: 5_000,
            threads: 1);
    }

    private static List<ChatLine>? Read(byte[] bytes, ChatLogFormat format, bool strict)
    {
        try
        {
            var lines = Reading.AllAsync(new MemoryStream(bytes), format, strict).GetAwaiter().GetResult();
            var atMost = bytes.Count(b => b == '\n') + 1;
            lines.Count.ShouldBeLessThanOrEqualTo(atMost);
            lines.Zip(lines.Skip(1)).All(pair => pair.First.Line < pair.Second.Line).ShouldBeTrue();
            lines.All(l => l.Line >= 1 && l.Line <= atMost).ShouldBeTrue();
            return lines;
        }
        catch (UsageException refused)
        {
            Refusal.LineOf(refused.Message + "\n").ShouldStartWith($"{Reading.Name}:");
            return null;
        }
    }

    /// <summary>That the generator produces every class of line, and refusals too.</summary>
    private sealed class Seen
    {
        private int _said;
        private int _happened;
        private int _skipped;
        private int _refused;

        public void Add(List<ChatLine>? lines)
        {
            _refused += lines is null ? 1 : 0;
            _said += lines?.OfType<ChatLine.Said>().Count() ?? 0;
            _happened += lines?.OfType<ChatLine.Happened>().Count() ?? 0;
            _skipped += lines?.OfType<ChatLine.Skipped>().Count() ?? 0;
        }

        public void ShouldHaveReachedEverything(ChatLogFormat format)
        {
            _said.ShouldBeGreaterThan(200);
            _skipped.ShouldBeGreaterThan(200);
            _refused.ShouldBeGreaterThan(200);
            (_happened > 200).ShouldBe(format == ChatLogFormat.Irc);
        }
    }
}
