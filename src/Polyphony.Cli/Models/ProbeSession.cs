using Microsoft.Extensions.Logging;
using Polyphony.Cli.Commands;
using Polyphony.Diagnostics;

namespace Polyphony.Cli.Models;

/// <summary>The probes of one command, from its start to its end. Dispose it after the room.</summary>
internal sealed class ProbeSession : IAsyncDisposable
{
    private readonly ProbeHub? _hub;
    private readonly ProbeFile? _file;
    private readonly CommandConsole _console;
    private readonly string _notice;

    private ProbeSession(ProbeHub? hub, ProbeFile? file, CommandConsole console, string notice)
    {
        _hub = hub;
        _file = file;
        _console = console;
        _notice = notice;
    }

    /// <summary>Where a room sends its events; null where nobody listens.</summary>
    public ILogger? Logger => _hub?.Logger;

    /// <summary>Opens the probe file.</summary>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public static async ValueTask<ProbeSession> OpenAsync(ProbeTarget target, CommandConsole console)
    {
        if (target.File is not { } path)
        {
            return new(null, null, console, "");
        }

        var hub = new ProbeHub(target.Content);
        try
        {
            var file = hub.WriteTo(new() { Path = path, Filter = target.Filter, WriteFailed = line => console.Error.WriteLine(Quoted.OneLine(line)) });
            var holds = target.Content ? ", with what is said" : "";
            return new(hub, file, console, Quoted.OneLine($"Probes land in {path}{holds}."));
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            await hub.DisposeAsync();
            throw new UsageException(target.Name, $"{Quoted.Of(path)} cannot be written ({unusable.Message}); name another file", unusable);
        }
    }

    /// <summary>Says where the probes are. Not before everything is known to be usable: a refusal is one line.</summary>
    public async Task TellAsync()
    {
        if (_notice.Length > 0)
        {
            await _console.Error.WriteLineAsync(_notice);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_hub is null)
        {
            return;
        }

        await _hub.DisposeAsync();
        if (_file is { Lost: > 0 and var lost })
        {
            await _console.Error.WriteLineAsync($"{lost} probes were lost; {_file.Written} were written.");
        }
    }
}
