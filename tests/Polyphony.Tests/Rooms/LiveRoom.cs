using Microsoft.Extensions.Time.Testing;
using Polyphony.Floor;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Tests.Rooms;

/// <summary>Short words for what the tests of a live room do again and again.</summary>
internal static class LiveRoom
{
    /// <summary>No test of a live room may take longer; reached only by one that hangs.</summary>
    public const int Limit = 60_000;

    public static readonly RoomId Id = new("r");

    public static readonly RoomRules EveryoneHumansOnly = new() { Floor = Everyone.PolicyName, OfferPersonaMessages = false };

    public static readonly RoomRules EveryoneAll = new() { Floor = Everyone.PolicyName, PersonaTurnBound = 6 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static ValueTask<Room> OpenAsync(IRoomLog log, RoomRules? rules = null, TimeProvider? time = null) =>
        Room.OpenAsync(Id, rules ?? EveryoneHumansOnly, log, time ?? new FakeTimeProvider(), cancellationToken: Token);

    public static async Task<IConversation> SeatAsync(this Room room, string name)
    {
        var seat = room.SeatFor(PersonaId(name), name);
        await seat.PrimeAsync(Token);
        return seat;
    }

    public static ParticipantId PersonaId(string name) => new($"persona:{name}");

    public static Task<Receipt> SayAsync(this Room room, string text, string? id = null) =>
        room.PostAsync(Post.ByHuman("Hana", text) with { Id = id is null ? null : new MessageId(id) }, Token).AsTask();

    public static async Task<Offer> OfferAsync(this IConversation seat) => (await seat.NextAsync(Token).AsTask().Soon()).ShouldBeOfType<Offer>();

    public static Task<Receipt> SpeakAsync(this IConversation seat, Offer offer, string text) =>
        seat.CompleteAsync(TurnResult.Of(offer, TurnOutcome.Spoke.Instance, text), Token).AsTask();

    public static Task<Receipt> PassAsync(this IConversation seat, Offer offer) =>
        seat.CompleteAsync(TurnResult.Of(offer, new TurnOutcome.Passed("nothing to add")), Token).AsTask();

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Token);

    public static Task Soon(this Task task) => task.WaitAsync(Token);

    /// <summary>Everything that is in the subscription now.</summary>
    public static IReadOnlyList<RoomSignal> Taken(this RoomSubscription subscription)
    {
        var taken = new List<RoomSignal>();
        while (subscription.Signals.TryRead(out var signal))
        {
            taken.Add(signal);
        }

        return taken;
    }

    /// <summary>Has the room finish what was handed in before.</summary>
    public static Task<RoomAccounts> AccountsAsync(this Room room) => room.LookAsync(RoomAccounts.Of).Soon();
}
