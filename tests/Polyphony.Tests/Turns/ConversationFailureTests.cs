using Polyphony.Rooms;
using Polyphony.Testing;
using Polyphony.Turns;

namespace Polyphony.Tests.Turns;

/// <summary>What the loop does when it is the conversation that fails, repeats itself or refuses.</summary>
public sealed class ConversationFailureTests
{
    [Fact]
    public async Task A_reply_that_cannot_be_said_is_a_failure_and_the_loop_lives()
    {
        var conversation = Cast.Conversation().WithSayFailure("the wire is cut").Message("one").Message("two");

        var solo = await SoloLoop.ServedAsync(conversation, new HeuristicChatClient());

        solo.Log.Outcomes.ShouldBe([new TurnOutcome.Failed("say", "the wire is cut"), new TurnOutcome.Failed("say", "the wire is cut")]);
        conversation.Said.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_second_delivery_is_a_duplicate_without_a_model_call()
    {
        var conversation = Cast.Conversation().Message("hello", 1).Message("hello", 1).Message("more", 2).Message("hello", 1);
        var model = new ScriptedChatClient(ScriptedAnswer.Text("hi"), ScriptedAnswer.Text("go on"));

        var solo = await SoloLoop.ServedAsync(conversation, model);

        solo.Log.Outcomes.Select(o => o.GetType()).ShouldBe(
            [typeof(TurnOutcome.Spoke), typeof(TurnOutcome.Duplicate), typeof(TurnOutcome.Spoke), typeof(TurnOutcome.Duplicate)]);
        model.Calls.Count.ShouldBe(2);
        conversation.Said.Select(s => s.Text).ShouldBe(["hi", "go on"]);
        conversation.Results.Count.ShouldBe(4, "the duplicates are handed in too");
    }

    [Fact]
    public async Task A_message_whose_turn_was_superseded_is_no_duplicate()
    {
        var conversation = Cast.Conversation().Message("hello");
        var model = new ScriptedChatClient(ScriptedAnswer.Hangs(), ScriptedAnswer.Text("hi"));
        var solo = new SoloLoop(conversation, model);
        var serving = solo.ServeAsync();
        await model.WhenCalledAsync(1, solo.TestEnds);
        conversation.WithdrawOffer();

        await serving;

        conversation.Said.ShouldHaveSingleItem().Attempt.ShouldBe(2);
    }

    [Fact]
    public async Task A_reply_that_is_there_already_is_a_duplicate()
    {
        var conversation = Cast.Conversation().WithReceipts(_ => new Receipt.AlreadyPosted(new("said-before"))).Message("hello");

        var solo = await SoloLoop.ServedAsync(conversation, new HeuristicChatClient());

        solo.Log.Outcomes.ShouldHaveSingleItem().ShouldBeOfType<TurnOutcome.Duplicate>();
    }

    [Fact]
    public async Task A_refusal_of_the_room_is_the_outcome_with_its_rule()
    {
        var conversation = Cast.Conversation().WithReceipts(_ => new Receipt.Refused("overloaded", "come back later")).Message("hello");

        var solo = await SoloLoop.ServedAsync(conversation, new HeuristicChatClient());

        solo.Log.Outcomes.ShouldBe([new TurnOutcome.Refused("overloaded", "come back later")]);
    }

    [Fact]
    public async Task A_conversation_that_throws_is_a_fault()
    {
        var conversation = Cast.Conversation().Breaks(new InvalidOperationException("torn")).Message("hello");

        var solo = await SoloLoop.ServedAsync(conversation, new HeuristicChatClient());

        solo.Log.Faults.ShouldBe(["torn"]);
        solo.Log.Outcomes.ShouldBe([TurnOutcome.Spoke.Instance]);
    }

    [Fact]
    public async Task Nothing_but_faults_ends_the_loop_loudly()
    {
        var conversation = Cast.Conversation().With(Enumerable.Range(1, PersonaLoop.FaultLimit).Select(i => new ScriptedEvent.Fault($"fault {i}")));
        conversation.OpenFeed();
        var time = new HurriedTime();
        var solo = new SoloLoop(conversation, new ScriptedChatClient(), time: time);

        var broken = await solo.ServeAsync().ShouldThrowAsync<ConversationBrokenException>();

        broken.Message.ShouldContain("Mira");
        broken.Message.ShouldContain($"fault {PersonaLoop.FaultLimit}");
        solo.Log.Report.Faults.ShouldBe(PersonaLoop.FaultLimit);
        var pauses = time.Pauses.ToArray();
        pauses.Take(4).Select(p => p.TotalMilliseconds).ShouldBe([1, 2, 4, 8]);
        pauses[^1].ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_few_faults_in_a_row_cost_no_pause()
    {
        var time = new HurriedTime();
        var conversation = Cast.Conversation().With(Enumerable.Repeat<ScriptedEvent>(new ScriptedEvent.Fault("lag"), 3)).Message("hello");

        await SoloLoop.ServedAsync(conversation, new HeuristicChatClient(), time: time);

        time.Pauses.ShouldBeEmpty();
    }

    [Fact]
    public async Task Faults_with_an_offer_between_them_do_not_add_up()
    {
        var almost = Enumerable.Repeat<ScriptedEvent>(new ScriptedEvent.Fault("lag"), PersonaLoop.FaultLimit - 1).ToArray();
        var conversation = Cast.Conversation().With(almost).Message("hello").With(almost).Message("hello again");

        var solo = await SoloLoop.ServedAsync(conversation, new HeuristicChatClient(), time: new HurriedTime());

        solo.Log.Report.Faults.ShouldBe(2 * almost.Length);
        solo.Log.Report.Outcomes.Spoke.ShouldBe(2);
    }

    [Fact]
    public async Task A_room_that_stopped_ends_the_loop_with_its_reason()
    {
        var conversation = Cast.Conversation().Breaks(new RoomFaultedException("the disk is full")).Message("hello");
        var solo = new SoloLoop(conversation, new ScriptedChatClient());

        await solo.ServeAsync().ShouldThrowAsync<RoomFaultedException>();
    }
}
