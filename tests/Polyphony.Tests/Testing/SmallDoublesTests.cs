using Polyphony.Inference;
using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Tests.Turns;

namespace Polyphony.Tests.Testing;

/// <summary>The fixed clock, the ids, and the factory of doubles.</summary>
public sealed class SmallDoublesTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task On_the_fixed_clock_only_the_timestamp_moves_and_no_timer_fires()
    {
        var time = new FixedTimeProvider(new(2026, 6, 2, 12, 0, 0, TimeSpan.FromHours(2)));
        var before = time.GetTimestamp();
        var fired = false;
        await using var timer = time.CreateTimer(_ => fired = true, null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        using var stop = new CancellationTokenSource();
        var delay = Task.Delay(TimeSpan.FromMilliseconds(1), time, stop.Token);

        time.AdvanceTimestamp(TimeSpan.FromHours(1));

        time.GetUtcNow().ShouldBe(new(2026, 6, 2, 10, 0, 0, TimeSpan.Zero));
        time.GetElapsedTime(before).ShouldBe(TimeSpan.FromHours(1));
        (fired, delay.IsCompleted).ShouldBe((false, false));
        await stop.CancelAsync();
        await delay.ShouldThrowAsync<OperationCanceledException>();
        Should.Throw<ArgumentOutOfRangeException>(() => time.AdvanceTimestamp(TimeSpan.FromTicks(-1)));
    }

    [Fact]
    public void Ids_come_in_their_order_and_never_look_like_a_rooms()
    {
        var ids = new SequentialIds();

        (ids.Next(), ids.Next(), ids.Given).ShouldBe((new MessageId("test-1"), new MessageId("test-2"), 2));
        new SequentialIds("irc").Next().Value.ShouldBe("irc-1");
        Should.Throw<ArgumentException>(() => new SequentialIds("#room"));
    }

    [Fact]
    public async Task A_factory_counts_every_attempt_to_build()
    {
        var failing = ScriptedAdapterFactory.AlwaysFails("no weights");
        for (var i = 0; i < 2; i++)
        {
            (await Should.ThrowAsync<InvalidOperationException>(() => BuildAsync(failing))).Message.ShouldBe("no weights");
        }

        failing.BuildCount.ShouldBe(2);
    }

    [Fact]
    public async Task A_custom_factory_sees_the_profile()
    {
        InferenceProfile? seen = null;
        var factory = ScriptedAdapterFactory.Custom(profile =>
        {
            seen = profile;
            return new HeuristicChatClient();
        });

        await BuildAsync(factory);

        seen!.PersonaName.ShouldBe("Mira");
    }

    [Fact]
    public async Task Counters_count_what_the_built_models_are_asked_for()
    {
        var (factory, counts) = ScriptedAdapterFactory.HeuristicWithCounters();
        var client = await BuildAsync(factory);
        var other = await BuildAsync(factory);

        await ((IAdapterWarmup)client.GetService(typeof(IAdapterWarmup))!).WarmUpAsync(Cast.Profile(Cast.Card()), TestEnds);
        await client.GetResponseAsync([], new() { ModelId = Cast.Model }, TestEnds);
        await other.GetResponseAsync([], new() { ModelId = Cast.Model }, TestEnds);

        (factory.BuildCount, counts.Warmups, counts.Generates).ShouldBe((2, 1, 2));
    }

    private static Task<Microsoft.Extensions.AI.IChatClient> BuildAsync(ScriptedAdapterFactory factory) =>
        factory.BuildAsync(Cast.Profile(Cast.Card()), TestEnds).AsTask();
}
