using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;
using Polyphony.Bids;
using Polyphony.Prompting;
using Polyphony.Tests.Rooms;
using static Polyphony.Tests.Bids.BiddingRoom;

namespace Polyphony.Tests.Bids;

/// <summary>One look at the room for each message, through live rooms: who is asked, and who leaves it to others.</summary>
public sealed class RoomBidsTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Failures => new()
    {
        { "throws", "Inference" },
        { "too few", "Malformed" },
        { "too much", "Malformed" },
        { "no number", "Malformed" },
    };

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task The_likeliest_are_asked_and_the_others_pass_with_their_bid_and_rank()
    {
        var gate = new TaskCompletionSource();
        var model = new BiddingChatClient { Weight = Falling, Gate = gate.Task };
        await using var room = await StartAsync(model);
        room.Bids.Waits = waiting =>
        {
            if (waiting == Eight.Length)
            {
                gate.SetResult();
            }
        };
        await room.SayAsync("is the roof tight?");

        model.Asked.ShouldBe(["Mira", "Otto", "Ines"], ignoreOrder: true);
        room.Passed.Keys.ShouldBe(["Juno", "Kian", "Lena", "Nils", "Paul"], ignoreOrder: true);
        room.Passed["Nils"].ShouldBe("others are likelier to speak next: bid 0.0556, rank 7 of 8");
        var outcomes = await room.OutcomesAsync();
        (outcomes.Spoke, outcomes.Passed, outcomes.Offers).ShouldBe((3, 5, 8));
        (room.Bids.Counts.Calls, room.Bids.Counts.Cached, room.Bids.Counts.Passed, room.Bids.Counts.Errors).ShouldBe((1, 7, 5, 0));
        model.Requests.Count.ShouldBe(1);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task What_is_asked_is_what_everybody_reads_first_and_who_may_speak_next()
    {
        var model = new BiddingChatClient { Weight = Falling, Says = static name => name == "Mira" ? "the roof is tight" : null };
        await using var room = await StartAsync(model, OneSpeaker);
        await room.SayAsync("is the roof tight?");

        model.Requests.Count.ShouldBe(2);
        var (first, second) = (model.Requests[0], model.Requests[1]);
        first.Candidates.ShouldBe(Eight);
        second.Candidates.ShouldBe(Eight[1..], "who spoke last does not speak next");
        (first.Room, first.Messages[^1].Text).ShouldBe((new("bids"), "Hana: is the roof tight?"));
        second.Messages[^1].Text.ShouldBe("Mira: the roof is tight");
        second.Messages.Take(first.Messages.Count).Select(static m => (m.Role, m.Text)).ShouldBe(first.Messages.Select(static m => (m.Role, m.Text)), "the next question goes on where this one ended");
        first.Messages[0].Role.ShouldBe(ChatRole.System);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task Who_is_addressed_by_name_is_asked_whatever_its_bid()
    {
        var model = new BiddingChatClient { Weight = Falling };
        await using var room = await StartAsync(model);
        await room.SayAsync("Paul, is the roof tight?");

        model.Asked.ShouldBe(["Mira", "Otto", "Ines", "Paul"], ignoreOrder: true);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task Once_somebody_has_answered_the_round_asks_the_likeliest_only()
    {
        var model = new BiddingChatClient { Weight = Rising, Says = static name => name == "Paul" ? "the roof is tight" : null };
        await using var room = await StartAsync(model, OneSpeaker);
        await room.SayAsync("is the roof tight?");

        // The floor comes to the least likely first, and to Paul, who speaks, last; of the others the three likeliest are asked again.
        model.Asked.ShouldBe(["Lena", "Nils", "Paul", "Kian", "Lena", "Nils"]);
        (await room.OutcomesAsync()).Passed.ShouldBe(7 + 7);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task Where_the_likeliest_say_nothing_to_a_person_the_next_is_asked()
    {
        var model = new BiddingChatClient { Weight = Falling, Says = static name => name == "Kian" ? "the roof is tight" : null };
        await using var room = await StartAsync(model, OneSpeaker);
        await room.SayAsync("is the roof tight?");

        model.Asked.Take(5).ShouldBe(["Mira", "Otto", "Ines", "Juno", "Kian"]);
        model.Asked.Skip(5).ShouldBe(["Mira", "Otto", "Ines"], ignoreOrder: true, "what a persona said is left to the likeliest");
        (await room.OutcomesAsync()).Spoke.ShouldBe(1);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task Who_of_the_likeliest_is_gone_is_not_waited_for()
    {
        var model = new BiddingChatClient { Weight = Falling, Says = static _ => null };
        await using var room = await StartAsync(model, OneSpeaker);
        room.Bids.Leave(new("persona:mira"));
        await room.SayAsync("is the roof tight?");

        model.Requests.ShouldHaveSingleItem().Candidates.ShouldBe(Eight[1..]);
        model.Asked.ShouldBe(Eight);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task Those_who_cannot_be_told_apart_are_all_asked()
    {
        var model = new BiddingChatClient { Weight = static name => name == "Mira" ? 2 : name == "Paul" ? 0.5 : 1 };
        await using var room = await StartAsync(model);
        await room.SayAsync("is the roof tight?");

        model.Asked.ShouldBe(Eight[..^1], ignoreOrder: true);
        room.Passed.Keys.ShouldBe(["Paul"]);
    }

    [Theory(Timeout = LiveRoom.Limit)]
    [MemberData(nameof(Failures))]
    public async Task A_failure_costs_nothing_and_is_not_repeated_for_the_message(string failure, string kind)
    {
        var model = new BiddingChatClient { Weight = Falling, Answer = _ => Task.FromResult(Failing(failure)) };
        await using var room = await StartAsync(model);
        await room.SayAsync("is the roof tight?");

        model.Asked.ShouldBe(Eight, ignoreOrder: true);
        (await room.OutcomesAsync()).Spoke.ShouldBe(Eight.Length);
        var counts = room.Bids.Counts;
        (model.Requests.Count, counts.Errors, counts.Passed, counts.Cached).ShouldBe((1, 1, 0, 0));
        (kind == "Inference" ? counts.Inference : counts.Malformed).ShouldBe(1);
    }

    [Theory(Timeout = LiveRoom.Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_model_that_hangs_is_waited_for_a_share_of_the_turns_time(bool isDeaf)
    {
        var time = new FakeTimeProvider();
        var waiting = new TaskCompletionSource();
        var never = new TaskCompletionSource<IReadOnlyList<double>>();
        var model = new BiddingChatClient { Weight = Falling, Answer = token => isDeaf ? never.Task : never.Task.WaitAsync(token) };
        await using var room = await StartAsync(model, Everybody with { TurnTimeout = TimeSpan.FromSeconds(100) }, time: time);
        room.Bids.Waits = turns =>
        {
            if (turns == Eight.Length)
            {
                waiting.SetResult();
            }
        };
        await room.PostAsync("is the roof tight?");
        await waiting.Task.WaitAsync(TestEnds);
        time.Advance(TimeSpan.FromSeconds(24));
        (await room.OutcomesAsync()).Closed.ShouldBe(0);
        time.Advance(TimeSpan.FromSeconds(1));
        await room.Hosted.Room.WhenQuietAsync(TestEnds);

        (await room.OutcomesAsync()).Spoke.ShouldBe(Eight.Length);
        (room.Bids.Counts.TimedOut, room.Bids.Counts.Errors, room.Bids.Counts.GivenUp).ShouldBe((1, 1, 0));
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task What_nobody_waits_for_any_more_is_given_up()
    {
        var waiting = new TaskCompletionSource();
        var model = new BiddingChatClient { Weight = Falling, Gate = new TaskCompletionSource().Task };
        var room = await StartAsync(model);
        room.Bids.Waits = turns =>
        {
            if (turns == Eight.Length)
            {
                waiting.SetResult();
            }
        };
        await room.PostAsync("is the roof tight?");
        await waiting.Task.WaitAsync(TestEnds);
        await room.DisposeAsync();

        (room.Bids.Counts.Calls, room.Bids.Counts.GivenUp, room.Bids.Counts.Errors).ShouldBe((1, 1, 0));
        model.LastToken.IsCancellationRequested.ShouldBeTrue();
    }

    [Theory(Timeout = LiveRoom.Limit)]
    [InlineData("as few as are asked anyway")]
    [InlineData("another layout")]
    [InlineData("a model without bids")]
    public async Task Where_bids_have_no_place_everybody_is_asked(string why)
    {
        var model = new BiddingChatClient { Weight = Falling, Bids = why != "a model without bids" };
        var plans = Plans(why == "another layout" ? PromptLayout.NamePrefixedUserTurns : PromptLayout.SharedTranscriptFirst, why.StartsWith("as few", StringComparison.Ordinal) ? 3 : 8);
        await using var room = await StartAsync(model, plans: plans);
        await room.SayAsync("is the roof tight?");

        model.Asked.Count.ShouldBe(plans.Length);
        (model.Requests.Count, room.Bids.Counts.Calls, room.Passed.Count).ShouldBe((0, 0, 0));
    }

    [Theory]
    [InlineData(0, 0.25, "Likely")]
    [InlineData(1_001, 0.25, "Likely")]
    [InlineData(3, 0.001, "TimeoutShare")]
    [InlineData(3, double.NaN, "TimeoutShare")]
    public void An_option_out_of_its_range_is_named(int likely, double share, string option) =>
        Should.Throw<ArgumentException>(() => new RoomBids([], new() { Likely = likely, TimeoutShare = share }, TimeProvider.System)).ParamName.ShouldBe(option);

    private static IReadOnlyList<double> Failing(string failure) => failure switch
    {
        "throws" => throw new InvalidDataException("'is the roof tight' is too hot"),
        "too few" => [0.5, 0.5],
        "too much" => [.. Enumerable.Repeat(0.25, Eight.Length)],
        _ => [double.NaN, 1, .. Enumerable.Repeat(0.0, Eight.Length - 2)],
    };
}
