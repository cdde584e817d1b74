namespace Polyphony.Cli.Replay;

/// <summary>How a recorded chat is written.</summary>
internal enum ChatLogFormat
{
    /// <summary>What IRC clients write: a time in brackets, then who and what.</summary>
    Irc,

    /// <summary>One JSON object a line.</summary>
    Jsonl,
}

/// <summary>The formats by name and by file.</summary>
internal static class ChatLogFormats
{
    public static IReadOnlyList<(string Name, ChatLogFormat Value)> All { get; } = [("irc", ChatLogFormat.Irc), ("jsonl", ChatLogFormat.Jsonl)];

    /// <summary>The format's name on the command line.</summary>
    public static string NameOf(ChatLogFormat format) => All.First(f => f.Value == format).Name;

    /// <summary>What the file's extension says; a file without a telling one is IRC.</summary>
    public static ChatLogFormat OfFile(string path) =>
        Path.GetExtension(path).ToUpperInvariant() is ".JSONL" or ".NDJSON" ? ChatLogFormat.Jsonl : ChatLogFormat.Irc;
}
