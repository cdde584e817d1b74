using Microsoft.Extensions.Logging;
using Polyphony.Capture;
using Polyphony.Cli.Commands;
using Polyphony.Hosting;
using Polyphony.Memory;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Sqlite;

namespace Polyphony.Cli.Models;

/// <summary>The room of a command, with everything it was made of, opened and closed together.</summary>
internal sealed class LiveRoom : IAsyncDisposable
{
    /// <summary>The database of a data directory.</summary>
    public const string DatabaseName = "polyphony.db";

    /// <summary>What the personas of a data directory remember.</summary>
    public const string MemoryName = "memory.db";

    private readonly IRoomLog _log;
    private readonly IEngramStore _store;
    private readonly Mind _mind;

    private LiveRoom(HostedRoom hosted, IRoomLog log, IEngramStore store, Mind mind)
    {
        Hosted = hosted;
        _store = store;
        _log = log;
        _mind = mind;
    }

    public HostedRoom Hosted { get; }

    public Room Room => Hosted.Room;

    /// <summary>Says at the start what the personas think with.</summary>
    public string Notice => _mind.Notice;

    /// <summary>Says at the start whether messages are analysed for the whole room, and why.</summary>
    public string AnalysisNotice => _mind.AnalysisNotice;

    /// <summary>The cards that the command line names, or the sample ones.</summary>
    /// <exception cref="UsageException">A card cannot be used.</exception>
    public static IReadOnlyList<PersonaCard> ReadCards(RoomOptions options)
    {
        try
        {
            return options.Cards.Count == 0 ? SampleCards.Read() : PersonaCardReader.Read(options.Cards);
        }
        catch (PersonaCardException unusable)
        {
            throw new UsageException(unusable.Message, unusable);
        }
    }

    /// <summary>Opens the room. What fails about its memories is said to <paramref name="told"/>, once for each kind.</summary>
    /// <exception cref="UsageException">What is in the data directory cannot be used, or another process has it.</exception>
    public static async Task<LiveRoom> OpenAsync(
        RoomOptions options, string name, IReadOnlyList<PersonaCard> cards, bool inTurnOrder, ILogger? logger, ITurnCapture? capture, TextWriter told, CancellationToken cancel)
    {
        var mind = Mind.Of(options, cards);
        IRoomLog? log = null;
        IEngramStore? store = null;
        try
        {
            log = options.Data is { } directory
                ? await SqliteRoomLog.OpenAsync(new() { Path = Path.Combine(directory, DatabaseName) }, cancel)
                : new InMemoryRoomLog(keepEvents: false);
            store = options.Data is { } place
                ? new DeferredEngrams(Path.Combine(place, MemoryName))
                : new InMemoryEngramStore();
            var hosted = await HostedRoom.StartAsync(
                new()
                {
                    Room = new(name),
                    Rules = new() { Floor = options.Policy, Doctrine = options.Doctrine, Voice = options.Voice },
                    Plans = mind.PlansFor(cards),
                    Factory = mind.Factory,
                    Log = log,
                    InTurnOrder = inTurnOrder,
                    Logger = logger,
                    Memory = mind.Remembering(options, store, told),
                    Analysis = mind.Analysis,
                    Bids = mind.Bids,
                    Capture = capture,
                },
                cancel);
            return new(hosted, log, store, mind);
        }
        catch (Exception broken)
        {
            await (store?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (log?.DisposeAsync() ?? ValueTask.CompletedTask);
            mind.Dispose();
            if (broken is RoomLogException or EngramStoreException && broken is { } unusable)
            {
                throw new UsageException(RoomFlags.DataFlag, unusable.Message, unusable);
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Hosted.DisposeAsync();
        await _store.DisposeAsync();
        await _log.DisposeAsync();
        _mind.Dispose();
    }
}
