using Polyphony.Cli.Replay;

namespace Polyphony.Cli.Tests.Replay;

public sealed class RealChatLogTests
{
    [Fact]
    public async Task Every_line_of_ten_real_logs_is_a_message_or_an_event()
    {
        var files = RealChat.Files();
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
}
