using System.Diagnostics;
using System.Text;

namespace Polyphony.Cli.Tests.Commands;

/// <summary>The built program, run as people run it: a process with pipes.</summary>
internal sealed record ProgramProcess(int ExitCode, string Output, string Error)
{
    // Far beyond what any command of the tests needs, on a machine that is busy with other tests too: it ends what hangs.
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private static IEnumerable<string> Command =>
        [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "Polyphony.Cli.dll")];

    public static Task<ProgramProcess> RunAsync(params string[] args) => RunWithInputAsync("", args);

    /// <summary>Runs to the end, or kills it and fails when it does not end within the limit.</summary>
    public static Task<ProgramProcess> RunWithInputAsync(string input, params string[] args) => RunWithInputAsync(Encoding.UTF8.GetBytes(input), args);

    /// <inheritdoc cref="RunWithInputAsync(string, string[])"/>
    public static Task<ProgramProcess> RunWithInputAsync(byte[] input, params string[] args) =>
        RunAsync([.. Command, .. args], async (process, limit) =>
        {
            var output = process.StandardOutput.ReadToEndAsync(limit);
            await FeedAsync(process, input, thenEnds: true, limit);
            return await output;
        });

    /// <summary>Runs it with these variables beside those of the tests.</summary>
    public static Task<ProgramProcess> RunInEnvironmentAsync(IReadOnlyDictionary<string, string> variables, string input, params string[] args)
    {
        var start = StartOf(args);
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return RunAsync(start, async (process, limit) =>
        {
            var output = process.StandardOutput.ReadToEndAsync(limit);
            await FeedAsync(process, Encoding.UTF8.GetBytes(input), thenEnds: true, limit);
            return await output;
        });
    }

    /// <summary>Runs it with an input whose second part comes only after the program has written a line.</summary>
    public static Task<ProgramProcess> RunInTwoPartsAsync(byte[] first, byte[] second, params string[] args) =>
        RunAsync([.. Command, .. args], async (process, limit) =>
        {
            await FeedAsync(process, first, thenEnds: false, limit);
            await process.StandardInput.BaseStream.FlushAsync(limit);
            var line = await process.StandardOutput.ReadLineAsync(limit);
            await FeedAsync(process, second, thenEnds: true, limit);
            return $"{line}\n{await process.StandardOutput.ReadToEndAsync(limit)}";
        });

    /// <summary>Runs a script of the shell, in which <c>"$@"</c> is the program with its arguments.</summary>
    public static Task<ProgramProcess> RunInShellAsync(string script, string input, params string[] args) =>
        RunAsync(["sh", "-c", script, "sh", .. Command, .. args], async (process, limit) =>
        {
            await FeedAsync(process, Encoding.UTF8.GetBytes(input), thenEnds: true, limit);
            return "";
        });

    /// <summary>Runs it with nobody at the other end of its standard output, and an input that goes on after what is given here.</summary>
    public static Task<ProgramProcess> RunWithoutReaderAsync(string input, params string[] args) =>
        RunAsync([.. Command, .. args], async (process, limit) =>
        {
            process.StandardOutput.Close();
            await FeedAsync(process, Encoding.UTF8.GetBytes(input), thenEnds: false, limit);
            return "";
        });

    private static Task<ProgramProcess> RunAsync(IEnumerable<string> command, Func<Process, CancellationToken, Task<string>> talk) => RunAsync(StartOf(command), talk);

    private static async Task<ProgramProcess> RunAsync(ProcessStartInfo start, Func<Process, CancellationToken, Task<string>> talk)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        using var process = Process.Start(start).ShouldNotBeNull();
        try
        {
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            var output = await talk(process, limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new(process.ExitCode, output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>How the program is started. Its local time is UTC, so that what it prints is the same on every machine.</summary>
    public static ProcessStartInfo StartOf(params string[] args) => StartOf((IEnumerable<string>)[.. Command, .. args]);

    private static ProcessStartInfo StartOf(IEnumerable<string> command)
    {
        var start = new ProcessStartInfo(command.First(), command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TZ"] = "UTC";
        return start;
    }

    private static async Task FeedAsync(Process process, byte[] input, bool thenEnds, CancellationToken cancel)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancel);
            if (thenEnds)
            {
                process.StandardInput.Close();
            }
        }
        catch (IOException)
        {
            // The program may end without reading its input, as it does for wrong arguments.
        }
    }
}
