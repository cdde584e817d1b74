namespace Polyphony.Cli.Chat;

/// <summary>Where a chat is shown and its person's lines come from: a terminal, or a pipe.</summary>
internal interface IChatView
{
    /// <summary>The person's lines, one by one, until the input ends.</summary>
    IAsyncEnumerable<string> LinesAsync(CancellationToken cancel);

    /// <summary>Whether a line waits until the room is quiet. A person may interrupt; a pipe does not.</summary>
    bool WaitsForQuiet { get; }

    /// <summary>Something was said.</summary>
    void Said(string author, bool isPersona, string text);

    /// <summary>Something was said before this chat began.</summary>
    void Past(string author, bool isPersona, string text);

    /// <summary>A persona is speaking; these are its words so far. Null when it has ended.</summary>
    void Draft(string author, string? words);

    /// <summary>Something to know that nobody said.</summary>
    void Notice(string text);
}
