using System.Text;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Replay;
using Polyphony.Tests;

namespace Polyphony.Cli.Tests.Replay;

public sealed class ChatLogTests
{
    [Theory]
    [InlineData("[12:18] <a> x\n[12:19] <b> y\n")]
    [InlineData("[12:18] <a> x\r\n[12:19] <b> y\r\n")]
    [InlineData("[12:18] <a> x\n[12:19] <b> y")]
    [InlineData("\uFEFF[12:18] <a> x\r\n[12:19] <b> y")]
    public async Task A_byte_order_mark_CR_LF_and_a_missing_last_line_end_change_nothing(string text)
    {
        (await Reading.AllAsync(text)).ShouldBe(
            [new ChatLine.Said(1, new(null, new(12, 18)), "a", "x"), new ChatLine.Said(2, new(null, new(12, 19)), "b", "y")]);
    }

    [Fact]
    public async Task Blank_lines_count_as_nothing_but_keep_the_numbers_right()
    {
        (await Reading.AllAsync("\n  \t\r\n=== x\n\n[1] \n")).ShouldBe([new ChatLine.Happened(3), Skipped(5)]);
        (await Reading.AllAsync("\n\n")).ShouldBeEmpty();
        (await Reading.AllAsync("")).ShouldBeEmpty();
        (await Reading.AllAsync("\uFEFF", strict: true)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Lines_that_fit_nothing_are_counted_and_the_first_three_kept()
    {
        using var scratch = new Scratch();
        var file = scratch.Write("chat.txt", "one\n=== x\ntwo\n[12:18] <a> x\nthree\nfour\n");

        var tally = await new ChatLog(file, ChatLogFormat.Irc).CheckAsync(strict: false, TestContext.Current.CancellationToken);

        (tally.Messages, tally.Events, tally.Skipped).ShouldBe((1, 1, 4));
        tally.FirstSkipped.Select(s => s.Line).ShouldBe([1, 3, 5]);
    }

    [Fact]
    public async Task A_strict_reading_ends_at_the_first_line_that_fits_nothing()
    {
        (await Reading.RefusalAsync("[12:18] <a> x\n\ntwo\n", strict: true)).ShouldStartWith("chat.txt:3: ");
    }

    [Theory]
    [InlineData("\nname,age\nAda,36\n", "irc")]
    [InlineData("\n[12:18] <a> x\n", "jsonl")]
    public async Task A_file_in_which_no_line_fits_is_no_chat(string text, string format)
    {
        var line = await Reading.RefusalAsync(text, ChatLogFormats.All.First(f => f.Name == format).Value);

        line.ShouldStartWith("chat.txt:2: ");
        line.ShouldContain(format);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xE2, 0x82 })]
    public async Task Bytes_that_are_not_UTF_8_are_refused_with_their_line(byte[] wrong)
    {
        var stream = new MemoryStream([.. "[12:18] <a> x\n[12:19] <b> "u8, .. wrong, .. "\n[12:20] <c> z\n"u8]);

        (await Reading.RefusalAsync(stream)).ShouldStartWith("chat.txt:2: the line is not valid UTF-8");
    }

    [Fact]
    public async Task A_line_of_8_MiB_is_read_and_one_byte_more_is_refused()
    {
        var front = "[12:18] <a> "u8.ToArray();
        var fits = new byte[LineReader.LongestLine];
        Array.Fill(fits, (byte)'x');
        front.CopyTo(fits, 0);

        var lines = await Reading.AllAsync(new MemoryStream([.. "=== x\n"u8, .. fits, .. "\r\n=== y"u8]));
        lines.Select(l => l.GetType()).ShouldBe([typeof(ChatLine.Happened), typeof(ChatLine.Skipped), typeof(ChatLine.Happened)]);
        (await Reading.RefusalAsync(new MemoryStream([.. "=== x\n"u8, .. fits, .. "x\n"u8]))).ShouldStartWith("chat.txt:2: the line is longer than 8 MiB");
        (await Reading.RefusalAsync(new MemoryStream([.. "=== x\n"u8, .. fits, .. "x"u8]))).ShouldStartWith("chat.txt:2: the line is longer than 8 MiB");
    }

    [Fact]
    public async Task A_line_without_end_is_not_loaded_whole()
    {
        var endless = new EndlessLine(bytes: 100_000_000);

        (await Reading.RefusalAsync(endless)).ShouldStartWith("chat.txt:1: the line is longer than 8 MiB");

        endless.Given.ShouldBeLessThan(LineReader.LongestLine + 128 * 1024);
    }

    [Fact]
    public async Task What_the_stream_gives_at_a_time_changes_nothing()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 40; i++)
        {
            text.Append($"[12:{i:00}] <näme{i}> {new string('ü', i * i * 10)}\r\n");
        }

        var whole = await Reading.AllAsync(text.ToString());
        whole.Count.ShouldBe(40);
        foreach (var piece in (int[])[1, 2, 7, 4_096, 65_535, 65_536])
        {
            (await Reading.AllAsync(new InPieces(Encoding.UTF8.GetBytes(text.ToString()), piece))).ShouldBe(whole);
        }
    }

    [Fact]
    public async Task A_disk_that_fails_midway_is_named_with_its_line()
    {
        var failing = new InPieces("[12:18] <a> x\n[12:19] <b>"u8.ToArray(), 25, failAtEnd: true);

        (await Reading.RefusalAsync(failing)).ShouldStartWith("chat.txt:2: it cannot be read (the disk is gone)");
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_is_named()
    {
        using var scratch = new Scratch();
        var gone = scratch.At("gone.txt");

        var refused = await Should.ThrowAsync<UsageException>(
            () => new ChatLog(gone, ChatLogFormat.Irc).CheckAsync(strict: false, TestContext.Current.CancellationToken));

        refused.Message.ShouldStartWith($"{gone}: ");
    }

    private static ChatLine.Skipped Skipped(long line) => new(line, "it does not begin with a time like [12:34]");

    private sealed class EndlessLine(int bytes) : UnseekableStream
    {
        public int Given { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, bytes - Given);
            buffer[..count].Fill((byte)'x');
            Given += count;
            return count;
        }
    }

    private sealed class InPieces(byte[] bytes, int piece, bool failAtEnd = false) : UnseekableStream
    {
        private int _given;

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(Math.Min(buffer.Length, piece), bytes.Length - _given);
            if (count == 0 && failAtEnd)
            {
                throw new IOException("the disk is gone");
            }

            bytes.AsSpan(_given, count).CopyTo(buffer);
            _given += count;
            return count;
        }
    }
}
