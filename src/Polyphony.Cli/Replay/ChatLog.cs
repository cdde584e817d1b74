using System.Runtime.CompilerServices;
using System.Text;
using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Replay;

/// <summary>A recorded chat in a file. Read as a stream: a file of any size takes the memory of its longest line.</summary>
internal sealed class ChatLog(string path, ChatLogFormat format)
{
    /// <summary>The lines in order, blank ones left out.</summary>
    /// <param name="strict">Whether a line that fits nothing makes the file unusable.</param>
    /// <param name="cancel">Stops reading.</param>
    /// <exception cref="UsageException">The file cannot be read, is not UTF-8, has an overlong line, or is no chat at all.</exception>
    public async IAsyncEnumerable<ChatLine> ReadAsync(bool strict, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var stream = Open();
        await foreach (var line in ReadAsync(stream, path, format, strict, cancel))
        {
            yield return line;
        }
    }

    /// <summary>Reads the file to its end and throws what <see cref="ReadAsync(bool, CancellationToken)"/> would, so that a run need not stop midway.</summary>
    public async Task<ChatLogTally> CheckAsync(bool strict, CancellationToken cancel)
    {
        var tally = new ChatLogTally();
        await foreach (var line in ReadAsync(strict, cancel))
        {
            tally.Add(line);
        }

        return tally;
    }

    /// <summary>The same over an open stream that is called <paramref name="name"/>.</summary>
    internal static async IAsyncEnumerable<ChatLine> ReadAsync(
        Stream stream, string name, ChatLogFormat format, bool strict, [EnumeratorCancellation] CancellationToken cancel)
    {
        var lines = new LineReader(stream, name);
        ChatLine.Skipped? firstSkipped = null;
        var isChat = false;
        while (await lines.ReadAsync(cancel))
        {
            var line = Parse(lines, format);
            switch (line)
            {
                case null:
                    continue;
                case ChatLine.Skipped skipped when strict:
                    throw new UsageException(lines.Place, $"{skipped.Reason}; mend the line, or leave --strict out to go on without it");
                case ChatLine.Skipped skipped:
                    firstSkipped ??= skipped;
                    break;
                default:
                    isChat = true;
                    break;
            }

            yield return line;
        }

        if (!isChat && firstSkipped is not null)
        {
            throw new UsageException(
                $"{name}:{firstSkipped.Line}",
                $"{firstSkipped.Reason}, and no other line fits {ChatLogFormats.NameOf(format)} either; name a chat log, or its --format");
        }
    }

    private static ChatLine? Parse(LineReader lines, ChatLogFormat format)
    {
        if (lines.Line.IndexOfAnyExcept(" \t\r"u8) < 0)
        {
            return null;
        }

        return format == ChatLogFormat.Jsonl
            ? JsonlLine.Parse(lines.Number, lines.Line)
            : IrcLine.Parse(lines.Number, Encoding.UTF8.GetString(lines.Line));
    }

    private FileStream Open()
    {
        try
        {
            if (Pipes.IsOne(path))
            {
                throw Pipe();
            }

            // The reader has a buffer of its own.
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
            if (stream.CanSeek)
            {
                return stream;
            }

            stream.Dispose();
            throw Pipe();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException(path, $"the file cannot be read ({cause.Message}); check that it is there and may be read", cause);
        }
    }

    private UsageException Pipe() => new(path, "it is a pipe, and a chat is read twice: once to check it, once to post it; save it to a file first");
}
