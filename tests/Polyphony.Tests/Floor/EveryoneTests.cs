using Polyphony.Floor;
using Polyphony.Rooms;
using Polyphony.Tests.Rooms;

namespace Polyphony.Tests.Floor;

public sealed class EveryoneTests
{
    private static readonly RoomRules HumansOnly = new() { Floor = Everyone.PolicyName, OfferPersonaMessages = false };
    private static readonly RoomRules All = new() { Floor = Everyone.PolicyName };

    [Fact]
    public void Each_persona_is_offered_each_message_one_at_a_time()
    {
        var room = new PureRoom(HumansOnly, "Ada", "Bo");
        room.Human("one");
        room.Human("two");

        room.Open.ShouldBe(["Ada 1-1", "Bo 1-1"]);
        room.Speak("Bo", "yes");
        room.Open.ShouldBe(["Ada 1-1", "Bo 2-2"]);
        room.Pass("Ada");
        room.Pass("Ada");
        room.Pass("Bo");
        room.Open.ShouldBeEmpty();
    }

    [Fact]
    public void What_a_persona_says_is_offered_to_the_others_where_the_rules_say_so()
    {
        var room = new PureRoom(All, "Ada", "Bo");
        room.Human("one");
        room.Pass("Bo");
        room.Speak("Ada", "yes");

        room.Open.ShouldBe(["Bo 2-2"]);
    }

    [Fact]
    public void What_an_agent_says_is_offered_also_where_what_personas_say_is_not()
    {
        var room = new PureRoom(HumansOnly, "Ada");

        room.Agent("the build is red");

        room.Open.ShouldBe(["Ada 1-1"]);
    }

    [Fact]
    public void A_human_message_does_not_wait_behind_what_the_bound_withholds()
    {
        var room = new PureRoom(All with { PersonaTurnBound = 1 }, "Ada", "Bo", "Cem");
        room.Human("one");
        foreach (var name in new[] { "Ada", "Bo", "Cem" })
        {
            room.Speak(name, $"{name} says so");
        }

        room.Open.ShouldBeEmpty();
        room.Human("two");

        room.Open.ShouldBe(["Ada 3-3", "Bo 5-5", "Cem 5-5"], "one turn for what was withheld, as far as the bound goes, and the others go on to the human's");
    }

    [Fact]
    public void An_interrupted_turn_comes_again_also_at_the_bound()
    {
        var room = new PureRoom(All with { PersonaTurnBound = 3 }, "Ada", "Bo");
        room.Human("one");
        room.Pass("Bo");
        room.Speak("Ada", "yes");
        room.Open.ShouldBe(["Bo 2-2"]);

        room.Put(new OpenRoom(new("r"), room.State.Rules));
        room.Join("Bo");

        room.Open.ShouldBe(["Bo 2-2"]);
        room.TurnOf("Bo").Attempt.ShouldBe(2);
    }

    [Theory]
    [InlineData(12, true)]
    [InlineData(3, false)]
    public void Nothing_that_the_room_took_leaves_memory_before_everyone_has_answered_it(int personas, bool evenly)
    {
        // What this catches: the replies of the others push what a persona has yet to answer out of memory, and it is never answered.
        var (state, events, grants) = (new RoomState(), new List<RoomEvent>(), new List<FloorGrant>());
        Step(new OpenRoom(new("r"), HumansOnly));
        for (var n = 0; n < personas; n++)
        {
            Step(new Join(new($"persona:{n}"), AuthorKind.Persona, $"P{n}"));
        }

        long taken = 0;
        while (Step(Post.ByHuman("Hana", "hello")) is Receipt.Accepted)
        {
            taken++;
        }

        taken.ShouldBeGreaterThan(RoomState.RetainedMessages / (personas + 1) - 10, "what fits is taken");
        while (state.OpenTurns > 0)
        {
            // Everybody in turn, or each only after those behind it are done with everything.
            foreach (var seat in evenly ? state.Seats : state.Seats.Where(s => s.Open is not null).TakeLast(1))
            {
                if (seat.Open is { } open)
                {
                    Step(new CompleteTurn(new(open.Turn, open.Attempt, seat.Persona, TurnOutcome.Spoke.Instance, "yes")));
                }
            }
        }

        state.Seats.ShouldAllBe(seat => seat.Counts.Spoke == taken);
        Step(Post.ByHuman("Hana", "and now?")).ShouldBeOfType<Receipt.Accepted>();

        Receipt Step(RoomInput input)
        {
            events.Clear();
            return RoomDecision.Step(state, input, DateTimeOffset.UnixEpoch, events, grants);
        }
    }

    [Fact]
    public void A_message_that_has_left_memory_before_its_turn_is_left_to_the_floor_and_breaks_nothing()
    {
        // What this catches: in a log that was written without the bound, an offer of a message that the room has no longer, at which every turn and the room itself would break.
        var state = new RoomState();
        Apply(state, new RoomOpened(new("r"), HumansOnly));
        Apply(state, new ParticipantJoined(new("persona:Ada"), AuthorKind.Persona, "Ada"));
        Apply(state, new ParticipantJoined(new("persona:Bo"), AuthorKind.Persona, "Bo"));
        Apply(state, new ParticipantJoined(new("human:Hana"), AuthorKind.Human, "Hana"));
        for (long seq = 1; seq <= RoomState.RetainedMessages + 100L; seq++)
        {
            Apply(state, new MessagePosted(new()
            {
                Id = new($"m{seq}"), Seq = seq, Author = new("human:Hana"), Kind = AuthorKind.Human, Text = "hello", At = DateTimeOffset.UnixEpoch,
            }));
        }

        var events = new List<RoomEvent>();
        RoomDecision.Step(state, new Post(new("human:Hana"), AuthorKind.Human, "Hana", "hello"), DateTimeOffset.UnixEpoch, events, []);
        events.ShouldBeEmpty("the backlog is full");
        RoomDecision.Step(state, new OpenRoom(new("r"), HumansOnly with { PersonaTurnBound = 0 }), DateTimeOffset.UnixEpoch, events, []);
        RoomDecision.Step(state, new Join(new("persona:Ada"), AuthorKind.Persona, "Ada"), DateTimeOffset.UnixEpoch, events, []);

        events.OfType<TurnOffered>().Select(e => e.First).Distinct().ShouldHaveSingleItem().ShouldBe(state.Transcript.FirstSeq);
        RoomAccounts.Of(state).Conserved.ShouldBeTrue();
    }

    private static void Apply(RoomState state, RoomEvent e) => state.Apply(e);
}
