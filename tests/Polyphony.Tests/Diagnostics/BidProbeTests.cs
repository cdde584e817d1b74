using Polyphony.Diagnostics;
using Polyphony.Testing;
using Polyphony.Tests.Bids;
using Polyphony.Tests.Rooms;
using static Polyphony.Tests.Bids.BiddingRoom;

namespace Polyphony.Tests.Diagnostics;

/// <summary>The probes of the bids, each through a live room.</summary>
public sealed class BidProbeTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_bid_leaves_its_rank_in_every_turn_and_the_reason_in_those_that_end_on_it()
    {
        var seen = await SeenAsync("bid-probes", new() { Weight = Falling, Says = static name => name == "Mira" ? null : "the roof is tight" });

        foreach (var record in seen)
        {
            record.MustFitTheTaxonomy();
        }

        var bids = seen.Of(ProbeClasses.InferenceBid);
        bids.Select(b => (b.Persona, b.Field("rank"))).ShouldBe(Eight.Select(static (name, i) => ((string?)name, (object?)(i + 1))), ignoreOrder: true);
        bids.Sum(b => (double)b.Field("bid")!).ShouldBe(1, 1e-9);
        bids.Count(b => b.Field("from_cache") is false).ShouldBe(1);
        bids.ShouldAllBe(b => (int)b.Field("candidates")! == Eight.Length && b.Field("error_kind") == null);
        var silences = seen.Of(ProbeClasses.TurnSilent).ToDictionary(s => s.Persona!, s => s.Field("reason"));
        silences["Paul"].ShouldBe("others are likelier to speak next: bid 0.0278, rank 8 of 8");
        silences["Mira"].ShouldBe("the model chose silence", "its own words are content");
        seen.Of(ProbeClasses.GenerateEnter).Count.ShouldBe(3);
        seen.Of(ProbeClasses.Timing).Count(t => t.Seam() == ProbeSeams.Bid).ShouldBe(Eight.Length);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_failure_is_told_with_its_kind_and_without_its_words()
    {
        var seen = await SeenAsync("no-bids", new() { Weight = Falling, Answer = static _ => throw new InvalidDataException("'is the roof tight' is too hot") });

        var bids = seen.Of(ProbeClasses.InferenceBid);
        bids.Count.ShouldBe(Eight.Length);
        bids.ShouldAllBe(b => (string)b.Field("error_kind")! == "Inference" && (string)b.Field("error_type")! == "InvalidDataException" && b.Field("bid") == null && b.Field("rank") == null);
        seen.ShouldAllBe(r => !r.Message.Contains("too hot"));
    }

    private static async Task<IReadOnlyList<ProbeRecord>> SeenAsync(string room, BiddingChatClient model)
    {
        await using var watched = await Watched.StartAsync(room, ScriptedAdapterFactory.Sharing(model), Plans(), Everybody, bids: new());
        await watched.SayAsync("is the roof tight?");
        await watched.Hosted.Room.WhenQuietAsync(TestEnds);
        return await watched.EndAsync();
    }
}
