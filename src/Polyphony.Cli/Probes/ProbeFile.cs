using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Probes;

/// <summary>
/// A probe file that is read once, in blocks of whole lines and in bounded memory, so that a file of any size can be read, and by several workers at once.
/// A line ends with LF; the last one may end with the file.
/// </summary>
/// <remarks>Thread-safe but for <see cref="Dispose"/>.</remarks>
internal sealed class ProbeFile : IDisposable
{
    /// <summary>The most bytes one line may have, without its end: 8 MiB. A longer one is skipped.</summary>
    public const int LongestLine = 8 * 1024 * 1024;

    /// <summary>The form of the file that is understood.</summary>
    public const int Version = 1;

    private const int FirstBuffer = 512 * 1024;

    // A probe file begins with a record. What has none so far in, a device without end among them, is something else.
    private const long MostBeforeFirst = 64 * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly Stream _stream;

    // What was read and not yet given away: the beginning of a line, or the first block.
    private byte[] _kept = [];
    private int _keptStart;
    private int _keptEnd;
    private bool _inLongLine;
    private bool _hasBegun;
    private long _position;
    private long _skipped;

    private ProbeFile(string path, Stream stream)
    {
        _path = path;
        _stream = stream;
    }

    /// <summary>How many bytes the file had when it was opened; null where it is a pipe.</summary>
    public long? Length { get; private init; }

    /// <summary>How many bytes were read.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>Lines that never came into a block: those too long, and those before the first record.</summary>
    public long Skipped => Volatile.Read(ref _skipped);

    /// <summary>Opens a file away from the caller's thread: a pipe keeps whoever opens it until somebody writes to it.</summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static Task<ProbeFile> OpenAsync(string path, CancellationToken cancel) => Task.Run(() => Open(path), cancel).WaitAsync(cancel);

    /// <summary>Opens a file and goes to its first record.</summary>
    /// <exception cref="UsageException">It cannot be read, is empty, is of another version, or does not begin as a probe file does.</exception>
    public static ProbeFile Open(string path)
    {
        var file = OpenStart(path);
        try
        {
            file.GoToFirstRecord();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The next whole lines.</summary>
    /// <param name="buffer">Filled from its start; replaced where a line needs more room.</param>
    /// <param name="isWhole">Whether the file ends where it ends now; otherwise a last line without an end waits for the rest of it.</param>
    /// <returns>How many bytes there are; 0 at the end.</returns>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public int ReadBlock(ref byte[] buffer, bool isWhole = true)
    {
        lock (_gate)
        {
            return ReadBlock_NeedsLock(ref buffer, isWhole);
        }
    }

    /// <summary>Takes the next line off the start of a block; false at its end.</summary>
    public static bool NextLine(ref ReadOnlySpan<byte> block, out ReadOnlySpan<byte> line)
    {
        if (block.IsEmpty)
        {
            line = default;
            return false;
        }

        var length = block.IndexOf((byte)'\n');
        line = length < 0 ? block : block[..length];
        block = length < 0 ? default : block[(length + 1)..];
        line = line is [.. var before, (byte)'\r'] ? before : line;
        return true;
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>The file that stands at the path now, where that is another one, or this one made shorter; otherwise nothing. The caller disposes of it.</summary>
    public ProbeFile? Replacement()
    {
        if (_stream is not FileStream { CanSeek: true } own)
        {
            return null;
        }

        FileStream? current = null;
        try
        {
            // Every file begins with the moment at which it was opened, so two files differ within their first line.
            current = OpenStream(_path);
            Span<byte> ours = stackalloc byte[256];
            Span<byte> theirs = stackalloc byte[256];
            var length = RandomAccess.Read(own.SafeFileHandle, ours, 0);
            var isSame = current.Length >= Position
                && theirs[..current.ReadAtLeast(theirs[..length], length, throwOnEndOfStream: false)].SequenceEqual(ours[..length]);
            if (isSame)
            {
                return null;
            }

            current.Position = 0;
            var replacement = new ProbeFile(_path, current) { Length = current.Length, _hasBegun = true };
            current = null;
            return replacement;
        }
        catch (Exception between) when (between is IOException or UnauthorizedAccessException)
        {
            // Between two files there is none at the path for a moment: the next look finds it.
            return null;
        }
        finally
        {
            current?.Dispose();
        }
    }

    private static ProbeFile OpenStart(string path)
    {
        try
        {
            var stream = OpenStream(path);
            return new(path, stream) { Length = stream.CanSeek ? stream.Length : null };
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Unreadable(path, cause);
        }
    }

    // The writer goes on, and may give the file another name, while it is read. The reader has buffers of its own.
    private static FileStream OpenStream(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);

    private static UsageException Unreadable(string path, Exception cause) =>
        new(path, $"the file cannot be read ({cause.Message}); check that it is there and may be read", cause);

    private UsageException NoProbeFile(string why) => new(_path, $"it is no probe file: {why}; name a file that was written with --probes");

    private void GoToFirstRecord()
    {
        var buffer = Array.Empty<byte>();
        while (ReadBlock(ref buffer) is > 0 and var length)
        {
            ReadOnlySpan<byte> rest = buffer.AsSpan(0, length);
            for (var before = rest; NextLine(ref rest, out var line); before = rest)
            {
                if (ProbeLine.TryParse(line, out var record))
                {
                    RequireVersion(record);
                    KeepBefore(before);
                    _hasBegun = true;
                    return;
                }

                _skipped++;
            }
        }

        throw _position == 0
            ? new UsageException(_path, "the file is empty; name a probe file")
            : NoProbeFile("none of its lines is a record of one");
    }

    /// <summary>Looks at a record that says of which form those after it are: a file may be gone on with by another program.</summary>
    /// <exception cref="UsageException">It is another form than the one that is understood.</exception>
    public void RequireVersion(ProbeLine record)
    {
        if (!record.Class.SequenceEqual("probe.file"u8) || record.Fields.Number("version"u8) == Version)
        {
            return;
        }

        var found = record.Fields.Number("version"u8) is { } version ? FormattableString.Invariant($"it is of version {version:0.###}") : "it does not say of which version it is";
        throw new UsageException(
            _path, FormattableString.Invariant($"{found}, and this program reads version {Version}; read it with the program that wrote it, or name a file of that version"));
    }

    private void KeepBefore(ReadOnlySpan<byte> block)
    {
        // What is kept already follows the block in the file.
        byte[] kept = [.. block, .. _kept.AsSpan(_keptStart, _keptEnd - _keptStart)];
        (_kept, _keptStart, _keptEnd) = (kept, 0, kept.Length);
    }

    private int ReadBlock_NeedsLock(ref byte[] buffer, bool isWhole)
    {
        var length = _keptEnd - _keptStart;
        if (buffer.Length < Math.Max(FirstBuffer, length + 1))
        {
            buffer = new byte[Math.Max(FirstBuffer, length + 1)];
        }

        _kept.AsSpan(_keptStart, length).CopyTo(buffer);
        (_kept, _keptStart, _keptEnd) = ([], 0, 0);
        var searched = 0;
        while (true)
        {
            var read = Fill(buffer.AsSpan(length));
            length = _inLongLine ? LeaveOutLongLine(buffer, length + read) : length + read;
            var end = buffer.AsSpan(searched, length - searched).LastIndexOf((byte)'\n');
            if (end >= 0)
            {
                return Keep(buffer, searched + end + 1, length);
            }

            if (read == 0 && (isWhole || length == 0))
            {
                return length;
            }

            if (length > LongestLine)
            {
                _inLongLine = true;
                _skipped++;
                length = 0;
            }
            else if (read == 0)
            {
                return Keep(buffer, 0, length);
            }

            searched = length;
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, LongestLine + FirstBuffer));
            }
        }
    }

    /// <summary>Drops bytes up to and with the end of a line that is too long.</summary>
    private int LeaveOutLongLine(byte[] buffer, int length)
    {
        var end = buffer.AsSpan(0, length).IndexOf((byte)'\n');
        if (end < 0)
        {
            return 0;
        }

        _inLongLine = false;
        buffer.AsSpan(end + 1, length - end - 1).CopyTo(buffer);
        return length - end - 1;
    }

    /// <summary>Keeps what follows the last whole line.</summary>
    private int Keep(byte[] buffer, int whole, int length)
    {
        if (length > whole)
        {
            _kept = buffer.AsSpan(whole, length - whole).ToArray();
            _keptEnd = _kept.Length;
        }

        return whole;
    }

    private int Fill(Span<byte> room)
    {
        try
        {
            var read = _stream.Read(room);
            _position += read;
            return _hasBegun || _position <= MostBeforeFirst ? read : throw NoProbeFile("none of the lines in its first 64 MiB is a record of one");
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(_path, cause);
        }
    }
}
