using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Polyphony.Cli.Commands;
using Polyphony.Cli.Models;
using Polyphony.Memory;
using Polyphony.Rooms;
using Polyphony.Sqlite;
using Spectre.Console;

namespace Polyphony.Cli.Personas;

/// <summary>What <c>polyphony persona memory</c> does.</summary>
internal static class PersonaMemoryBody
{
    private const int ShownText = 100;

    public static async Task<int> RunAsync(PersonaMemoryOptions options, CommandConsole console, CancellationToken cancel)
    {
        var path = Path.Combine(options.Data, LiveRoom.DatabaseName);
        if (!File.Exists(path))
        {
            throw new UsageException(RoomFlags.DataFlag, $"there is no {LiveRoom.DatabaseName} in {Quoted.Of(options.Data)}; name the directory that was given to chat or replay");
        }

        try
        {
            await using var log = await SqliteRoomLog.OpenAsync(new() { Path = path }, cancel);
            var (room, state) = await FindAsync(options, log, cancel);
            var persona = FindPersona(options, state);
            await using var store = await SqliteEngramStore.OpenAsync(new() { Path = Path.Combine(options.Data, LiveRoom.MemoryName) }, cancel);
            await using var memory = await RoomMemory.OpenAsync(room, new() { Store = store }, cancellationToken: cancel);
            foreach (var one in state.Roster.Participants.Where(static p => p.Kind == AuthorKind.Persona).OrderBy(static p => p.Id.Value, StringComparer.Ordinal))
            {
                memory.Add(one.Id, one.Name);
            }

            await memory.CatchUpAsync(log, state.Transcript.View(), state.Roster, cancel);
            await ChangeAsync(options, memory, persona);
            Print(options, persona.Name, console, await memory.ListAsync(persona.Id), state.Roster, room);
            return ExitCodes.Held;
        }
        catch (Exception unusable) when (unusable is RoomLogException or EngramStoreException)
        {
            throw new UsageException(RoomFlags.DataFlag, unusable.Message, unusable);
        }
    }

    private static async Task<(RoomId Room, RoomState State)> FindAsync(PersonaMemoryOptions options, SqliteRoomLog log, CancellationToken cancel)
    {
        var rooms = await log.ListRoomsAsync(cancel);
        var names = Quoted.Few([.. rooms.Select(static r => r.Value)]);
        RoomId room;
        if (options.Room is { } named)
        {
            room = rooms.Contains(new(named))
                ? new(named)
                : throw new UsageException(PersonaCommand.RoomFlag, $"there is no room {Quoted.Of(named)} in {Quoted.Of(options.Data)}; there is: {names}");
        }
        else
        {
            room = rooms.Count == 1
                ? rooms[0]
                : throw new UsageException(PersonaCommand.RoomFlag, rooms.Count == 0 ? $"there is no room in {Quoted.Of(options.Data)}; chat in one first" : $"there are {rooms.Count} rooms; name one of: {names}");
        }

        var state = new RoomState();
        await foreach (var events in log.ReadAsync(room, cancel))
        {
            foreach (var e in events)
            {
                state.Apply(e);
            }
        }

        return (room, state);
    }

    private static Participant FindPersona(PersonaMemoryOptions options, RoomState state)
    {
        var personas = state.Roster.Participants.Where(static p => p.Kind == AuthorKind.Persona).ToArray();
        return personas.FirstOrDefault(p => string.Equals(p.Name, options.Persona, StringComparison.OrdinalIgnoreCase) || p.Id.Value == options.Persona)
            ?? throw new UsageException(
                "NAME", $"there is no persona {Quoted.Of(options.Persona)} in this room; there is: {Quoted.Few([.. personas.Select(static p => p.Name).Order(StringComparer.Ordinal)])}");
    }

    private static async Task ChangeAsync(PersonaMemoryOptions options, RoomMemory memory, Participant persona)
    {
        if (options.Change is not { } change)
        {
            return;
        }

        var (flag, act) = change.Change switch
        {
            EngramChange.Forget => (PersonaCommand.ForgetFlag, memory.ForgetAsync(persona.Id, change.Id)),
            EngramChange.Pin => (PersonaCommand.PinFlag, memory.PinAsync(persona.Id, change.Id)),
            _ => (PersonaCommand.UnpinFlag, memory.UnpinAsync(persona.Id, change.Id)),
        };
        if (!await act)
        {
            throw new UsageException(flag, $"{persona.Name} has no engram {change.Id} here; leave the flag out to see all of them");
        }
    }

    private static void Print(PersonaMemoryOptions options, string persona, CommandConsole console, IReadOnlyList<RememberedEngram> all, Roster roster, RoomId room)
    {
        if (options.Export)
        {
            foreach (var engram in all)
            {
                console.Output.WriteLine(Json(engram, roster).ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
            }
        }
        else if (options.Json)
        {
            console.Output.WriteLine(JsonReport.Text(new()
            {
                ["persona"] = persona,
                ["room"] = room.Value,
                ["count"] = all.Count,
                ["engrams"] = new JsonArray([.. all.Select(e => (JsonNode)Json(e, roster))]),
            }));
        }
        else
        {
            console.Output.WriteLine(Text(persona, console, all, roster, room));
        }
    }

    private static JsonObject Json(RememberedEngram one, Roster roster) => new()
    {
        ["id"] = one.Engram.Id.ToString(),
        ["kind"] = one.Engram.Kind.ToString(),
        ["trust"] = one.Engram.Trust.ToString(),
        ["salience"] = JsonReport.Rounded(one.Salience),
        ["uses"] = one.AccessCount,
        ["pinned"] = one.IsPinned,
        ["quarantine"] = one.Quarantine?.Reason.ToString(),
        ["at"] = one.Engram.At.ToString("O", CultureInfo.InvariantCulture),
        ["by"] = By(one.Engram, roster),
        ["message"] = (one.Engram.Origin as EngramOrigin.Said)?.Message.Value,
        ["seq"] = (one.Engram.Origin as EngramOrigin.Said)?.Seq,
        ["from"] = one.Engram.Origin is EngramOrigin.Reflected reflected ? new JsonArray([.. reflected.From.Select(static id => (JsonNode)id.ToString())]) : null,
        ["text"] = one.Engram.Content,
    };

    private static string Text(string persona, CommandConsole console, IReadOnlyList<RememberedEngram> all, Roster roster, RoomId room)
    {
        var head = $"{Quoted.OneLine(persona)} remembers {all.Count} {(all.Count == 1 ? "thing" : "things")} of '{Quoted.OneLine(room.Value)}'.";
        if (all.Count == 0)
        {
            return head;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("id", "kind", "salience", "when", "who", "text");
        foreach (var one in all)
        {
            var state = one.IsPinned ? " pinned" : one.Quarantine is { } held ? $" held: {held.Reason}" : "";
            var text = Quoted.OneLine(one.Engram.Content);
            table.AddRow(new[]
            {
                one.Engram.Id.ToString(),
                one.Engram.Kind.ToString(),
                string.Create(CultureInfo.InvariantCulture, $"{one.Salience:0.00}{state}"),
                one.Engram.At.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                Quoted.OneLine(By(one.Engram, roster)),
                text.Length > ShownText ? $"{text[..ShownText]}…" : text,
            }.Select(Markup.Escape).ToArray());
        }

        return head + Environment.NewLine + TableText.Of(table, console).TrimEnd();
    }

    private static string By(Engram engram, Roster roster) => roster.NameOf(engram.Origin is EngramOrigin.Said said ? said.Author : engram.Owner);
}
