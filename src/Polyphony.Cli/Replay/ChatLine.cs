using Polyphony.Rooms;

namespace Polyphony.Cli.Replay;

/// <summary>What one line of a recorded chat is. A closed set; a blank line is nothing at all.</summary>
/// <param name="Line">The line's number, counted from 1.</param>
internal abstract record ChatLine(long Line)
{
    /// <summary>The most characters of an author's name or a message's id.</summary>
    public const int LongestName = Participant.MaxNameLength;

    /// <summary>Somebody said something.</summary>
    /// <param name="Line">The line's number, counted from 1.</param>
    /// <param name="At">When, as recorded.</param>
    /// <param name="Author">Who, by name.</param>
    /// <param name="Text">What, as it was written; may be empty.</param>
    internal sealed record Said(long Line, RecordedTime At, string Author, string Text) : ChatLine(Line)
    {
        /// <summary>The message's own id, where the record has one.</summary>
        public string? Id { get; init; }

        /// <summary>The id of what it answers, where the record says so.</summary>
        public string? ReplyTo { get; init; }
    }

    /// <summary>Something happened that nobody said: somebody came, left, was renamed, or a notice was shown.</summary>
    /// <param name="Line">The line's number, counted from 1.</param>
    internal sealed record Happened(long Line) : ChatLine(Line);

    /// <summary>A line that fits nothing.</summary>
    /// <param name="Line">The line's number, counted from 1.</param>
    /// <param name="Reason">What is wrong with it.</param>
    internal sealed record Skipped(long Line, string Reason) : ChatLine(Line);

    /// <summary>A message within the bounds of what a room takes, or a skipped line that says which bound it breaks.</summary>
    internal static ChatLine Say(Said said) => said switch
    {
        { Author.Length: > LongestName } => new Skipped(said.Line, $"the author's name has more than {LongestName} characters"),
        { Text.Length: > Message.MaxLength } => new Skipped(said.Line, $"the text has more than {Message.MaxLength} characters"),
        _ => said,
    };
}
