namespace Polyphony.Diagnostics;

/// <summary>A file that makes way for a new one when it is large or old. One program writes it at a time. Belongs to one writer.</summary>
internal sealed class RollingFile : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerWrites = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly ProbeFileOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<byte[]> _head;
    private readonly UnixFileMode _mode;
    private readonly FileStream? _lock;
    private FileStream _stream;
    private DateTimeOffset _began;
    private bool _isTorn;

    /// <param name="options">Where, how large and how old.</param>
    /// <param name="isPrivate">Whether only its owner may read it.</param>
    /// <param name="time">The clock for its age.</param>
    /// <param name="head">What every file begins with.</param>
    /// <exception cref="IOException">It cannot be opened, or another program writes it.</exception>
    public RollingFile(ProbeFileOptions options, bool isPrivate, TimeProvider time, Func<byte[]> head)
    {
        _options = options;
        _time = time;
        _head = head;
        _mode = isPrivate ? OwnerOnly : OwnerWrites;
        Path = System.IO.Path.GetFullPath(options.Path);
        _lock = Lock();
        try
        {
            _stream = Open();
        }
        catch
        {
            _lock?.Dispose();
            throw;
        }
    }

    public string Path { get; }

    private bool IsDevice => Path.StartsWith("/dev/", StringComparison.Ordinal);

    /// <exception cref="IOException">It could not be written, or not be rolled: nothing is added to a file that is too large.</exception>
    public void Write(ReadOnlySpan<byte> lines)
    {
        Follow();
        if (_stream.Position > 0 && (_stream.Position + lines.Length > _options.MaxBytes || _time.GetUtcNow() - _began >= _options.MaxAge))
        {
            Roll();
        }

        var torn = _isTorn;
        _isTorn = true;
        if (torn)
        {
            // What stands before may be half a line.
            _stream.WriteByte((byte)'\n');
        }

        _stream.Write(lines);
        _isTorn = false;
    }

    public void Dispose()
    {
        _stream.Dispose();
        _lock?.Dispose();
    }

    /// <summary>Goes with what others did to the file: one that was taken away is made again, and one that was cut is continued at its end.</summary>
    private void Follow()
    {
        if (IsDevice)
        {
            return;
        }

        if (!File.Exists(Path))
        {
            Reopen();
        }
        else if (_stream.Length < _stream.Position)
        {
            _stream.Position = _stream.Length;
            _isTorn = _stream.Position > 0;
        }
    }

    private void Reopen()
    {
        var before = _stream;
        _stream = Open();
        before.Dispose();
    }

    private void Roll()
    {
        if (_options.Keep == 0)
        {
            File.Delete(Path);
        }
        else
        {
            // Out of the way first: when that fails, nothing of what is kept has been moved.
            var aside = $"{Path}.rolling";
            File.Move(Path, aside, overwrite: true);
            for (var older = _options.Keep; older > 1; older--)
            {
                if (File.Exists(Name(older - 1)))
                {
                    File.Move(Name(older - 1), Name(older), overwrite: true);
                }
            }

            File.Move(aside, Name(1), overwrite: true);
        }

        Reopen();
    }

    private string Name(int number) => FormattableString.Invariant($"{Path}.{number}");

    private FileStream? Lock()
    {
        if (IsDevice)
        {
            return null;
        }

        if (Directory.Exists(Path))
        {
            throw new UnauthorizedAccessException($"'{Path}' is a directory");
        }

        return FileLock.Take(Path, "another program writes probes to it");
    }

    private FileStream Open()
    {
        // Not buffered: what is written is with the system. Others may read it, and may move it away.
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows() && !IsDevice)
        {
            options.UnixCreateMode = _mode;
        }

        var stream = new FileStream(Path, options);
        try
        {
            var isNew = IsDevice || stream.Length == 0;
            _began = isNew ? _time.GetUtcNow() : File.GetCreationTimeUtc(Path);
            stream.Write(isNew || EndsWithLine(stream) ? _head() : [(byte)'\n', .. _head()]);
            _isTorn = false;
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Whether the last line is whole; the position is at the end afterwards.</summary>
    private static bool EndsWithLine(FileStream stream)
    {
        stream.Seek(-1, SeekOrigin.End);
        return stream.ReadByte() == '\n';
    }
}
