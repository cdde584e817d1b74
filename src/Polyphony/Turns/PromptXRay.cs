using Microsoft.Extensions.AI;
using Polyphony.Capture;
using Polyphony.Floor;
using Polyphony.Inference;
using Polyphony.Personas;
using Polyphony.Prompting;
using Polyphony.Rooms;

namespace Polyphony.Turns;

/// <summary>What a persona would be sent now: the prompt of a turn that is not run.</summary>
/// <param name="Offer">The turn that was looked at.</param>
/// <param name="Turn">The turn as it would be captured: its messages, their digest, the options of the call.</param>
/// <param name="Plan">What went into the prompt; null where none could be made.</param>
/// <param name="Refused">Why there is no prompt; null where there is one.</param>
public sealed record PromptSight(Offer Offer, CapturedTurn Turn, PromptPlan? Plan, TurnOutcome? Refused);

/// <summary>
/// Shows the prompt that a persona would be sent now. The turn's own pipeline makes it, up to the model call, which is not made: there is no second way to a prompt, so what is shown is
/// what would be sent.
/// </summary>
public static class PromptXRay
{
    /// <summary>
    /// Makes a room as it would be after these personas have come and somebody has spoken, as far as a prompt shows it. Give it a state that no live room owns: it is changed in place.
    /// </summary>
    /// <param name="state">The fold of a room's events, or a new one.</param>
    /// <param name="room">The room's id.</param>
    /// <param name="rules">What holds in it; what the room has where absent.</param>
    /// <param name="personas">Who comes.</param>
    /// <param name="post">What is said; nothing where absent.</param>
    /// <param name="now">When.</param>
    /// <returns>What the room answers to the post; null where there is none.</returns>
    public static Receipt? Imagine(RoomState state, RoomId room, RoomRules? rules, IEnumerable<PersonaCard> personas, Post? post, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(personas);
        Put(state, new OpenRoom(room, rules ?? state.Rules), now);
        foreach (var persona in personas)
        {
            Put(state, new Join(persona.Id, AuthorKind.Persona, persona.Name), now);
        }

        return post is null ? null : Put(state, post, now);
    }

    /// <summary>
    /// The turn that the room's floor would give the persona now; where it would give none, the one that it would have with what it has not seen, or else with the newest message.
    /// </summary>
    /// <param name="state">The room. It is not changed.</param>
    /// <param name="persona">Whose turn.</param>
    /// <param name="ground">Why the floor gives it the turn; null where it does not.</param>
    /// <returns>The offer; null where nobody else has said anything, or the persona has no place here.</returns>
    public static Offer? OfferFor(RoomState state, ParticipantId persona, out string? ground)
    {
        ArgumentNullException.ThrowIfNull(state);
        ground = null;
        var last = state.Messages;
        while (last >= state.Transcript.FirstSeq && last > 0 && state.Transcript[last].Author == persona)
        {
            last--;
        }

        if (!state.TryGetSeat(persona, out var seat) || last < state.Transcript.FirstSeq || last == 0)
        {
            return null;
        }

        var grants = new List<FloorGrant>();
        state.Floor.Grant(state, new(state.Transcript[last], null), grants);
        var first = Math.Max(Math.Min(seat.Cursor + 1, last), Math.Max(last - state.Rules.BurstLimit + 1, state.Transcript.FirstSeq));
        foreach (var grant in grants)
        {
            if (grant.Seat == seat)
            {
                (first, last, ground) = (grant.First, grant.Last, grant.Ground);
            }
        }

        return RoomConversation.OfferOf(new(new(state.LastTurn + 1), 1, persona, first, last, ground ?? "", default), state, 0, CancellationToken.None);
    }

    /// <summary>Makes the prompt of a turn.</summary>
    /// <param name="card">Who.</param>
    /// <param name="profile">Its model. It is not called.</param>
    /// <param name="offer">The turn.</param>
    /// <param name="parts">What the pipeline works with, as in the room; its capture is not used.</param>
    public static async ValueTask<PromptSight> LookAsync(PersonaCard card, InferenceProfile profile, Offer offer, TurnPipelineParts? parts = null)
    {
        ArgumentNullException.ThrowIfNull(card);
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(offer);
        return await LookAsync(new(parts), card, profile, offer);
    }

    /// <summary>The same with the pipeline of a live room, which knows where its shared prompts begin and what was analysed.</summary>
    internal static async ValueTask<PromptSight> LookAsync(TurnPipeline pipeline, PersonaCard card, InferenceProfile profile, Offer offer)
    {
        var taken = new Taken();
        var bench = new TurnBench();
        bench.Clock.Start();
        var result = await pipeline.RunCapturedAsync(taken, new(card, profile, Unasked.Instance, new Nowhere(card.Id)), offer, bench, CancellationToken.None);
        var turn = taken.Turn ?? throw new InvalidOperationException("the pipeline ended a turn that it did not capture");
        turn = turn with { PromptSha256 = CapturedTurnCodec.DigestOf(turn.Messages), Calls = [], Decision = null, Outcome = null };
        return new(offer, turn, turn.Plan, turn.Messages.Count == 0 ? result.Outcome : null);
    }

    private static Receipt Put(RoomState state, RoomInput input, DateTimeOffset now)
    {
        var events = new List<RoomEvent>();
        var receipt = RoomDecision.Decide(state, input, now, events);
        foreach (var e in events)
        {
            state.Apply(e);
        }

        return receipt;
    }

    /// <summary>Takes the prompt, and ends the turn there.</summary>
    internal sealed class Taken : ITurnCapture
    {
        public CapturedTurn? Turn { get; private set; }

        public void Take(CapturedTurn turn) => Turn = turn;
    }

    /// <summary>A model that is not there: the pipeline comes as far as asking it.</summary>
    private sealed class Unasked : IChatClient
    {
        public static Unasked Instance { get; } = new();

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException("an x-ray asks no model");

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException("an x-ray asks no model");

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }

    /// <summary>A seat in no room: what is looked at is handed in to nobody.</summary>
    private sealed class Nowhere(ParticipantId persona) : IConversation
    {
        public ParticipantId Persona => persona;

        public bool ShowsDrafts => false;

        public ValueTask<long> PrimeAsync(CancellationToken cancellationToken) => throw NoRoom();

        public ValueTask<ConversationStep> NextAsync(CancellationToken cancellationToken) => throw NoRoom();

        public void Draft(TurnId turn, string wordsSoFar)
        {
        }

        public ValueTask<Receipt> CompleteAsync(TurnResult result, CancellationToken cancellationToken) => throw NoRoom();

        private static NotSupportedException NoRoom() => new("an x-ray has no seat in a room");
    }
}
