using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Polyphony.Diagnostics;
using Polyphony.Floor;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Testing;
using Polyphony.Tests.Rooms;
using Polyphony.Tests.Turns;

namespace Polyphony.Tests.Diagnostics;

/// <summary>A model call as a tracer and a meter see it, judged by what the <c>gen_ai</c> conventions require of a client.</summary>
public sealed class ModelCallTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_call_has_the_name_and_the_attributes_of_a_clients_span()
    {
        var (span, measured) = await CalledAsync("call-ends-well", ScriptedAnswer.Speak("blue", JsonDecisionProtocol.Instance), JsonDecisionProtocol.Instance);

        (span.DisplayName, span.Kind, span.Status).ShouldBe(("chat call-ends-well", ActivityKind.Client, ActivityStatusCode.Unset));
        span.TagObjects.ToDictionary(t => t.Key, t => t.Value).ShouldBe(
            new Dictionary<string, object?>
            {
                ["gen_ai.operation.name"] = "chat",
                ["gen_ai.request.model"] = "call-ends-well",
                ["gen_ai.provider.name"] = "scripted",
                ["gen_ai.conversation.id"] = "call-ends-well",
                ["gen_ai.output.type"] = "json",
            },
            ignoreOrder: true);
        measured.ShouldHaveSingleItem().Select(t => t.Key).ShouldBe(["gen_ai.operation.name", "gen_ai.request.model", "gen_ai.provider.name"]);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_call_that_breaks_has_its_type_and_status_in_the_span_and_in_the_numbers_and_its_words_in_neither()
    {
        var broken = ScriptedAnswer.Fails(new InvalidDataException("the prompt 'which colour?' is too hot"));
        var (span, measured) = await CalledAsync("call-breaks", broken, PassWordProtocol.Instance);

        (span.DisplayName, span.Status, span.StatusDescription).ShouldBe(("chat call-breaks", ActivityStatusCode.Error, null));
        span.GetTagItem("error.type").ShouldBe("System.IO.InvalidDataException");
        span.Parent!.Parent!.Parent!.GetTagItem("error.type").ShouldBe("System.IO.InvalidDataException", "the turn failed of it");
        span.TagObjects.ShouldAllBe(t => !t.Value!.ToString()!.Contains("colour"));
        measured.ShouldHaveSingleItem().ToDictionary(t => t.Key, t => t.Value).ShouldBe(
            new Dictionary<string, object?>
            {
                ["gen_ai.operation.name"] = "chat",
                ["gen_ai.request.model"] = "call-breaks",
                ["gen_ai.provider.name"] = "scripted",
                ["error.type"] = "System.IO.InvalidDataException",
            },
            ignoreOrder: true);
    }

    /// <summary>One turn of one persona, and what was heard of its model call. The room and the model have the name by which they are told from those of other tests.</summary>
    private static async Task<(Activity Span, List<KeyValuePair<string, object?>[]> Measured)> CalledAsync(string name, ScriptedAnswer answer, IDecisionProtocol protocol)
    {
        var spans = new ConcurrentQueue<Activity>();
        using var tracer = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == Instruments.Name,
            Sample = static (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(tracer);
        var measured = new ConcurrentQueue<KeyValuePair<string, object?>[]>();
        using var meter = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == Instruments.Name && instrument.Name == "gen_ai.client.operation.duration")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meter.SetMeasurementEventCallback<double>((_, _, tags, _) => measured.Enqueue(tags.ToArray()));
        meter.Start();

        var card = Cast.Card();
        var plan = new PersonaPlan(card, new ProfileResult.Built(Cast.Profile(card, protocol, name)));
        await using var watched = await Watched.StartAsync(
            name, ScriptedAdapterFactory.Sharing(new ScriptedChatClient(answer)), [plan], new() { Floor = Everyone.PolicyName, OfferPersonaMessages = false });
        await watched.SayAsync("which colour?");
        await watched.Hosted.Room.WhenQuietAsync(TestEnds);
        await watched.EndAsync();

        var span = spans.Where(s => s.OperationName == ProbeSeams.Generate && Equals(s.GetTagItem("gen_ai.conversation.id"), name)).ShouldHaveSingleItem();
        return (span, [.. measured.Where(tags => tags.Any(t => Equals(t.Value, name)))]);
    }
}
