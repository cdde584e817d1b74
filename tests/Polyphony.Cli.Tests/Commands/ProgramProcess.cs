using System.Diagnostics;
using System.Text;

namespace Polyphony.Cli.Tests.Commands;

/// <summary>The built program, run as people run it: a process with pipes.</summary>
internal sealed record ProgramProcess(int ExitCode, string Output, string Error)
{
    // Far beyond what any command of the tests needs, on a machine that is busy with other tests too: it ends what hangs.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static Task<ProgramProcess> RunAsync(params string[] args) => RunWithInputAsync("", args);

    /// <summary>Runs to the end, or kills it and fails when it does not end within the limit.</summary>
    public static Task<ProgramProcess> RunWithInputAsync(string input, params string[] args) => RunWithInputAsync(Encoding.UTF8.GetBytes(input), args);

    /// <inheritdoc cref="RunWithInputAsync(string, string[])"/>
    public static async Task<ProgramProcess> RunWithInputAsync(byte[] input, params string[] args)
    {
        var start = StartOf(args);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        using var process = Process.Start(start).ShouldNotBeNull();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await FeedAsync(process, input, limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new(process.ExitCode, await output, await error);
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
    public static ProcessStartInfo StartOf(params string[] args)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TZ"] = "UTC";
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Polyphony.Cli.dll"));
        foreach (var arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        return start;
    }

    private static async Task FeedAsync(Process process, byte[] input, CancellationToken cancel)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancel);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program may end without reading its input, as it does for wrong arguments.
        }
    }
}
