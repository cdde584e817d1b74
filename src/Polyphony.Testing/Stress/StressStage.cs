using System.Diagnostics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Polyphony.Floor;
using Polyphony.Hosting;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Personas;
using Polyphony.Prompting;
using Polyphony.Rooms;

namespace Polyphony.Testing.Stress;

/// <summary>The personas of a trial at their places: live rooms on the chosen log, with the real materializer, loops and pipeline.</summary>
internal sealed class StressStage : IAsyncDisposable, IPersonaAdapterFactory
{
    private const string Model = "stress-model";

    private static readonly ModelDescriptor ThinModel = new(Model, 8_192, JsonDecisionProtocol.Instance);
    private static readonly ModelDescriptor FullModel = ThinModel with { Layout = PromptLayout.SharedTranscriptFirst };

    // Only what people say is offered, so that nothing can loop; the bound would then only cut off what was asked for.
    private static readonly RoomRules Rules = new()
    {
        Floor = Everyone.PolicyName,
        OfferPersonaMessages = false,
        PersonaTurnBound = 1_000_000,
    };

    private readonly List<StressPlace> _places = [];
    private readonly Action<OpenCall> _onCall;
    private readonly StressMeter _meter;
    private readonly ILogger? _logger;
    private readonly StressMind _mind;
    private readonly StressModel? _model;
    private IRoomLog? _log;

    private StressStage(Action<OpenCall> onCall, StressMeter meter, StressOptions options)
    {
        _logger = options.Logger;
        _mind = options.Mind;
        _model = options.Model;
        _onCall = onCall;
        _meter = meter;
    }

    public double MaterializeMs { get; private set; }

    public double IdleBytesPerPersona { get; private set; }

    /// <summary>Where messages are put: one room, or a place for each persona.</summary>
    public IReadOnlyList<StressPlace> Places => _places;

    public static async Task<StressStage> BuildAsync(
        StressOptions options, StressTopology topology, int personas, Action<OpenCall> onCall, StressMeter meter, CancellationToken cancellationToken)
    {
        var plans = Plans(options, personas);
        var stage = new StressStage(onCall, meter, options);
        try
        {
            stage._log = await options.OpenLog(meter.AppendWaited);
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var began = Stopwatch.GetTimestamp();
            await stage.AddPlacesAsync(topology, plans, cancellationToken);

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
        if (_model is { Client: var real })
        {
            var timed = new TimedChatClient(real);
            _meter.Add(profile.Persona, () => timed.LastCallTicks);
            return ValueTask.FromResult<IChatClient>(timed);
        }

        var client = new OpenChatClient(_onCall);
        _meter.Add(profile.Persona, () => client.LastCallTicks);
        return ValueTask.FromResult<IChatClient>(client);
    }

    public async Task<StressBooks> BooksAsync()
    {
        var all = new StressBooks(new(), 0, 0, 0, true);
        foreach (var place in _places)
        {
            var books = await place.BooksAsync();
            all.Outcomes.Add(books.Outcomes);
            all = new(all.Outcomes, all.Own + books.Own, all.History + books.History, all.Floor + books.Floor, all.Conserved && books.Conserved);
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var place in _places)
        {
            await place.DisposeAsync();
        }

        if (_log is not null)
        {
            await _log.DisposeAsync();
        }
    }

    private static List<PersonaPlan> Plans(StressOptions options, int personas)
    {
        var model = options.Model?.Descriptor ?? (options.Mind == StressMind.Thin ? ThinModel : FullModel);
        var models = new ModelRegistry(model);
        var plans = new List<PersonaPlan>(personas);
        for (var i = 0; i < personas; i++)
        {
            var card = new PersonaCard($"Stress-{i}") { Description = "A persona under load.", Specialities = options.Mind == StressMind.Thin ? [] : [$"trade {i}"] };
            plans.Add(new(card, models.BuildProfile(card, model.Id, HardwareTier.Cpu, options.HistoryMessages)));
        }

        return plans;
    }

    private async Task AddPlacesAsync(StressTopology topology, List<PersonaPlan> plans, CancellationToken cancellationToken)
    {
        if (topology == StressTopology.Room)
        {
            await AddRoomAsync(plans, 0, cancellationToken);
        }
        else if (topology == StressTopology.Scripted)
        {
            await AddScriptsAsync(plans, cancellationToken);
        }
        else
        {
            for (var i = 0; i < plans.Count; i++)
            {
                await AddRoomAsync([plans[i]], i, cancellationToken);
            }
        }
    }

    private async Task AddRoomAsync(IReadOnlyList<PersonaPlan> plans, int number, CancellationToken cancellationToken)
    {
        var room = await HostedRoom.StartAsync(
            new()
            {
                Room = new($"stress-{number}"),
                Rules = Rules,
                Plans = plans,
                Factory = this,
                Log = _log!,
                Logger = _logger,
                Observer = _meter,
                Memory = _mind == StressMind.Thin ? null : new(),
                Analysis = _mind == StressMind.Thin ? null : new(),
            },
            cancellationToken);
        _places.Add(new StressRoom(room, _mind));
        _ = Ready(room.Slots);
    }

    private async Task AddScriptsAsync(List<PersonaPlan> plans, CancellationToken cancellationToken)
    {
        var conversations = plans.ToDictionary(
            plan => plan.Card.Id, plan => new ScriptedConversation(plan.Card.Id, plan.Card.Name).WithClock(TimeProvider.System));
        var slots = await Materializer.MaterializeAsync(plans, this, card => conversations[card.Id], cancellationToken);
        foreach (var persona in Ready(slots))
        {
            var script = new StressScript(conversations[persona.Card.Id]);
            _places.Add(script);
            await persona.Conversation.PrimeAsync(cancellationToken);

            // Each conversation is a world of its own, with its own transcript to render.
            script.Start(persona, new(new() { Room = new("scripted"), Logger = _logger }), _meter);
        }
    }

    private static List<HostedPersona> Ready(IReadOnlyList<MaterializedSlot> slots) =>
    [
        .. slots.Select(slot => slot switch
        {
            MaterializedSlot.Ready ready => ready.Persona,
            MaterializedSlot.Failed { Error: var error } => throw new InvalidOperationException($"slot {error.Slot} did not materialise: {error.Reason}"),
            _ => throw new InvalidOperationException("a slot is neither ready nor failed"),
        }),
    ];
}
