using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;
using Polyphony.Inference;
using Polyphony.Inference.Protocols;
using Polyphony.Testing;
using Polyphony.Tests.Turns;
using Polyphony.Turns;

namespace Polyphony.Tests.Testing;

public sealed class HeuristicChatClientTests
{
    private static readonly ChatMessage[] Hello = [new(ChatRole.System, "You are Mira."), new(ChatRole.User, "hello"), new(ChatRole.Assistant, "yes?")];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_call_gets_the_same_answer_in_every_run()
    {
        // A fixed answer: the hash must not change from machine to machine or from release to release.
        (await AskAsync(Hello)).ShouldBe("[heuristic:2b5dc78b] ack: \"hello\"");
        (await AskAsync(Hello)).ShouldBe(await AskAsync(Hello));
    }

    [Fact]
    public async Task Everything_the_call_says_is_in_the_hash()
    {
        var answers = new List<string>
        {
            await AskAsync(Hello),
            await AskAsync(Hello, o => o.ModelId = "heuristic-2"),
            await AskAsync(Hello, o => o.Temperature = 0.5f),
            await AskAsync(Hello, o => o.Temperature = 0),
            await AskAsync(Hello, o => o.MaxOutputTokens = 10),
            await AskAsync([new(ChatRole.System, "You are Otto."), Hello[1], Hello[2]]),
            await AskAsync([Hello[0], Hello[1], new(ChatRole.System, "yes?")]),
            await AskAsync([new(ChatRole.System, "You are Mira"), new(ChatRole.System, "."), Hello[1], Hello[2]]),
        };

        answers.Distinct().Count().ShouldBe(answers.Count);
        answers.ShouldAllBe(a => a.EndsWith("] ack: \"hello\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_gives_back_the_end_of_the_last_user_message()
    {
        var answer = await AskAsync([new(ChatRole.User, "first"), new(ChatRole.User, new string('a', 300) + new string('b', 200))]);
        answer.ShouldEndWith($"ack: \"{new string('b', 200)}\"");

        (await AskAsync([new(ChatRole.System, "only rules")])).ShouldEndWith("ack: \"(no user text in prompt)\"");
        (await AskAsync([new(ChatRole.User, "😀" + new string('b', 199))])).ShouldEndWith($"ack: \"{new string('b', 199)}\"", customMessage: "half an emoji is left out");
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("quotes \" and \\ and\nlines, <tags> & \u0001 control, 😀, \ud800 half")]
    public async Task A_call_for_json_gets_the_decision_to_speak(string text)
    {
        var json = await AskAsync([new(ChatRole.User, text)], o => o.ResponseFormat = JsonDecisionProtocol.Instance.ResponseFormat);
        var plain = await AskAsync([new(ChatRole.User, text)]);

        JsonDocument.Parse(json).RootElement.GetProperty("will_respond").GetBoolean().ShouldBeTrue();
        JsonDecisionProtocol.Instance.TryRead(ModelAnswer.Of(json), out var decision, out _).ShouldBeTrue();
        decision.ShouldBeOfType<Decision.Speak>().Text.ShouldBe(plain.Replace('\ud800', '\ufffd'));
        (await AskAsync([new(ChatRole.User, text)], o => o.ResponseFormat = ChatResponseFormat.Text)).ShouldBe(plain);
    }

    [Theory]
    [InlineData("heuristic")]
    [InlineData("Heuristic-2b")]
    [InlineData("HEURISTIC:x")]
    public async Task It_answers_as_any_model_whose_name_begins_like_its_own(string model) =>
        (await AskAsync(Hello, o => o.ModelId = model)).ShouldStartWith("[heuristic:");

    [Theory]
    [InlineData("gpt-4")]
    [InlineData("my-heuristic")]
    [InlineData("")]
    [InlineData(null)]
    public async Task It_never_stands_in_for_another_model(string? model)
    {
        var refusal = await Should.ThrowAsync<InvalidOperationException>(() => AskAsync(Hello, o => o.ModelId = model));

        refusal.Message.ShouldContain("begins with 'heuristic'");
    }

    [Fact]
    public async Task Observers_see_every_attempt_before_it_fails()
    {
        var (warmups, generates) = (0, 0);
        var client = new HeuristicChatClient { WarmupFailure = "cold", OnWarmup = () => warmups++, OnGenerate = () => generates++ };

        (await Should.ThrowAsync<InvalidOperationException>(() => client.WarmUpAsync(Cast.Profile(Cast.Card()), TestEnds).AsTask())).Message.ShouldBe("cold");
        await Should.ThrowAsync<InvalidOperationException>(() => client.GetResponseAsync(Hello, new() { ModelId = "other" }, TestEnds));
        await Should.ThrowAsync<OperationCanceledException>(() => client.GetResponseAsync(Hello, new() { ModelId = Cast.Model }, new(canceled: true)));

        (warmups, generates).ShouldBe((1, 2));
    }

    [Fact]
    public async Task The_delay_passes_on_its_clock()
    {
        var time = new FakeTimeProvider();
        var began = 0;
        var client = new HeuristicChatClient(time) { Delay = TimeSpan.FromMilliseconds(50), OnGenerate = () => began++ };
        var answering = client.GetResponseAsync(Hello, new() { ModelId = Cast.Model }, TestEnds);

        began.ShouldBe(1, "the attempt is counted before the delay");
        time.Advance(TimeSpan.FromMilliseconds(49));
        answering.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromMilliseconds(1));

        (await answering).Text.ShouldStartWith("[heuristic:");
    }

    [Fact]
    public void It_offers_its_warm_up_as_a_service()
    {
        var client = new HeuristicChatClient();

        client.GetService(typeof(IAdapterWarmup)).ShouldBeSameAs(client);
        client.GetService<ChatClientMetadata>()!.ProviderName.ShouldBe("heuristic");
        client.GetService(typeof(IAdapterWarmup), "a key").ShouldBeNull();
    }

    private static async Task<string> AskAsync(IEnumerable<ChatMessage> messages, Action<ChatOptions>? set = null)
    {
        var options = new ChatOptions { ModelId = Cast.Model };
        set?.Invoke(options);
        var client = new HeuristicChatClient();
        var whole = (await client.GetResponseAsync(messages, options, TestEnds)).Text;
        var streamed = (await client.GetStreamingResponseAsync(messages, options, TestEnds).ToChatResponseAsync(TestEnds)).Text;
        streamed.ShouldBe(whole);
        return whole;
    }
}
