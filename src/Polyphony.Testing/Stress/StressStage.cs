using System.Diagnostics;
using Microsoft.Extensions.AI;
using Polyphony.Floor;
using Polyphony.Hosting;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Personas;
using Polyphony.Rooms;

namespace Polyphony.Testing.Stress;

/// <summary>The personas of a trial at their places: live rooms on the chosen log, with the real materializer, loops and pipeline.</summary>
internal sealed class StressStage : IAsyncDisposable, IPersonaAdapterFactory
{
    private const string Model = "stress-model";

    private static readonly ModelRegistry Models = new(new ModelDescriptor(Model, 8_192, JsonDecisionProtocol.Instance));

    // Only what people say is offered, so that nothing can loop; the bound would then only cut off what was asked for.
    private static readonly RoomRules Rules = new()
    {
        Floor = Everyone.PolicyName,
        OfferPersonaMessages = false,
        PersonaTurnBound = 1_000_000,
    };

    private readonly List<HostedRoom> _rooms = [];
    private readonly Action<OpenCall> _onCall;
    private readonly StressMeter _meter;
    private IRoomLog? _log;

    private StressStage(Action<OpenCall> onCall, StressMeter meter)
    {
        _onCall = onCall;
        _meter = meter;
    }

    public double MaterializeMs { get; private set; }

    public double IdleBytesPerPersona { get; private set; }

    /// <summary>The rooms: one, or one for each persona.</summary>
    public IReadOnlyList<HostedRoom> Rooms => _rooms;

    public static async Task<StressStage> BuildAsync(
        StressOptions options, StressTopology topology, int personas, Action<OpenCall> onCall, StressMeter meter, CancellationToken cancellationToken)
    {
        var plans = Plans(options, personas);
        var stage = new StressStage(onCall, meter);
        try
        {
            stage._log = await options.OpenLog(meter.AppendWaited);
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var began = Stopwatch.GetTimestamp();
            if (topology == StressTopology.Room)
            {
                await stage.AddRoomAsync(plans, 0, cancellationToken);
            }
            else
            {
                for (var i = 0; i < personas; i++)
                {
                    await stage.AddRoomAsync([plans[i]], i, cancellationToken);
                }
            }

            stage.MaterializeMs = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            stage.IdleBytesPerPersona = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / personas;
            GC.KeepAlive(plans);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    public ValueTask<IChatClient> BuildAsync(InferenceProfile profile, CancellationToken cancellationToken)
    {
        var client = new OpenChatClient(_onCall);
        _meter.Add(profile.Persona, client);
        return ValueTask.FromResult<IChatClient>(client);
    }

    public static ValueTask<Receipt> PostAsync(HostedRoom room, long number) => room.Room.PostAsync(Post.ByHuman("peer", $"ping-{number}"));

    public async Task<(OutcomeCounts Outcomes, long Own, long History, long Floor, bool Conserved)> AccountsAsync()
    {
        var outcomes = new OutcomeCounts();
        long own = 0, history = 0, floor = 0;
        var conserved = true;
        foreach (var room in _rooms)
        {
            var books = await room.AccountsAsync();
            outcomes.Add(books.Outcomes);
            (own, history, floor) = (own + books.Own, history + books.History, floor + books.Floor);
            conserved &= books.Conserved && books.Quiet;
        }

        return (outcomes, own, history, floor, conserved);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var room in _rooms)
        {
            await room.DisposeAsync();
        }

        if (_log is not null)
        {
            await _log.DisposeAsync();
        }
    }

    private static List<PersonaPlan> Plans(StressOptions options, int personas)
    {
        var plans = new List<PersonaPlan>(personas);
        for (var i = 0; i < personas; i++)
        {
            var card = new PersonaCard($"Stress-{i}") { Description = "A persona under load." };
            plans.Add(new(card, Models.BuildProfile(card, Model, HardwareTier.Cpu, options.HistoryMessages)));
        }

        return plans;
    }

    private async Task AddRoomAsync(IReadOnlyList<PersonaPlan> plans, int number, CancellationToken cancellationToken)
    {
        var room = await HostedRoom.StartAsync(
            new() { Room = new($"stress-{number}"), Rules = Rules, Plans = plans, Factory = this, Log = _log!, Observer = _meter }, cancellationToken);
        _rooms.Add(room);
        if (room.Errors.FirstOrDefault() is { } error)
        {
            throw new InvalidOperationException($"slot {error.Slot} did not materialise: {error.Reason}");
        }
    }
}
