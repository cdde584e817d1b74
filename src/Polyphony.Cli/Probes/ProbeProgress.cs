using Polyphony.Cli.Commands;
using Spectre.Console;

namespace Polyphony.Cli.Probes;

/// <summary>Reads a file away from the caller's thread, with a bar on a terminal's standard error where that takes a while.</summary>
internal static class ProbeProgress
{
    private const long FromBytes = 100_000_000;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    /// <param name="file">What is read.</param>
    /// <param name="path">Its name.</param>
    /// <param name="console">Where a bar may stand.</param>
    /// <param name="writes">Whether <paramref name="read"/> writes to standard output meanwhile: on a terminal a bar would stand in its way.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="cancel">Ends the command.</param>
    public static async Task<T> RunAsync<T>(ProbeFile file, string path, CommandConsole console, bool writes, Func<Task<T>> read, CancellationToken cancel)
    {
        // Whoever waits in a pipe cannot be asked to stop: the command ends without it.
        var reading = Task.Run(read, cancel).WaitAsync(cancel);
        if (file.Length is not (>= FromBytes and var length) || !console.ErrorIsTerminal || (writes && console.OutputIsTerminal))
        {
            return await reading;
        }

        var terminal = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(console.Error) });
        return await terminal.Progress().AutoClear(true).StartAsync(async progress =>
        {
            var bar = progress.AddTask(Markup.Escape(Quoted.OneLine(Path.GetFileName(path))), maxValue: length);
            while (await Task.WhenAny(reading, Task.Delay(Step, TimeProvider.System, CancellationToken.None)) != reading)
            {
                bar.Value = file.Position;
            }

            return await reading;
        });
    }
}
