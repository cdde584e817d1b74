using System.Text.Unicode;
using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Replay;

/// <summary>Reads a stream line by line in bounded memory. A line ends with LF or CR LF; the last one may end with the stream.</summary>
/// <remarks>Not thread-safe. Leaves the stream open.</remarks>
internal sealed class LineReader(Stream stream, string name)
{
    /// <summary>The most bytes one line may have, without its end: 8 MiB.</summary>
    public const int LongestLine = 8 * 1024 * 1024;

    private const int FirstBuffer = 64 * 1024;
    private const int LongestEnd = 2;

    private byte[] _buffer = new byte[FirstBuffer];
    private int _start;
    private int _end;
    private ReadOnlyMemory<byte> _line;
    private bool _ended;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The number of the current line, counted from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The current line, valid UTF-8, without its end; good until the next read.</summary>
    public ReadOnlySpan<byte> Line => _line.Span;

    /// <summary>The file's name and the number of the current line, as a message names it.</summary>
    public string Place => $"{name}:{Number}";

    /// <summary>Goes to the next line; false at the end.</summary>
    /// <exception cref="UsageException">The line is too long, is not UTF-8, or cannot be read.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancel)
    {
        Number++;
        var searched = 0;
        while (true)
        {
            var length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                Take(searched + length, withEnd: true);
                return true;
            }

            searched = _end - _start;
            RequireLength(searched, LongestLine + 1);
            if (_ended)
            {
                Take(searched, withEnd: false);
                return searched > 0;
            }

            await FillAsync(cancel);
        }
    }

    private async ValueTask FillAsync(CancellationToken cancel)
    {
        MakeRoom();
        try
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancel);
            _end += read;
            _ended = read == 0;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(Place, $"it cannot be read ({cause.Message}); check the file and the disk", cause);
        }
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length)
        {
            return;
        }

        var pending = _buffer.AsSpan(_start, _end - _start);
        var next = _start > 0 ? _buffer : new byte[Math.Min(_buffer.Length * 2, LongestLine + LongestEnd + FirstBuffer)];
        pending.CopyTo(next);
        _end -= _start;
        _start = 0;
        _buffer = next;
    }

    private void Take(int length, bool withEnd)
    {
        var line = _buffer.AsMemory(_start, length);
        _start += length + (withEnd ? 1 : 0);
        if (withEnd && line.Span.EndsWith("\r"u8))
        {
            line = line[..^1];
        }

        if (Number == 1 && line.Span.StartsWith(ByteOrderMark))
        {
            line = line[ByteOrderMark.Length..];
        }

        RequireLength(line.Length, LongestLine);
        if (!Utf8.IsValid(line.Span))
        {
            throw new UsageException(Place, "the line is not valid UTF-8; save the file as UTF-8");
        }

        _line = line;
    }

    private void RequireLength(int length, int most)
    {
        if (length > most)
        {
            throw new UsageException(Place, $"the line is longer than {LongestLine / 1024 / 1024} MiB; split it, or take it out");
        }
    }
}
