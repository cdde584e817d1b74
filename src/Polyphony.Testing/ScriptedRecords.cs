using Polyphony.Rooms;

namespace Polyphony.Testing;

/// <summary>Something that a persona said in a scripted conversation.</summary>
/// <param name="Room">Where.</param>
/// <param name="Turn">In which turn.</param>
/// <param name="Attempt">In which attempt of it.</param>
/// <param name="Message">What the conversation made of it: its id and place, and whom it answers.</param>
public sealed record Saying(RoomId Room, TurnId Turn, int Attempt, Message Message)
{
    /// <summary>The words.</summary>
    public string Text => Message.Text;
}

/// <summary>A draft that a persona showed.</summary>
/// <param name="Turn">In which turn.</param>
/// <param name="Words">Everything it had said in the turn by then.</param>
public sealed record ShownDraft(TurnId Turn, string Words);

/// <summary>Messages of a script that were not offered to the persona.</summary>
/// <param name="Own">Because it said them itself.</param>
/// <param name="History">Because they stand at or below the high-water mark.</param>
public readonly record struct NotOfferedCounts(long Own, long History);
