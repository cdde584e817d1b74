using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Polyphony.Analysis;
using Polyphony.Bids;
using Polyphony.Capture;
using Polyphony.Inference;
using Polyphony.Memory;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Hosting;

/// <summary>What a <see cref="HostedRoom"/> is made of. All of it belongs to the caller, and is disposed after the room.</summary>
public sealed record HostedRoomParts
{
    /// <summary>The room's id in the log.</summary>
    public required RoomId Room { get; init; }

    /// <summary>What is to hold in it.</summary>
    public RoomRules Rules { get; init; } = new();

    /// <summary>Who is to live in it.</summary>
    public required IReadOnlyList<PersonaPlan> Plans { get; init; }

    /// <summary>Builds their models.</summary>
    public required IPersonaAdapterFactory Factory { get; init; }

    /// <summary>Where the room is kept.</summary>
    public required IRoomLog Log { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Whether results are taken in the order of their turns, so that a run repeats; see <see cref="Rooms.Room.OpenAsync"/>. Default false.</summary>
    public bool InTurnOrder { get; init; }

    /// <summary>Receives the probes of the room and its turns: a logger of the category <c>Polyphony</c>, or <see cref="Diagnostics.ProbeHub.Logger"/>. None where absent.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>How the personas remember; they do not where absent.</summary>
    public MemoryOptions? Memory { get; init; }

    /// <summary>Has each message analysed once for the whole room, which gives each persona its angle, for one more model call a message; none where absent.</summary>
    public SharedAnalysisOptions? Analysis { get; init; }

    /// <summary>Has a model that can say who speaks next (<see cref="IRoomBidder"/>) do so once for each message, so that only the likeliest are asked; everybody is where absent.</summary>
    public RoomBidOptions? Bids { get; init; }

    /// <summary>Takes every turn with everything that was said in it; nobody does where absent.</summary>
    public ITurnCapture? Capture { get; init; }

    /// <summary>Sees every finished turn; the room's own <see cref="ServeReport"/> where absent.</summary>
    public ITurnObserver? Observer { get; init; }
}

/// <summary>
/// A room with its personas, at work: the one way in which <c>chat</c>, <c>replay</c>, <c>stress</c> and an embedding program put a <see cref="Room"/>, a
/// <see cref="TurnPipeline"/> and the <see cref="PersonaLoop"/>s together. Thread-safe.
/// </summary>
public sealed class HostedRoom : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _loops = [];
    private TurnPipeline? _pipeline;
    private bool _stopped;

    private HostedRoom(Room room, IReadOnlyList<MaterializedSlot> slots, ServeReport? report)
    {
        Room = room;
        Slots = slots;
        Report = report;
    }

    /// <summary>The room.</summary>
    public Room Room { get; }

    /// <summary>What became of the plans, in their order and number.</summary>
    public IReadOnlyList<MaterializedSlot> Slots { get; }

    /// <summary>What the loops did; null where the parts brought an observer of their own.</summary>
    public ServeReport? Report { get; }

    /// <summary>The shared analysis of what is said here; null where the parts did not ask for one.</summary>
    public SharedAnalysis? Analysis { get; private set; }

    /// <summary>Who is likely to speak next here; null where the parts did not ask for it.</summary>
    public RoomBids? Bids { get; private set; }

    /// <summary>The personas that live here.</summary>
    public IEnumerable<HostedPersona> Personas => Slots.OfType<MaterializedSlot.Ready>().Select(s => s.Persona);

    /// <summary>What the personas remember; null where memory is off.</summary>
    public RoomMemory? Memory { get; private set; }

    /// <summary>The slots that stayed empty, and why.</summary>
    public IEnumerable<MaterializeError> Errors => Slots.OfType<MaterializedSlot.Failed>().Select(s => s.Error);

    /// <summary>
    /// Opens the room, materialises and primes the personas, and sets their loops going: all that can be paid before the first message is paid here. A slot that
    /// fails stays empty and is told in <see cref="Slots"/>.
    /// </summary>
    /// <exception cref="RoomLogException">The log cannot be read or written.</exception>
    /// <exception cref="EngramStoreException">The memories cannot be read.</exception>
    public static async Task<HostedRoom> StartAsync(HostedRoomParts parts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var room = await Room.OpenAsync(parts.Room, parts.Rules, parts.Log, parts.Time, parts.InTurnOrder, parts.Logger, cancellationToken);
        try
        {
            var slots = await Materializer.MaterializeAsync(
                parts.Plans, parts.Factory, card => room.SeatFor(card.Id, card.Name), room.Probe, cancellationToken);
            var report = parts.Observer is null ? new ServeReport() : null;
            var hosted = new HostedRoom(room, await PrimeAsync(room, slots, cancellationToken), report);
            await hosted.OpenMemoryAsync(parts, cancellationToken);
            hosted.StartLoops(parts.Observer ?? report!, parts);
            return hosted;
        }
        catch
        {
            await room.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a persona would be sent now; null where it does not live here, or where nobody has said anything to answer. Changes nothing, and asks no model.</summary>
    /// <param name="persona">Whose prompt.</param>
    public async Task<(PromptSight Sight, string? Ground)?> LookAsync(ParticipantId persona)
    {
        if (_pipeline is not { } pipeline || Personas.FirstOrDefault(p => p.Card.Id == persona) is not { } hosted)
        {
            return null;
        }

        var (offer, ground) = await Room.LookAsync(state => (PromptXRay.OfferFor(state, persona, out var why), why));
        return offer is null ? null : (await PromptXRay.LookAsync(pipeline, hosted.Card, hosted.Profile, offer), ground);
    }

    /// <summary>The books of the room, now.</summary>
    public Task<RoomAccounts> AccountsAsync() => Room.LookAsync(RoomAccounts.Of);

    /// <summary>Waits until no turn is open and the memories hold everything that was said, prepared for the next turn.</summary>
    public async Task WhenSettledAsync(CancellationToken cancellationToken = default)
    {
        await Room.WhenQuietAsync(cancellationToken);
        if (Memory is { } memory)
        {
            await HandOverAsync(memory);
            await memory.WhenSettledAsync(cancellationToken);
        }
    }

    /// <summary>Stops the loops, closes the room, and waits for both. A turn that is running ends as cancelled, and is offered again when the room is opened next.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        await HandOverLastWordsAsync();
        await Room.DisposeAsync();
        await _stop.CancelAsync();
        await Task.WhenAll(_loops);
        await (Memory?.DisposeAsync() ?? ValueTask.CompletedTask);
        _stop.Dispose();
    }

    private static async Task<IReadOnlyList<MaterializedSlot>> PrimeAsync(Room room, IReadOnlyList<MaterializedSlot> slots, CancellationToken cancellationToken)
    {
        var primed = new MaterializedSlot[slots.Count];
        for (var slot = 0; slot < primed.Length; slot++)
        {
            var began = Stopwatch.GetTimestamp();
            primed[slot] = slots[slot] is MaterializedSlot.Ready ready ? await PrimeAsync(slot, ready, cancellationToken) : slots[slot];
            if (primed[slot] != slots[slot] && slots[slot] is MaterializedSlot.Ready { Persona: var persona })
            {
                room.Probe?.Materialized(primed[slot], slot, persona.Card.Name, persona.Profile.Model, began);
            }
        }

        return primed;
    }

    [SuppressMessage("Design", "CA1031", Justification = "A persona that cannot take its seat is its slot's typed error; the others live on.")]
    private static async ValueTask<MaterializedSlot> PrimeAsync(int slot, MaterializedSlot.Ready ready, CancellationToken cancellationToken)
    {
        try
        {
            await ready.Persona.Conversation.PrimeAsync(cancellationToken);
            return ready;
        }
        catch (Exception error) when (error is not RoomFaultedException && !cancellationToken.IsCancellationRequested)
        {
            return new MaterializedSlot.Failed(
                new MaterializeError.RuntimeMissing(slot, ready.Persona.Card.Name, error.Message.ReplaceLineEndings(" ")));
        }
    }

    private async Task OpenMemoryAsync(HostedRoomParts parts, CancellationToken cancellationToken)
    {
        if (parts.Memory is not { } options)
        {
            return;
        }

        Memory = await RoomMemory.OpenAsync(parts.Room, options, onlyWhenSettled: parts.InTurnOrder, parts.Logger, cancellationToken);
        Memory.WhenAtRest = Room.WhenQuietAsync;
        foreach (var persona in Personas)
        {
            Memory.Add(persona.Card.Id, persona.Card.Name, new(persona.Client, persona.Profile));
        }

        var (transcript, roster) = await Room.LookAsync(static state => (state.Transcript.View(), state.Roster));
        await Memory.CatchUpAsync(parts.Log, transcript, roster, cancellationToken);
    }

    // The last words of a room are nobody's burst: without this they would enter memory when it is opened next.
    private async Task HandOverLastWordsAsync()
    {
        if (Memory is not { } memory)
        {
            return;
        }

        try
        {
            await HandOverAsync(memory);
        }
        catch (RoomFaultedException)
        {
            // The room tells everybody who uses it, each by its own call; memory follows the log when it is opened next.
        }
    }

    private async Task HandOverAsync(RoomMemory memory)
    {
        var (transcript, roster) = await Room.LookAsync(static state => (state.Transcript.View(), state.Roster));
        memory.Hand(transcript, roster);
    }

    private void StartLoops(ITurnObserver observer, HostedRoomParts parts)
    {
        Analysis = parts.Analysis is { } options ? new(parts.Room, Personas, options, parts.Time, parts.Logger) : null;
        Bids = parts.Bids is { } bids ? new(Personas, bids, parts.Time) : null;
        var pipeline = _pipeline = new TurnPipeline(new()
        {
            Room = parts.Room,
            PublicCards = [.. Personas.Select(static p => p.Card)],
            Logger = parts.Logger,
            Memory = Memory,
            Analysis = Analysis,
            Bids = Bids,
            Capture = parts.Capture,
        });
        foreach (var persona in Personas)
        {
            _loops.Add(ServeAsync(new(persona, pipeline, observer, parts.Time), persona));
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A loop that cannot go on leaves the room with its reason, so that no offer waits for it; the others live on.")]
    private async Task ServeAsync(PersonaLoop loop, HostedPersona persona)
    {
        try
        {
            await loop.ServeAsync(_stop.Token);
        }
        catch (RoomFaultedException)
        {
            // The room tells everybody who uses it, each by its own call.
        }
        catch (Exception broken)
        {
            await LeaveAsync(persona, broken);
        }
        finally
        {
            Analysis?.Leave(persona.Card.Id);
            Bids?.Leave(persona.Card.Id);
        }
    }

    private async Task LeaveAsync(HostedPersona persona, Exception broken)
    {
        try
        {
            await Room.LeaveAsync(persona.Card.Id, $"its loop stopped: {broken.Message}");
        }
        catch (Exception closing) when (closing is ObjectDisposedException or RoomFaultedException)
        {
            // The room is gone, and the persona with it.
        }
    }
}
