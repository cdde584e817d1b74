using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Polyphony.Llama.Native;

/// <summary>The one listener to what the library logs: whole lines go to the logger, and those of a load also to who wants to know why it failed.</summary>
internal static unsafe partial class NativeLog
{
    private const int Debug = 1;
    private const int Warning = 3;
    private const int Error = 4;
    private const int Continued = 5;
    private const int LongestLine = 8192;

    private static readonly Lock Gate = new();
    private static readonly StringBuilder Line = new();
    private static int _level;
    private static List<string>? _kept;

    /// <summary>Who gets the lines.</summary>
    public static ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>Makes this the listener of the library, which must be loaded.</summary>
    public static void Attach() => NativeMethods.llama_log_set(&OnText, null);

    /// <summary>Keeps the lines until the end of an act. Acts do not overlap: the caller holds the library's lock.</summary>
    public static IReadOnlyList<string> During(Action act)
    {
        var kept = new List<string>();
        lock (Gate)
        {
            _kept = kept;
        }

        try
        {
            act();
        }
        finally
        {
            lock (Gate)
            {
                _kept = null;
            }
        }

        return kept;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    [SuppressMessage("Design", "CA1031", Justification = "An exception that leaves a callback of native code ends the process; a logger that throws must not do that.")]
    private static void OnText(int level, byte* text, void* userData)
    {
        _ = userData;
        try
        {
            Take(level, Marshal.PtrToStringUTF8((nint)text) ?? "");
        }
        catch (Exception)
        {
            // The line is lost; there is nobody left to tell.
        }
    }

    /// <summary>A line may come in parts, and a part may end several lines.</summary>
    internal static void Take(int level, string text)
    {
        lock (Gate)
        {
            if (level != Continued)
            {
                Flush();
                _level = level;
            }

            var rest = text.AsSpan();
            for (var end = rest.IndexOf('\n'); end >= 0; end = rest.IndexOf('\n'))
            {
                Append(rest[..end]);
                Flush();
                rest = rest[(end + 1)..];
            }

            Append(rest);
        }
    }

    private static void Append(ReadOnlySpan<char> part) => Line.Append(part[..Math.Min(part.Length, LongestLine - Line.Length)]);

    private static void Flush()
    {
        if (Line.Length == 0)
        {
            return;
        }

        var line = Line.ToString();
        Line.Clear();
        _kept?.Add(line);
        switch (_level)
        {
            case Error:
                LogError(Logger, line);
                break;
            case Warning:
                LogWarning(Logger, line);
                break;
            default:
                // What the library calls information is its own detail: hundreds of lines a load.
                LogDetail(Logger, _level == Debug ? LogLevel.Trace : LogLevel.Debug, line);
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Line}")]
    private static partial void LogError(ILogger logger, string line);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Line}")]
    private static partial void LogWarning(ILogger logger, string line);

    [LoggerMessage(Message = "{Line}")]
    private static partial void LogDetail(ILogger logger, LogLevel level, string line);
}
