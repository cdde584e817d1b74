using Polyphony.Floor;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Tests.Rooms;

/// <summary>The answer to "why did each of them speak or stay silent": compared whole, as a person reads it.</summary>
public sealed class RoomReasonsTests
{
    private static readonly RoomRules OneAtATimeRules = new() { Floor = OneAtATime.PolicyName };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task Each_persona_has_one_sentence_that_is_true()
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog(), OneAtATimeRules);
        var (ada, bo, cem) = (await room.SeatAsync("Ada"), await room.SeatAsync("Bo"), await room.SeatAsync("Cem"));
        (await WhyAsync(room)).ShouldBe(
        [
            "Ada has not been offered a turn: nobody has said anything since it came",
            "Bo has not been offered a turn: nobody has said anything since it came",
            "Cem has not been offered a turn: nobody has said anything since it came",
        ]);

        await room.SayAsync("@Bo hello");
        var offer = await bo.OfferAsync();
        (await WhyAsync(room))[1].ShouldBe("Bo is at it: turn t1, addressed by name");
        (await WhyAsync(room))[0].ShouldBe("Ada waits for its turn: Bo has the floor");

        await bo.SpeakAsync(offer, "hello, Hana");
        await ada.PassAsync(await ada.OfferAsync());
        await cem.CompleteAsync(TurnResult.Of(await cem.OfferAsync(), new TurnOutcome.Failed("respond", "no answer")), Token);
        await room.LeaveAsync(LiveRoom.PersonaId("Ada"), "gone");

        (await WhyAsync(room)).ShouldBe(
        [
            "Ada is away",
            "Bo spoke (turn t1; addressed by name)",
            "Cem failed: respond: no answer (turn t3; silent longest)",
        ]);
    }

    [Fact(Timeout = LiveRoom.Limit)]
    public async Task A_persona_that_spoke_and_then_had_nothing_to_add_is_told_to_have_spoken()
    {
        // What this catches: the pass over what followed hiding why it spoke.
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog(), OneAtATimeRules);
        var (ada, bo) = (await room.SeatAsync("Ada"), await room.SeatAsync("Bo"));
        await room.SayAsync("@Ada hello");
        await ada.SpeakAsync(await ada.OfferAsync(), "hello");
        await bo.SpeakAsync(await bo.OfferAsync(), "and from me");
        await ada.PassAsync(await ada.OfferAsync());

        (await WhyAsync(room)).ShouldBe(
        [
            "Ada spoke (turn t1; addressed by name), then passed: nothing to add (turn t3; silent longest)",
            "Bo spoke (turn t2; silent longest)",
        ]);
    }

    [Theory(Timeout = LiveRoom.Limit)]
    [InlineData(OneAtATime.PolicyName)]
    [InlineData(Everyone.PolicyName)]
    public async Task The_bound_on_persona_turns_holds_however_often_a_program_posts(string floor)
    {
        await using var room = await LiveRoom.OpenAsync(new InMemoryRoomLog(), new() { Floor = floor, PersonaTurnBound = 4 });
        var ada = await room.SeatAsync("Ada");
        await room.SayAsync("hello");
        for (var n = 0; n < 20; n++)
        {
            await room.PostAsync(new(new("agent:clock"), AuthorKind.Agent, "Clock", $"it is {n}"), Token);
            if ((await room.AccountsAsync()).Outcomes.Open > 0)
            {
                await ada.SpeakAsync(await ada.OfferAsync(), $"is it {n} already?");
            }
        }

        (await room.AccountsAsync()).Outcomes.Offers.ShouldBe(4);
        (await WhyAsync(room)).ShouldHaveSingleItem().ShouldContain("the 4 persona turns that may follow a human message were used up");

        await room.SayAsync("are you there?");
        (await room.AccountsAsync()).Outcomes.Offers.ShouldBe(5, "a person begins anew");
    }

    private static Task<string[]> WhyAsync(Room room) =>
        room.LookAsync(state => RoomReasons.Of(state).Select(reason => $"{reason.Persona} {reason.Why}").ToArray()).Soon();
}
