using System.Text;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Replay;

namespace Polyphony.Cli.Tests.Replay;

/// <summary>Reads recorded chats from text and bytes.</summary>
internal static class Reading
{
    public const string Name = "chat.txt";

    public static ChatLine Irc(string line) => IrcLine.Parse(1, line);

    public static ChatLine Jsonl(string line) => JsonlLine.Parse(1, Encoding.UTF8.GetBytes(line));

    public static Task<List<ChatLine>> AllAsync(string text, ChatLogFormat format = ChatLogFormat.Irc, bool strict = false) =>
        AllAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), format, strict);

    public static async Task<List<ChatLine>> AllAsync(Stream stream, ChatLogFormat format = ChatLogFormat.Irc, bool strict = false)
    {
        var lines = new List<ChatLine>();
        await foreach (var line in ChatLog.ReadAsync(stream, Name, format, strict, TestContext.Current.CancellationToken))
        {
            lines.Add(line);
        }

        return lines;
    }

    public static async Task<string> RefusalAsync(Stream stream, ChatLogFormat format = ChatLogFormat.Irc, bool strict = false) =>
        (await Should.ThrowAsync<UsageException>(() => AllAsync(stream, format, strict))).Message;

    public static Task<string> RefusalAsync(string text, ChatLogFormat format = ChatLogFormat.Irc, bool strict = false) =>
        RefusalAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), format, strict);
}
