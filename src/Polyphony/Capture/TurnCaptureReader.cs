using System.Text.Json;

namespace Polyphony.Capture;

/// <summary>Reads a file of captured turns, also while it is written.</summary>
public static class TurnCaptureReader
{
    /// <summary>The most bytes a turn may have: 64 MiB.</summary>
    public const int LongestLine = 64 * 1024 * 1024;

    /// <summary>The most bytes the first line may have: what is longer is another kind of file.</summary>
    internal const int LongestHead = 4 * 1024;

    private const int FirstBuffer = 64 * 1024;

    /// <summary>
    /// The turns, in the order in which they ended. A last line without an end, which a program that was killed may leave, is passed over; any other line that is no turn
    /// ends the reading.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CaptureFileException">It is no file of captured turns, is of a newer version, or has a damaged line; thrown where the reading comes to it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IEnumerable<CapturedTurn> Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        foreach (var (number, line) in Lines(stream))
        {
            if (number == 1)
            {
                RequireHead(line.Span);
            }
            else
            {
                yield return Turn(line.Span, number);
            }
        }
    }

    /// <exception cref="CaptureFileException">The line is not the first one of such a file.</exception>
    internal static void RequireHead(ReadOnlySpan<byte> line)
    {
        var version = line.Length <= LongestHead ? CapturedTurnCodec.VersionOf(line) : null;
        if (version is not >= 1)
        {
            throw NoCapture();
        }

        if (version > CapturedTurnCodec.Version)
        {
            throw new CaptureFileException($"it is of version {version}, and this program knows {CapturedTurnCodec.Version}; use a newer program");
        }
    }

    internal static CaptureFileException NoCapture() => new("it is no file of captured turns; name one that --capture wrote");

    private static CapturedTurn Turn(ReadOnlySpan<byte> line, long number)
    {
        try
        {
            return CapturedTurnCodec.Decode(line);
        }
        catch (JsonException damaged)
        {
            throw new CaptureFileException($"line {number} is no captured turn of version {CapturedTurnCodec.Version}; take that line out", damaged);
        }
    }

    private static IEnumerable<(long Number, ReadOnlyMemory<byte> Line)> Lines(FileStream stream)
    {
        var (buffer, start, end, searched) = (new byte[FirstBuffer], 0, 0, 0);
        for (long number = 1; ; number++)
        {
            int length;
            while ((length = buffer.AsSpan(start + searched, end - start - searched).IndexOf((byte)'\n')) < 0)
            {
                searched = end - start;
                Require(number, searched);
                (buffer, start, end) = MakeRoom(buffer, start, end);
                if (stream.Read(buffer.AsSpan(end)) is not (> 0 and var read))
                {
                    if (number == 1)
                    {
                        // Not one whole line: an empty file, or the beginning of something else.
                        throw NoCapture();
                    }

                    yield break;
                }

                end += read;
            }

            length += searched;
            yield return (number, buffer.AsMemory(start, length));
            (start, searched) = (start + length + 1, 0);
        }
    }

    private static void Require(long number, int length)
    {
        if (number == 1 && length > LongestHead)
        {
            throw NoCapture();
        }

        if (length > LongestLine)
        {
            throw new CaptureFileException($"line {number} is longer than {LongestLine / 1024 / 1024} MiB; take that line out");
        }
    }

    private static (byte[] Buffer, int Start, int End) MakeRoom(byte[] buffer, int start, int end)
    {
        if (end < buffer.Length)
        {
            return (buffer, start, end);
        }

        var next = start > 0 ? buffer : new byte[buffer.Length * 2];
        buffer.AsSpan(start, end - start).CopyTo(next);
        return (next, 0, end - start);
    }
}
