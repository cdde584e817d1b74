namespace Polyphony.Cli.Tests.Probes;

/// <summary>What the commands of <c>probes</c> print for a person, whole: <c>tests/golden/probes</c>.</summary>
internal static class Golden
{
    public static async Task ShouldBeAsync(string name, string text)
    {
        var directory = Path.Combine(AppContext.BaseDirectory, "golden", "probes");
        Directory.CreateDirectory(directory);
        var received = Path.Combine(directory, $"received.{name}");
        await File.WriteAllTextAsync(received, text.ReplaceLineEndings("\n"), TestContext.Current.CancellationToken);

        var golden = Path.Combine(directory, name);
        var approved = File.Exists(golden) ? await File.ReadAllTextAsync(golden, TestContext.Current.CancellationToken) : "";
        text.ReplaceLineEndings("\n").ShouldBe(approved, $"the text changed; where that is meant, copy {received} over tests/golden/probes/{name}");
    }
}
