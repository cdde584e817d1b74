using System.Diagnostics;
using Polyphony.Cli.Tests.Commands;
using Polyphony.Cli.Tests.Replay;

namespace Polyphony.Cli.Tests.Probes;

/// <summary>The manual of the probes, held against the program: its taxonomy, and its recipes as they are written.</summary>
public sealed class ManualTests : IDisposable
{
    private const string Begin = "<!-- taxonomy: begin -->\n";
    private const string End = "\n<!-- taxonomy: end -->";

    private readonly Scratch _scratch = new();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task The_taxonomy_of_the_manual_is_the_one_of_the_code()
    {
        var manual = await ManualAsync();
        var from = manual.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var stands = manual[from..manual.IndexOf(End, StringComparison.Ordinal)];
        var run = await ProgramProcess.RunAsync("probes", "list", "--markdown");

        run.ExitCode.ShouldBe(0, run.Error);
        stands.ShouldBe(run.Output.TrimEnd('\n'), "put what 'polyphony probes list --markdown' prints between the marks of docs/probes.md");
    }

    [Fact]
    public async Task The_recipes_run_as_written_on_a_file_that_a_replay_of_a_real_chat_made()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the recipes are for a shell of Unix");
        var chat = RealChat.Files() is [var real, ..]
            ? (await File.ReadAllLinesAsync(real, TestEnds)).Take(120)
            : Enumerable.Range(0, 60).Select(i => $"[10:{i:00}] <ann> line {i} about the roof");
        await File.WriteAllLinesAsync(_scratch.At("chat.txt"), chat, TestEnds);

        var recipes = Recipes(await ManualAsync()).ToArray();
        recipes.Length.ShouldBeGreaterThanOrEqualTo(11);
        recipes.Count(r => r.Contains("polyphony probes", StringComparison.Ordinal)).ShouldBeGreaterThanOrEqualTo(6);
        foreach (var recipe in recipes)
        {
            // Where there is no jq, our own tool's half of the recipe is what runs.
            var script = HasJq ? recipe : string.Join('\n', recipe.Split('\n').Where(l => !l.StartsWith("jq", StringComparison.Ordinal)));
            var (code, output, error) = await RunInShellAsync(script);
            code.ShouldBe(0, $"{script}\n{error}");
            if (script.Length > 0 && !script.Contains("replay", StringComparison.Ordinal))
            {
                // A small chat may hold nothing slow; everything else has something to show.
                (output.Length > 0 || script.Contains("slow", StringComparison.Ordinal)).ShouldBeTrue(script);
            }
        }
    }

    private static bool HasJq { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(p => File.Exists(Path.Combine(p, "jq")));

    private static async Task<string> ManualAsync()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Polyphony.slnx")))
            {
                return await File.ReadAllTextAsync(Path.Combine(at.FullName, "docs", "probes.md"), TestEnds);
            }
        }

        throw new DirectoryNotFoundException("the repository is not above the tests");
    }

    private static IEnumerable<string> Recipes(string manual) =>
        manual.Split("```sh\n").Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)].TrimEnd('\n'));

    private async Task<(int Code, string Output, string Error)> RunInShellAsync(string script)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var program = Path.Combine(AppContext.BaseDirectory, "Polyphony.Cli.dll");
        var start = new ProcessStartInfo("sh", ["-c", $"set -e\npolyphony() {{ \"{dotnet}\" \"{program}\" \"$@\"; }}\n{script}"])
        {
            WorkingDirectory = _scratch.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestEnds);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        using var process = Process.Start(start).ShouldNotBeNull();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
