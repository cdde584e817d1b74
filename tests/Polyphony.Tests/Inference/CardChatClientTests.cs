using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Personas;
using Polyphony.Rooms;
using Polyphony.Turns;

namespace Polyphony.Tests.Inference;

public sealed class CardChatClientTests
{
    private static readonly PersonaCard Bo = new("Bo") { ExampleLines = ["Honey never spoils, it only waits."], Greeting = "Mind the hive." };

    [Theory]
    [InlineData("hello", "Mind the hive.")]
    [InlineData("does honey go bad?", "Honey never spoils, it only waits.")]
    [InlineData("the kernel panics", "PASS: nothing on my card comes near enough to it")]
    public async Task It_answers_the_offer_in_the_pass_protocol_streamed_and_whole(string text, string reply)
    {
        using var client = new CardChatClient(Bo);
        var options = new PersonaChatOptions { Offer = OfferOf(text, Bo.Id) };

        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in client.GetStreamingResponseAsync([], options, TestContext.Current.CancellationToken))
        {
            updates.Add(update);
        }

        updates.ShouldHaveSingleItem().Text.ShouldBe(reply);
        var response = await client.GetResponseAsync([], options, TestContext.Current.CancellationToken);
        response.Text.ShouldBe(reply);
        response.ModelId.ShouldBe("card");
        response.FinishReason.ShouldBe(ChatFinishReason.Stop);
    }

    [Fact]
    public async Task Options_without_an_offer_are_misuse_and_say_what_to_do()
    {
        using var client = new CardChatClient(Bo);
        foreach (var options in new[] { null, new ChatOptions(), new PersonaChatOptions() })
        {
            var error = await Should.ThrowAsync<InvalidOperationException>(() => client.GetResponseAsync([], options, TestContext.Current.CancellationToken));
            error.Message.ShouldContain("PersonaChatOptions");
        }
    }

    [Fact]
    public async Task An_offer_to_somebody_else_is_misuse()
    {
        using var client = new CardChatClient(Bo);
        var options = new PersonaChatOptions { Offer = OfferOf("hello", new("persona:ann")) };

        var error = await Should.ThrowAsync<InvalidOperationException>(() => client.GetResponseAsync([], options, TestContext.Current.CancellationToken));
        error.Message.ShouldContain("persona:ann");
    }

    [Fact]
    public async Task A_line_that_would_be_read_as_silence_is_an_error()
    {
        using var client = new CardChatClient(Bo with { Greeting = "PASS me the smoker." });

        await Should.ThrowAsync<InvalidOperationException>(
            () => client.GetResponseAsync([], new PersonaChatOptions { Offer = OfferOf("hello", Bo.Id) }, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_cancelled_call_is_not_answered()
    {
        using var client = new CardChatClient(Bo);

        await Should.ThrowAsync<OperationCanceledException>(
            () => client.GetResponseAsync([], new PersonaChatOptions { Offer = OfferOf("hello", Bo.Id) }, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void It_says_what_it_is()
    {
        using var client = new CardChatClient(Bo);

        var metadata = client.GetService(typeof(ChatClientMetadata)).ShouldBeOfType<ChatClientMetadata>();
        metadata.ProviderName.ShouldBe("card");
        metadata.DefaultModelId.ShouldBe("card");
        client.GetService(typeof(CardChatClient)).ShouldBeSameAs(client);
        client.GetService(typeof(CardChatClient), "key").ShouldBeNull();
        client.GetService(typeof(string)).ShouldBeNull();
    }

    [Fact]
    public void A_clone_of_the_options_keeps_the_offer()
    {
        var options = new PersonaChatOptions { Offer = OfferOf("hello", Bo.Id), Temperature = 0.5f };

        var clone = options.Clone().ShouldBeOfType<PersonaChatOptions>();

        clone.Offer.ShouldBeSameAs(options.Offer);
        clone.Temperature.ShouldBe(0.5f);
        new PersonaChatOptions(new ChatOptions { Temperature = 1 }).Offer.ShouldBeNull();
    }

    private static Offer OfferOf(string text, ParticipantId persona)
    {
        var state = new RoomState();
        var events = new List<RoomEvent>();
        RoomInput[] inputs = [new OpenRoom(new("test"), new RoomRules()), new Join(persona, AuthorKind.Persona, "Bo"), Post.ByHuman("Eve", text)];
        foreach (var input in inputs)
        {
            RoomDecision.Step(state, input, DateTimeOffset.UnixEpoch, events, []);
        }

        return new()
        {
            Room = state.Id,
            Turn = new(1),
            Attempt = 1,
            Persona = persona,
            First = 1,
            Last = 1,
            Transcript = state.Transcript.View(),
            Roster = state.Roster,
            Timeout = state.Rules.TurnTimeout,
        };
    }
}
