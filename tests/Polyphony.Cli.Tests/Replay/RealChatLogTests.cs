using Polyphony.Cli.Replay;

namespace Polyphony.Cli.Tests.Replay;

/// <summary>The Ubuntu IRC logs (Kummerfeld et al., 2019; CC BY 4.0), where they lie beside the repository; they are not part of it.</summary>
public sealed class RealChatLogTests
{
    [Fact]
    public async Task Every_line_of_ten_real_logs_is_a_message_or_an_event()
    {
        var files = Files();
        Assert.SkipWhen(files.Count == 0, "the logs are not beside this repository (shared/data/irc)");
        foreach (var file in files)
        {
            var tally = await new ChatLog(file, ChatLogFormat.Irc).CheckAsync(strict: true, TestContext.Current.CancellationToken);
            var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);

            tally.Events.ShouldBe(lines.LongCount(l => l.StartsWith("===", StringComparison.Ordinal)));
            tally.Messages.ShouldBe(lines.LongLength - tally.Events);
            TestContext.Current.TestOutputHelper?.WriteLine($"{Path.GetFileName(file)}: {tally.Messages} messages, {tally.Events} events");
        }

        files.Count.ShouldBe(10);
    }

    private static List<string> Files()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var logs = Path.Combine(at.FullName, "shared", "data", "irc");
            if (Directory.Exists(logs))
            {
                return [.. Directory.EnumerateFiles(logs, "*.ascii.txt").Order(StringComparer.Ordinal)];
            }
        }

        return [];
    }
}
