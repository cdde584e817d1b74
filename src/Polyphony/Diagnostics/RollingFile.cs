namespace Polyphony.Diagnostics;

/// <summary>A file that makes way for a new one when it is large or old. Belongs to one writer.</summary>
internal sealed class RollingFile : IDisposable
{
    private readonly ProbeFileOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<byte[]> _head;
    private FileStream _stream;
    private DateTimeOffset _began;
    private bool _isTorn;

    /// <param name="options">Where, how large and how old.</param>
    /// <param name="time">The clock for its age.</param>
    /// <param name="head">What every file begins with.</param>
    public RollingFile(ProbeFileOptions options, TimeProvider time, Func<byte[]> head)
    {
        _options = options;
        _time = time;
        _head = head;
        Path = System.IO.Path.GetFullPath(options.Path);
        _stream = Open();
    }

    public string Path { get; }

    /// <exception cref="IOException">It could not be written, or not be rolled: nothing is added to a file that is too large.</exception>
    public void Write(ReadOnlySpan<byte> lines)
    {
        if (_stream.Length > 0 && (_stream.Length + lines.Length > _options.MaxBytes || _time.GetUtcNow() - _began >= _options.MaxAge))
        {
            Roll();
        }

        try
        {
            if (_isTorn)
            {
                // What stands before may be half a line.
                _stream.WriteByte((byte)'\n');
            }

            _stream.Write(lines);
            _isTorn = false;
        }
        catch (IOException)
        {
            _isTorn = true;
            throw;
        }
    }

    public void Dispose() => _stream.Dispose();

    private void Roll()
    {
        if (_options.Keep == 0)
        {
            File.Delete(Path);
        }

        for (var older = _options.Keep; older > 0 && File.Exists(Path); older--)
        {
            var from = older == 1 ? Path : Name(older - 1);
            if (File.Exists(from))
            {
                File.Move(from, Name(older), overwrite: true);
            }
        }

        var before = _stream;
        _stream = Open();
        before.Dispose();
    }

    private string Name(int number) => System.FormattableString.Invariant($"{Path}.{number}");

    private FileStream Open()
    {
        // Not buffered: what is written is with the system. Others may read it, and may move it away.
        var stream = new FileStream(Path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        _began = _time.GetUtcNow();
        _isTorn = stream.Length > 0 && !EndsWithLine();
        var head = _head();
        stream.Write(_isTorn ? [(byte)'\n', .. head] : head);
        _isTorn = false;
        return stream;
    }

    private bool EndsWithLine()
    {
        using var end = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        end.Seek(-1, SeekOrigin.End);
        return end.ReadByte() == '\n';
    }
}
