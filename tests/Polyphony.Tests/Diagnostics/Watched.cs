using System.Collections.Concurrent;
using Polyphony.Diagnostics;
using Polyphony.Hosting;
using Polyphony.Inference;
using Polyphony.Memory;
using Polyphony.Rooms;

namespace Polyphony.Tests.Diagnostics;

/// <summary>
/// A live room whose probes are watched. Timings are heard from the whole process, and other tests run beside this one: only records of this room, or in a trace of it,
/// are kept.
/// </summary>
internal sealed class Watched : IAsyncDisposable
{
    private readonly ProbeHub _hub;
    private readonly ProbeStream _stream;
    private readonly ConcurrentQueue<ProbeRecord> _seen = [];
    private readonly Task _reading;
    private readonly InMemoryRoomLog _log = new();

    private Watched(string room, bool content)
    {
        Name = room;
        _hub = new(content);
        _stream = _hub.Subscribe(ProbeFilter.All, 1 << 17);
        _reading = ReadAsync();
    }

    public string Name { get; }

    public HostedRoom Hosted { get; private set; } = null!;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public static async Task<Watched> StartAsync(
        string room, IPersonaAdapterFactory factory, IEnumerable<PersonaPlan> plans, RoomRules rules, bool content = false, TimeProvider? time = null, IRoomLog? log = null,
        MemoryOptions? memory = null, Polyphony.Analysis.SharedAnalysisOptions? analysis = null, Polyphony.Bids.RoomBidOptions? bids = null)
    {
        var watched = new Watched(room, content);
        watched.Hosted = await HostedRoom.StartAsync(
            new()
            {
                Room = new(room),
                Rules = rules,
                Plans = [.. plans],
                Factory = factory,
                Log = log ?? watched._log,
                Logger = watched._hub.Logger,
                Time = time ?? TimeProvider.System,
                Memory = memory,
                Analysis = analysis,
                Bids = bids,
            },
            TestEnds);
        return watched;
    }

    public async Task SayAsync(string text, string who = "Hana") =>
        (await Hosted.Room.PostAsync(Post.ByHuman(who, text), TestEnds)).ShouldBeOfType<Receipt.Accepted>();

    /// <summary>Closes the room and the hub, and gives everything that was seen of this room.</summary>
    public async Task<IReadOnlyList<ProbeRecord>> EndAsync()
    {
        await Hosted.DisposeAsync();
        await _hub.DisposeAsync();
        await _reading;
        return [.. _seen.Where(r => r.Room == Name || r.Class == ProbeClasses.ProbeDropped)];
    }

    public async ValueTask DisposeAsync() => await EndAsync();

    private async Task ReadAsync()
    {
        await foreach (var record in _stream.ReadAllAsync())
        {
            _seen.Enqueue(record);
        }
    }
}

/// <summary>Short words for what is looked up in records again and again.</summary>
internal static class Records
{
    public static IReadOnlyList<ProbeRecord> Of(this IEnumerable<ProbeRecord> records, string @class) => [.. records.Where(r => r.Class == @class)];

    public static ProbeRecord One(this IEnumerable<ProbeRecord> records, string @class) => records.Of(@class).ShouldHaveSingleItem(@class);

    public static object? Field(this ProbeRecord record, string name) => record.Fields.FirstOrDefault(f => f.Key == name).Value;

    public static string Seam(this ProbeRecord record) => (string)record.Field("seam").ShouldNotBeNull();

    /// <summary>Whether the record has the fields of its class in the taxonomy, each of its type; those with content only where asked for.</summary>
    public static void MustFitTheTaxonomy(this ProbeRecord record, bool content = false)
    {
        var info = ProbeTaxonomy.Classes.Single(c => c.Name == record.Class);
        foreach (var (name, value) in record.Fields)
        {
            if (record.Class == ProbeClasses.Timing && name != "seam")
            {
                continue;
            }

            var field = info.Fields.SingleOrDefault(f => f.Name == name).ShouldNotBeNull($"{record.Class} has a field {name} that the taxonomy has not");
            (content || !field.IsContent).ShouldBeTrue($"{record.Class}.{name} is content");
            value.GetType().ShouldBeOneOf(field.Type switch
            {
                "integer" => [typeof(int), typeof(long)],
                "number" => [typeof(double)],
                "boolean" => [typeof(bool)],
                _ => new[] { typeof(string) },
            });
        }
    }
}
