using Polyphony.Inference;
using Polyphony.Testing;
using Polyphony.Turns;

namespace Polyphony.Tests.Turns;

/// <summary>What the seed's stress baseline asserted, on its own arrangement (a scripted conversation for each persona), without a timer.</summary>
public sealed class StressAssertionsTests
{
    public static TheoryData<int, int> Trials => new() { { 2, 10 }, { 4, 10 }, { 8, 5 }, { 12, 5 } };

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Every_persona_replies_to_every_message_with_one_model_call_each(int personas, int messages)
    {
        var ends = TestContext.Current.CancellationToken;
        var (factory, counts) = ScriptedAdapterFactory.HeuristicWithCounters();
        var conversations = Enumerable.Range(0, personas).Select(i => Pings($"Stress-{i}", messages)).ToArray();
        var plans = conversations.Select((_, i) => Cast.Plan($"Stress-{i}")).ToArray();
        var report = new ServeReport();

        var slots = await Materializer.MaterializeAsync(plans, factory, card => conversations.Single(c => c.Persona == card.Id), ends);
        var hosted = slots.Select(s => s.ShouldBeOfType<MaterializedSlot.Ready>("every slot materialises").Persona).ToArray();
        counts.Warmups.ShouldBe(personas);
        await Task.WhenAll(hosted.Select(persona => Task.Run(async () =>
        {
            await persona.Conversation.PrimeAsync(ends);
            await new PersonaLoop(persona, new(), report, TimeProvider.System).ServeAsync(ends);
        }, ends))).WaitAsync(ends);

        var outcomes = report.Outcomes;
        outcomes.Spoke.ShouldBe(personas * messages);
        (outcomes.Failed, report.Faults).ShouldBe((0, 0));
        counts.Generates.ShouldBe(personas * messages, "exactly one model call for each persona and message");
        foreach (var conversation in conversations)
        {
            conversation.Said.Select(s => s.Message.ReplyTo).Distinct().Count().ShouldBe(messages, "every persona replied to every message");
            conversation.NotOffered.ShouldBe(new(0, 0));
        }

        outcomes.Offers.ShouldBe(outcomes.Closed, "conservation: every offer has its outcome");
        outcomes.Offers.ShouldBe(conversations.Sum(c => c.OfferCount));
        report.Turn.Count.ShouldBe(outcomes.Offers);
    }

    private static ScriptedConversation Pings(string name, int messages) =>
        Cast.Conversation(name).With(Enumerable.Range(1, messages).Select(i => new ScriptedEvent.Message($"ping-{i}")));
}
