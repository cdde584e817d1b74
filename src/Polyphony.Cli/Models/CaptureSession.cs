using Polyphony.Capture;
using Polyphony.Cli.Commands;

namespace Polyphony.Cli.Models;

/// <summary>The captured turns of one command, from its start to its end. Dispose it after the room.</summary>
internal sealed class CaptureSession : IAsyncDisposable
{
    private readonly TurnCaptureFile? _file;
    private readonly CommandConsole _console;

    private CaptureSession(TurnCaptureFile? file, CommandConsole console)
    {
        _file = file;
        _console = console;
    }

    /// <summary>Where a room sends its turns; null where they are not captured.</summary>
    public ITurnCapture? Turns => _file;

    /// <summary>Opens the file and says where it is, and what it holds.</summary>
    /// <exception cref="UsageException">It cannot be written, or is another kind of file.</exception>
    public static async Task<CaptureSession> OpenAsync(string? path, CommandConsole console)
    {
        if (path is null)
        {
            return new(null, console);
        }

        try
        {
            var file = new TurnCaptureFile(new() { Path = path, WriteFailed = line => console.Error.WriteLine(Quoted.OneLine(line)) });
            await console.Error.WriteLineAsync(Quoted.OneLine($"Turns are captured in {path}, with everything that is said."));
            return new(file, console);
        }
        catch (CaptureFileException other)
        {
            throw new UsageException(RoomFlags.CaptureFlag, $"{Quoted.Of(path)}: {other.Message}, or a new one", other);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UsageException(RoomFlags.CaptureFlag, $"{Quoted.Of(path)} cannot be written ({unusable.Message}); name another file", unusable);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is null)
        {
            return;
        }

        await _file.DisposeAsync();
        if (_file is { Lost: > 0 and var lost })
        {
            await _console.Error.WriteLineAsync($"{lost} turns were not captured; {_file.Written} were.");
        }
    }
}
