using Microsoft.Win32.SafeHandles;

namespace Polyphony.Cli.Commands;

/// <summary>Standard output where it is no terminal. What it does not take is an <see cref="OutputException"/>, so that it is not mistaken for another failure.</summary>
/// <remarks>On Windows a pipe whose reader has gone still passes for one that takes everything: the platform hides it there.</remarks>
internal sealed class StandardOutput(Stream inner) : Stream
{
    private const int Descriptor = 1;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The one of this process.</summary>
    public static StandardOutput OfProcess() => new(Open());

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            inner.Write(buffer);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(cause);
        }
    }

    /// <summary>Does nothing: what is written is not kept back.</summary>
    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>The console's own stream hides that a pipe has no reader; a file stream would write over what others write to the same file.</summary>
    private static Stream Open()
    {
        if (OperatingSystem.IsWindows())
        {
            return Console.OpenStandardOutput();
        }

        try
        {
            var direct = new FileStream(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return direct.CanSeek ? Console.OpenStandardOutput() : direct;
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            // It is closed. The console's stream says so too, but only to who writes.
            return Console.OpenStandardOutput();
        }
    }
}
