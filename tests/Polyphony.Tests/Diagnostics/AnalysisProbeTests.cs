using Polyphony.Diagnostics;
using Polyphony.Testing;
using Polyphony.Tests.Analysis;
using Polyphony.Tests.Rooms;
using static Polyphony.Diagnostics.ProbeClasses;
using static Polyphony.Tests.Analysis.AnalyzedRoom;

namespace Polyphony.Tests.Diagnostics;

/// <summary>The probes of the shared analysis, each through a live room.</summary>
public sealed class AnalysisProbeTests
{
    private static readonly Polyphony.Inference.PersonaPlan[] Two = [Plan("Mira", "tea"), Plan("Otto", "poker", "slate")];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task An_analysis_leaves_what_was_asked_what_came_of_it_and_what_each_turn_got()
    {
        var seen = await SeenAsync("analysed", Two, ScriptedAnswer.Text(Answer));

        foreach (var record in seen)
        {
            record.MustFitTheTaxonomy();
        }

        var enter = seen.One(AnalyzeEnter);
        (enter.Seq, enter.Field("message_id"), enter.Field("text_len"), enter.Field("history_count"), enter.Field("known_specialties_count")).ShouldBe((1L, "#1", 18, 0, 3));
        var inference = seen.One(AnalyzeInference);
        (inference.Field("model_used"), inference.Field("msg_count"), inference.Field("raw_text_len"), inference.Field("tokens_estimated"))
            .ShouldBe((Turns.Cast.Model, 2, Answer.Length, true));
        inference.Field("inference_ms").ShouldBeOfType<double>().ShouldBeGreaterThan(0);
        var parse = seen.One(AnalyzeParse);
        (parse.Field("angles_total"), parse.Field("angles_non_empty"), parse.Field("angles_empty"), parse.Field("intent"), parse.Field("summary_len"), parse.Field("key_concepts_count"))
            .ShouldBe((3, 2, 1, "question", 13, 2));
        parse.Field("analyze_duration_ms").ShouldBeOfType<double>().ShouldBeGreaterThan(0);
        var hit = seen.One(AnalyzeCacheHit);
        (hit.Field("message_id"), hit.Field("angles_count"), hit.Field("cache_key")).ShouldBe(("#1", 3, null));

        var results = seen.Of(AnalyzeResult);
        results.Select(r => r.Persona).ShouldBe(["Mira", "Otto"], ignoreOrder: true);
        results.Select(r => r.Field("from_cache")).ShouldBe([false, true], ignoreOrder: true);
        foreach (var result in results)
        {
            (result.Field("model_used"), result.Field("suggested_angles_count"), result.Field("matched_angle_present"), result.Field("matched_angle_len"), result.Field("intent"))
                .ShouldBe((Turns.Cast.Model, 3, true, result.Persona == "Mira" ? 10 : 12, "question"));
        }
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task Without_content_nothing_of_what_was_said_and_written_is_there_and_with_it_all_is()
    {
        foreach (var content in (bool[])[false, true])
        {
            var seen = await SeenAsync($"content-{content}", Two, ScriptedAnswer.Text(Answer), content);
            foreach (var record in seen)
            {
                record.MustFitTheTaxonomy(content);
            }

            var all = string.Join('\n', seen.Where(r => r.Class.Contains("analyze")).SelectMany(r => r.Fields.Select(f => $"{f.Key}={f.Value}").Append(r.Message)));
            foreach (var words in (string[])["raw_text=" + Answer, "summary=About a roof.", "matched_angle=Offer tea.", "angles=slate: Slate lasts.\ntea: Offer tea.", "cache_key="])
            {
                all.Contains(words).ShouldBe(content, words);
            }

            all.Contains("Offer tea").ShouldBe(content);
        }
    }

    [Theory(Timeout = LiveRoom.Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failure_is_told_once_with_its_kind_and_its_words_with_content_only(bool content)
    {
        var seen = await SeenAsync($"failed-{content}", Two, ScriptedAnswer.Fails(new InvalidDataException("'is the roof tight' is too hot")), content);

        var error = seen.One(ProbeClasses.AnalyzeError);
        (error.Field("error_kind"), error.Field("error_type"), error.Field("reason"), error.Field("model_used"))
            .ShouldBe(("Inference", "InvalidDataException", "the model call failed (InvalidDataException)", Turns.Cast.Model));
        error.Field("error").ShouldBe(content ? "'is the roof tight' is too hot" : null);
        seen.Of(AnalyzeResult).ShouldAllBe(r => (int)r.Field("suggested_angles_count")! == 0 && !(bool)r.Field("matched_angle_present")!);
        seen.Of(AnalyzeCacheHit).ShouldBeEmpty();
        seen.Of(TurnSpoke).Count.ShouldBe(2);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_room_with_one_speciality_says_that_nothing_was_asked()
    {
        var seen = await SeenAsync("noop", [Plan("Mira", "tea")], ScriptedAnswer.Fails("never asked"));

        (seen.One(AnalyzeNoop).Field("message_id"), seen.One(AnalyzeNoop).Field("specialties_seen")).ShouldBe(("#1", 1));
        seen.Of(AnalyzeEnter).ShouldBeEmpty();
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task The_time_of_it_is_a_seam_of_each_turn_and_the_call_is_one_of_the_turn_that_asked()
    {
        var seen = await SeenAsync("seams", Two, ScriptedAnswer.Text(Answer));

        var spans = seen.Of(Timing).Where(t => t.Persona is not null).ToArray();
        var waits = spans.Where(t => t.Seam() == ProbeSeams.Analyze).ToArray();
        waits.Length.ShouldBe(2);
        foreach (var wait in waits)
        {
            wait.ParentId.ShouldBe(spans.Single(t => t.TraceId == wait.TraceId && t.Seam() == ProbeSeams.Respond).SpanId);
        }

        var call = spans.Single(t => t.Seam() == ProbeSeams.AnalyzeCall);
        waits.Select(w => w.SpanId).ShouldContain(call.ParentId);
        (call.Field("gen_ai.request.model"), call.Field("gen_ai.conversation.id"), call.Field("gen_ai.output.type")).ShouldBe((Turns.Cast.Model, "seams", "json"));
    }

    private static async Task<IReadOnlyList<ProbeRecord>> SeenAsync(
        string room, IEnumerable<Polyphony.Inference.PersonaPlan> plans, ScriptedAnswer analysis, bool content = false)
    {
        var model = new RoutedChatClient(new ScriptedChatClient(analysis), new HeuristicChatClient());
        await using var watched = await Watched.StartAsync(room, ScriptedAdapterFactory.Sharing(model), plans, Everybody, content, analysis: new());
        await watched.SayAsync("is the roof tight?");
        await watched.Hosted.Room.WhenQuietAsync(TestEnds);
        return await watched.EndAsync();
    }
}
