using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Polyphony.Diagnostics;

namespace Polyphony.Capture;

/// <summary>How a <see cref="TurnCaptureFile"/> writes.</summary>
public sealed record TurnCaptureFileOptions
{
    /// <summary>The file. It is appended to where it exists; it is its owner's alone, because it holds everything that is said.</summary>
    public required string Path { get; init; }

    /// <summary>The most turns that may wait for the writer; what comes beyond is lost and counted. Range 1 to 100,000; default 1,024.</summary>
    public int QueueCapacity { get; init; } = 1_024;

    /// <summary>Told once, in one line, when writing fails; the turns go on.</summary>
    public Action<string>? WriteFailed { get; init; }
}

/// <summary>
/// Writes captured turns to a file, one line of JSON each. The turns put them into a bounded queue and never wait; one writer takes them out, and each reaches the system whole
/// before the next, so that a killed process leaves whole lines but for the last. Thread-safe.
/// </summary>
public sealed class TurnCaptureFile : ITurnCapture, IAsyncDisposable
{
    private readonly Channel<CapturedTurn> _queue;
    private readonly FileStream _stream;
    private readonly FileStream _lock;
    private readonly TimeProvider _time;
    private readonly Action<string>? _failed;
    private readonly Task _writing;
    private long _good;
    private long _lost;
    private long _written;
    private bool _isTold;

    /// <param name="options">Where, and how.</param>
    /// <param name="time">The clock of <see cref="CapturedTurn.At"/>.</param>
    /// <exception cref="CaptureFileException">The file is another kind of file, or of a newer version. It is left as it is.</exception>
    /// <exception cref="IOException">It cannot be opened, or another program writes it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public TurnCaptureFile(TurnCaptureFileOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.QueueCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.QueueCapacity, 100_000);
        _time = time ?? TimeProvider.System;
        _failed = options.WriteFailed;
        _queue = Channel.CreateBounded<CapturedTurn>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });
        _lock = FileLock.Take(options.Path, "another program captures turns in it");
        try
        {
            _stream = Open(options.Path);
            _good = Begin();
        }
        catch
        {
            _stream?.Dispose();
            _lock.Dispose();
            throw;
        }

        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Turns that reached the file.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>Turns that were lost: the queue was full, or writing failed.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <inheritdoc/>
    public void Take(CapturedTurn turn)
    {
        if (!_queue.Writer.TryWrite(turn))
        {
            Interlocked.Increment(ref _lost);
        }
    }

    /// <summary>Writes what is on its way and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writing;
    }

    private static FileStream Open(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var stream = new FileStream(path, options);
        if (stream.CanSeek)
        {
            return stream;
        }

        stream.Dispose();
        throw new IOException("it is no regular file");
    }

    /// <summary>Makes sure of what the file is, and goes to where its whole lines end.</summary>
    private long Begin()
    {
        if (_stream.Length == 0)
        {
            _stream.Write(CapturedTurnCodec.Head);
            return _stream.Length;
        }

        var head = new byte[TurnCaptureReader.LongestHead];
        var read = _stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var line = head.AsSpan(0, read).IndexOf((byte)'\n');
        if (line < 0)
        {
            throw TurnCaptureReader.NoCapture();
        }

        TurnCaptureReader.RequireHead(head.AsSpan(0, line));
        var end = EndOfWholeLines();
        _stream.SetLength(end);
        return end;
    }

    /// <summary>Where the last whole line ends: behind it there may be a half one, of a program that was killed.</summary>
    private long EndOfWholeLines()
    {
        var block = new byte[64 * 1024];
        for (var end = _stream.Length; end > 0;)
        {
            var from = Math.Max(0, end - block.Length);
            _stream.Position = from;
            _stream.ReadExactly(block, 0, (int)(end - from));
            if (block.AsSpan(0, (int)(end - from)).LastIndexOf((byte)'\n') is >= 0 and var last)
            {
                return from + last + 1;
            }

            end = from;
        }

        throw TurnCaptureReader.NoCapture();
    }

    private async Task WriteAsync()
    {
        await using (_lock)
        await using (_stream)
        {
            await foreach (var turn in _queue.Reader.ReadAllAsync())
            {
                Write(turn);
            }
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "However writing fails, and whoever is told of it: it is counted, told once, and touches no turn.")]
    private void Write(CapturedTurn turn)
    {
        try
        {
            byte[] line = [.. CapturedTurnCodec.Encode(turn with { At = _time.GetUtcNow(), PromptSha256 = CapturedTurnCodec.DigestOf(turn.Messages) }), (byte)'\n'];
            if (_stream.Length != _good)
            {
                // What stands there is half a line that could not be finished.
                _stream.SetLength(_good);
            }

            _stream.Position = _good;
            _stream.Write(line);
            _good += line.Length;
            Interlocked.Increment(ref _written);
        }
        catch (Exception error)
        {
            Interlocked.Increment(ref _lost);
            Tell(error);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "As above.")]
    private void Tell(Exception error)
    {
        if (_isTold)
        {
            return;
        }

        _isTold = true;
        try
        {
            _failed?.Invoke($"{_stream.Name}: turns cannot be captured ({error.Message}); the room goes on without, what is lost is counted");
        }
        catch (Exception)
        {
            // Nobody is left to be told.
        }
    }
}
