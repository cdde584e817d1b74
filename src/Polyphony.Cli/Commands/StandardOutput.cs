using Microsoft.Win32.SafeHandles;

namespace Polyphony.Cli.Commands;

/// <summary>Standard output where it is no terminal. What it does not take is an <see cref="OutputException"/>, so that it is not mistaken for another failure.</summary>
/// <remarks>On Windows a pipe whose reader has gone still passes for one that takes everything: the platform hides it there.</remarks>
internal sealed class StandardOutput(Stream inner) : WriteOnlyStream(inner)
{
    private const int Descriptor = 1;

    /// <summary>The one of this process.</summary>
    public static StandardOutput OfProcess() => new(Open());

    protected override void NotTaken(Exception cause) => throw new OutputException(cause);

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
