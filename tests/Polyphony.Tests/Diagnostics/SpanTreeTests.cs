using Polyphony.Diagnostics;
using Polyphony.Floor;
using Polyphony.Testing;
using Polyphony.Tests.Rooms;
using Polyphony.Tests.Turns;

namespace Polyphony.Tests.Diagnostics;

/// <summary>The spans of turns: whether each has its whole tree, also where a thousand personas run at once.</summary>
public sealed class SpanTreeTests
{
    private const int Personas = 1_000;

    private static readonly string[] OfATurn =
    [
        ProbeSeams.Turn, ProbeSeams.Wait, ProbeSeams.Respond, ProbeSeams.Assemble, ProbeSeams.Render, ProbeSeams.Generate, ProbeSeams.Say,
    ];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_thousand_personas_at_once_leave_a_thousand_whole_trees()
    {
        // Each model call ends on a thread of the pool, so that turns move between threads while others run there.
        var client = new YieldingChatClient("""{"will_respond":true,"response":"here"}""");
        var plans = Enumerable.Range(0, Personas).Select(i => Cast.Plan($"Persona {i}", Polyphony.Inference.Protocols.JsonDecisionProtocol.Instance));
        await using var watched = await Watched.StartAsync(
            "thousand", ScriptedAdapterFactory.Sharing(client), plans, new() { Floor = Everyone.PolicyName, OfferPersonaMessages = false, PersonaTurnBound = 10_000 });
        await watched.SayAsync("who is here?");
        await watched.Hosted.Room.WhenQuietAsync(TestEnds);
        var seen = await watched.EndAsync();

        seen.Of(ProbeClasses.ProbeDropped).ShouldBeEmpty();
        var traces = seen.Of(ProbeClasses.Timing).Where(t => t.Persona is not null).GroupBy(t => t.TraceId).ToArray();
        traces.Length.ShouldBe(Personas);
        foreach (var trace in traces)
        {
            var spans = trace.ToDictionary(t => t.Seam());
            OfATurn.ShouldBeSubsetOf(spans.Keys);
            spans[ProbeSeams.Turn].ParentId.ShouldBeNull();
            foreach (var seam in OfATurn.Skip(1))
            {
                var parent = ProbeTaxonomy.Seams.Single(s => s.Name == seam).Parent!;
                spans[seam].ParentId.ShouldBe(spans[parent].SpanId, $"{seam} lies within {parent}");
            }

            trace.Select(t => (t.Persona, t.Turn)).Distinct().ShouldHaveSingleItem("every span knows whose turn it is");
        }

        // An event belongs to the span of its own turn.
        var turnOf = traces.ToDictionary(t => t.Key!, t => t.First().Persona);
        foreach (var record in seen.Where(r => r.Class.StartsWith("persona.turn.", StringComparison.Ordinal) || r.Class.StartsWith("inference.", StringComparison.Ordinal)))
        {
            turnOf[record.TraceId.ShouldNotBeNull()].ShouldBe(record.Persona);
        }
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_turn_is_a_trace_of_its_own_whatever_its_loop_was_started_under()
    {
        using var source = new System.Diagnostics.ActivitySource("elsewhere");
        using var listener = new System.Diagnostics.ActivityListener
        {
            ShouldListenTo = s => s.Name == "elsewhere",
            Sample = static (ref _) => System.Diagnostics.ActivitySamplingResult.AllData,
        };
        System.Diagnostics.ActivitySource.AddActivityListener(listener);
        using var outer = source.StartActivity("start-up").ShouldNotBeNull();
        await using var watched = await Watched.StartAsync(
            "own-trace", ScriptedAdapterFactory.Heuristic(), [Cast.Plan("Mira")], new() { Floor = Everyone.PolicyName, OfferPersonaMessages = false });
        await watched.SayAsync("hello");
        await watched.Hosted.Room.WhenQuietAsync(TestEnds);

        var turn = (await watched.EndAsync()).Of(ProbeClasses.Timing).Single(t => t.Seam() == ProbeSeams.Turn);
        turn.TraceId.ShouldNotBe(outer.TraceId.ToHexString());
        turn.ParentId.ShouldBeNull();
        System.Diagnostics.Activity.Current.ShouldBe(outer, "the poster's own activity is left alone");
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task Where_somebody_listens_to_activities_each_timing_is_one_with_the_same_ids()
    {
        var heard = new System.Collections.Concurrent.ConcurrentQueue<System.Diagnostics.Activity>();
        using var listener = new System.Diagnostics.ActivityListener
        {
            ShouldListenTo = static s => s.Name == Instruments.Name,
            Sample = static (ref _) => System.Diagnostics.ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = heard.Enqueue,
        };
        System.Diagnostics.ActivitySource.AddActivityListener(listener);
        await using var watched = await Watched.StartAsync(
            "same-ids", ScriptedAdapterFactory.Sharing(new YieldingChatClient("""{"will_respond":true,"response":"here"}""")),
            [Cast.Plan("Mira", Polyphony.Inference.Protocols.JsonDecisionProtocol.Instance)], new() { Floor = Everyone.PolicyName, OfferPersonaMessages = false });
        await watched.SayAsync("hello");
        await watched.Hosted.Room.WhenQuietAsync(TestEnds);
        var timings = (await watched.EndAsync()).Of(ProbeClasses.Timing).Where(t => t.Room == "same-ids" && t.Persona is not null).ToArray();

        OfATurn.ShouldBeSubsetOf(timings.Select(t => t.Seam()));
        foreach (var timing in timings)
        {
            var activity = heard.Single(a => a.SpanId.ToHexString() == timing.SpanId);
            (activity.OperationName, activity.TraceId.ToHexString()).ShouldBe((timing.Seam(), timing.TraceId));
            (activity.ParentSpanId == default ? null : activity.ParentSpanId.ToHexString()).ShouldBe(timing.ParentId);
        }
    }
}
