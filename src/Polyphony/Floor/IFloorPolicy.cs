using Polyphony.Rooms;

namespace Polyphony.Floor;

/// <summary>What just happened, so that a policy need not look at every seat again.</summary>
/// <param name="Message">The message that was just said, by whomever.</param>
/// <param name="Freed">The seat whose turn just ended, or that just sat down.</param>
public readonly record struct FloorCause(Message? Message, Seat? Freed);

/// <summary>A turn that a policy gives.</summary>
/// <param name="Seat">To whom.</param>
/// <param name="First">The first message of the burst.</param>
/// <param name="Last">The last message of the burst; the one that the turn is given for.</param>
/// <param name="Ground">Why, as a person reads it.</param>
public readonly record struct FloorGrant(Seat Seat, long First, long Last, string Ground);

/// <summary>
/// Decides who may speak when. This is the whole of that decision; what holds for every policy (the bound on persona turns, one turn
/// at a time for a persona) is <see cref="FloorDecision"/>.
/// </summary>
/// <remarks>Pure and stateless: everything it knows is in the room. Called by the room's one writer.</remarks>
public interface IFloorPolicy
{
    /// <summary>The name by which rules and the command line choose it.</summary>
    string Name { get; }

    /// <summary>Adds the turns to give now. A seat that is absent or has an open turn gets none.</summary>
    void Grant(RoomState room, FloorCause cause, List<FloorGrant> grants);

    /// <summary>Whether a running turn gives way to what a human just said. Its burst is then offered again.</summary>
    bool GivesWay(RoomState room, Seat speaker, Message humanMessage);

    /// <summary>Whether the room can take another message, or too many wait for somebody already.</summary>
    bool HasRoomFor(RoomState room);
}
