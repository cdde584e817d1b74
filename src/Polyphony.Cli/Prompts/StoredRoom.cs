using Polyphony.Cli.Commands;
using Polyphony.Cli.Models;
using Polyphony.Memory;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Sqlite;

namespace Polyphony.Cli.Prompts;

/// <summary>A room as it is stored, with what its personas remember; to be looked at, never written.</summary>
/// <param name="Room">Which.</param>
/// <param name="State">The fold of its log.</param>
/// <param name="Cards">The cards of the personas that would be there: those of the command line, and those of the room that are samples or generated.</param>
/// <param name="Memory">The memories, prepared as they are after the newest message.</param>
internal sealed record StoredRoom(RoomId Room, RoomState State, IReadOnlyList<PersonaCard> Cards, RoomMemory Memory) : IAsyncDisposable
{
    /// <summary>Reads the room; a new one where the command line names no place it could be stored in.</summary>
    /// <exception cref="UsageException">What is there cannot be used.</exception>
    public static async Task<StoredRoom> ReadAsync(PromptOptions options, CancellationToken cancel)
    {
        var cards = LiveRoom.ReadCards(options.Room);
        var room = new RoomId(options.RoomName ?? new ChatOptions().RoomName);
        if (options.Room.Data is not { } directory)
        {
            return new(room, new(), cards, await MemoryAsync(room, new InMemoryEngramStore(), cards, cancel));
        }

        var path = Path.Combine(directory, LiveRoom.DatabaseName);
        if (!File.Exists(path))
        {
            throw new UsageException(RoomFlags.DataFlag, $"there is no room in {Quoted.Of(directory)}; name the directory that chat or replay was given");
        }

        try
        {
            await using var log = await SqliteRoomLog.OpenAsync(new() { Path = path }, cancel);
            room = await FindAsync(options, log, room, cancel);
            var state = await FoldAsync(log, room, cancel);
            cards = CastOf(state, cards, areGiven: options.Room.Cards.Count > 0);
            var memory = await MemoryAsync(room, await LoadedEngrams.ReadAsync(Path.Combine(directory, LiveRoom.MemoryName), room, cancel), cards, cancel);
            await memory.CatchUpAsync(log, state.Transcript.View(), state.Roster, cancel);
            return new(room, state, cards, memory);
        }
        catch (Exception unusable) when (unusable is RoomLogException or EngramStoreException)
        {
            throw new UsageException(RoomFlags.DataFlag, unusable.Message, unusable);
        }
        catch (InvalidOperationException damaged)
        {
            throw new UsageException(RoomFlags.DataFlag, $"the room {Quoted.Of(room.Value)} is damaged ({damaged.Message}); restore a copy", damaged);
        }
    }

    public ValueTask DisposeAsync() => Memory.DisposeAsync();

    // The log knows who came, not their cards: a generated one is made again, anybody else's must be given. Samples that never came are not in the room.
    private static IReadOnlyList<PersonaCard> CastOf(RoomState state, IReadOnlyList<PersonaCard> cards, bool areGiven)
    {
        var present = state.Roster.Participants.Where(static p => p.Kind == AuthorKind.Persona).Select(static p => p.Id).ToHashSet();
        var generated = present.Except(cards.Select(static c => c.Id)).OrderBy(static id => id.Value, StringComparer.Ordinal).Select(PersonaGenerator.Find).OfType<PersonaCard>();
        return [.. areGiven || present.Count == 0 ? cards : cards.Where(c => present.Contains(c.Id)), .. generated];
    }

    private static async Task<RoomMemory> MemoryAsync(RoomId room, IEngramStore store, IReadOnlyList<PersonaCard> cards, CancellationToken cancel)
    {
        var memory = await RoomMemory.OpenAsync(room, new() { Store = store }, cancellationToken: cancel);
        foreach (var card in cards)
        {
            memory.Add(card.Id, card.Name);
        }

        return memory;
    }

    private static async Task<RoomId> FindAsync(PromptOptions options, SqliteRoomLog log, RoomId wanted, CancellationToken cancel)
    {
        var rooms = await log.ListRoomsAsync(cancel);
        if (rooms.Contains(wanted))
        {
            return wanted;
        }

        return options.RoomName is null && rooms.Count == 1
            ? rooms[0]
            : throw new UsageException(
                "--room", $"there is no room {Quoted.Of(wanted.Value)} in {Quoted.Of(options.Room.Data!)}; there are: {Quoted.Few([.. rooms.Select(static r => r.Value)])}");
    }

    private static async Task<RoomState> FoldAsync(SqliteRoomLog log, RoomId room, CancellationToken cancel)
    {
        var state = new RoomState();
        await foreach (var events in log.ReadAsync(room, cancel))
        {
            foreach (var e in events)
            {
                state.Apply(e);
            }
        }

        return state;
    }
}
