using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Polyphony.Diagnostics;
using Polyphony.Personas;
using Polyphony.Prompting;
using Polyphony.Turns;

namespace Polyphony.Inference;

/// <summary>A persona that is to live, before it has a model.</summary>
/// <param name="Card">Who.</param>
/// <param name="Profile">Its profile, or why there is none.</param>
public sealed record PersonaPlan(PersonaCard Card, ProfileResult Profile);

/// <summary>A slot of the roster after materialising: a persona, or the error that keeps it out. A closed set.</summary>
public abstract record MaterializedSlot
{
    private MaterializedSlot()
    {
    }

    /// <summary>It is ready to be primed.</summary>
    /// <param name="Persona">The persona.</param>
    public sealed record Ready(HostedPersona Persona) : MaterializedSlot;

    /// <summary>It is not.</summary>
    /// <param name="Error">Why.</param>
    public sealed record Failed(MaterializeError Error) : MaterializedSlot;
}

/// <summary>Why a slot has no persona. A closed set.</summary>
/// <param name="Slot">The plan's place, counted from 0.</param>
/// <param name="Persona">The persona's name.</param>
/// <param name="Reason">What is wrong, on one line.</param>
public abstract record MaterializeError(int Slot, string Persona, string Reason)
{
    /// <summary>The plan came without a profile. The factory was not called.</summary>
    /// <param name="Slot">The plan's place, counted from 0.</param>
    /// <param name="Persona">The persona's name.</param>
    /// <param name="Source">The error of the profile.</param>
    public sealed record Profile(int Slot, string Persona, ProfileError Source) : MaterializeError(Slot, Persona, Source.Message);

    /// <summary>There is no seat for the persona, or it cannot take it. Without a seat the factory was not called.</summary>
    /// <param name="Slot">The plan's place, counted from 0.</param>
    /// <param name="Persona">The persona's name.</param>
    /// <param name="Reason">What is wrong, on one line.</param>
    public sealed record RuntimeMissing(int Slot, string Persona, string Reason) : MaterializeError(Slot, Persona, Reason);

    /// <summary>The factory failed.</summary>
    /// <param name="Slot">The plan's place, counted from 0.</param>
    /// <param name="Persona">The persona's name.</param>
    /// <param name="Reason">What is wrong, on one line.</param>
    public sealed record AdapterFactory(int Slot, string Persona, string Reason) : MaterializeError(Slot, Persona, Reason);

    /// <summary>The adapter failed to warm up.</summary>
    /// <param name="Slot">The plan's place, counted from 0.</param>
    /// <param name="Persona">The persona's name.</param>
    /// <param name="Reason">What is wrong, on one line.</param>
    public sealed record AdapterWarmup(int Slot, string Persona, string Reason) : MaterializeError(Slot, Persona, Reason);
}

/// <summary>The part of a prompt that is one persona's own.</summary>
/// <param name="CueTokens">What decides; 0 where the layout has none.</param>
/// <param name="DepthTokens">What is this persona's or this turn's alone, beside the cue.</param>
public readonly record struct PromptTail(int CueTokens, int DepthTokens);

/// <summary>A persona with its model, at its seat.</summary>
public sealed class HostedPersona
{
    private long _lastTail = -1;

    /// <param name="card">Who.</param>
    /// <param name="profile">How it calls its model.</param>
    /// <param name="client">Its model, warm.</param>
    /// <param name="conversation">Its seat.</param>
    public HostedPersona(PersonaCard card, InferenceProfile profile, IChatClient client, IConversation conversation)
    {
        Card = card;
        Profile = profile;
        Client = client;
        Conversation = conversation;
    }

    /// <summary>Who.</summary>
    public PersonaCard Card { get; }

    /// <summary>How it calls its model.</summary>
    public InferenceProfile Profile { get; }

    /// <summary>Its model. Owned by the factory, and perhaps shared with other personas.</summary>
    public IChatClient Client { get; }

    /// <summary>Its seat.</summary>
    public IConversation Conversation { get; }

    /// <summary>What was its own in its last prompt: the cost of a turn beside what its room shares. Null before the first.</summary>
    public PromptTail? LastTail => Volatile.Read(ref _lastTail) is var tail && tail < 0 ? null : new((int)(tail >> 32), (int)tail);

    /// <summary>Remembers the tail of a prompt, in one write.</summary>
    internal void Keep(PromptTail tail) => Volatile.Write(ref _lastTail, ((long)tail.CueTokens << 32) | (uint)tail.DepthTokens);
}

/// <summary>Turns plans into personas with warm models.</summary>
public static class Materializer
{
    /// <summary>
    /// Materialises the plans one after the other. The result has their order and number. A slot that fails never touches another; nothing is tried
    /// again, and nothing takes its place.
    /// </summary>
    /// <param name="plans">The roster.</param>
    /// <param name="factory">Builds the models.</param>
    /// <param name="seatFor">Finds a persona's seat; null where there is none. What it throws is that slot's <see cref="MaterializeError.RuntimeMissing"/>.</param>
    /// <param name="cancellationToken">Ends the whole of it.</param>
    public static Task<IReadOnlyList<MaterializedSlot>> MaterializeAsync(
        IReadOnlyList<PersonaPlan> plans,
        IPersonaAdapterFactory factory,
        Func<PersonaCard, IConversation?> seatFor,
        CancellationToken cancellationToken) => MaterializeAsync(plans, factory, seatFor, null, cancellationToken);

    internal static async Task<IReadOnlyList<MaterializedSlot>> MaterializeAsync(
        IReadOnlyList<PersonaPlan> plans,
        IPersonaAdapterFactory factory,
        Func<PersonaCard, IConversation?> seatFor,
        RoomProbe? probe,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plans);
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(seatFor);
        var slots = new MaterializedSlot[plans.Count];
        for (var slot = 0; slot < slots.Length; slot++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var began = Stopwatch.GetTimestamp();
            slots[slot] = await MaterializeAsync(slot, plans[slot], factory, seatFor, cancellationToken);
            probe?.Materialized(slots[slot], slot, plans[slot].Card.Name, (plans[slot].Profile as ProfileResult.Built)?.Profile.Model ?? "", began);
        }

        return slots;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Seats, factories and models are foreign code: whatever they throw is this slot's typed error.")]
    private static async ValueTask<MaterializedSlot> MaterializeAsync(
        int slot,
        PersonaPlan plan,
        IPersonaAdapterFactory factory,
        Func<PersonaCard, IConversation?> seatFor,
        CancellationToken cancellationToken)
    {
        var name = plan.Card.Name;
        if (plan.Profile is not ProfileResult.Built { Profile: var profile })
        {
            return new MaterializedSlot.Failed(new MaterializeError.Profile(slot, name, ((ProfileResult.Refused)plan.Profile).Error));
        }

        if (!TryFindSeat(plan.Card, seatFor, out var conversation, out var whyNot))
        {
            return new MaterializedSlot.Failed(new MaterializeError.RuntimeMissing(slot, name, whyNot));
        }

        IChatClient client;
        try
        {
            client = await factory.BuildAsync(profile, cancellationToken) ?? throw new InvalidOperationException("the factory gave no adapter");
        }
        catch (Exception error) when (!IsStop(error, cancellationToken))
        {
            return new MaterializedSlot.Failed(new MaterializeError.AdapterFactory(slot, name, OneLine(error)));
        }

        try
        {
            if (client.GetService(typeof(IAdapterWarmup)) is IAdapterWarmup warmup)
            {
                await warmup.WarmUpAsync(profile, cancellationToken);
            }
        }
        catch (Exception error) when (!IsStop(error, cancellationToken))
        {
            return new MaterializedSlot.Failed(new MaterializeError.AdapterWarmup(slot, name, OneLine(error)));
        }

        // Who has the model's tokenizer counts better than any table of ours.
        var counted = client.GetService(typeof(ITokenCounter)) is ITokenCounter tokens ? profile with { Tokens = tokens } : profile;
        return new MaterializedSlot.Ready(new(plan.Card, counted, client, conversation));
    }

    [SuppressMessage("Design", "CA1031", Justification = "As above.")]
    private static bool TryFindSeat(
        PersonaCard card,
        Func<PersonaCard, IConversation?> seatFor,
        [NotNullWhen(true)] out IConversation? conversation,
        [NotNullWhen(false)] out string? whyNot)
    {
        try
        {
            conversation = seatFor(card);
            whyNot = conversation is null ? $"no conversation has a seat for {card.Id}; add it to a room before it is materialised" : null;
        }
        catch (Exception error)
        {
            (conversation, whyNot) = (null, OneLine(error));
        }

        return conversation is not null;
    }

    private static bool IsStop(Exception error, CancellationToken cancellationToken) =>
        error is OperationCanceledException && cancellationToken.IsCancellationRequested;

    private static string OneLine(Exception error) => error.Message.ReplaceLineEndings(" ");
}
