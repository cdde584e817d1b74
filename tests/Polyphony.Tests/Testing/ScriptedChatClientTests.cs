using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;
using Polyphony.Inference.Protocols;
using Polyphony.Testing;
using Polyphony.Turns;

namespace Polyphony.Tests.Testing;

public sealed class ScriptedChatClientTests
{
    private static readonly ChatMessage[] Hello = [new(ChatRole.User, "hello")];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_come_in_the_order_of_the_calls_and_the_calls_are_recorded()
    {
        var client = new ScriptedChatClient(ScriptedAnswer.Text("one")).Then(ScriptedAnswer.Text("t", "wo"));
        var options = new ChatOptions { ModelId = "any" };

        (await client.GetResponseAsync(Hello, options, TestEnds)).Text.ShouldBe("one");
        (await client.GetResponseAsync(Hello, cancellationToken: TestEnds)).Text.ShouldBe("two");

        client.Calls.Count.ShouldBe(2);
        client.Calls[0].Messages.ShouldBe(Hello);
        client.Calls[0].Options.ShouldBeSameAs(options);
        client.Calls[1].Options.ShouldBeNull();
    }

    [Fact]
    public async Task A_call_past_the_end_is_told_and_recorded()
    {
        var client = new ScriptedChatClient(ScriptedAnswer.Text("one"));
        await client.GetResponseAsync(Hello, cancellationToken: TestEnds);

        var error = await Should.ThrowAsync<InvalidOperationException>(() => client.GetResponseAsync(Hello, cancellationToken: TestEnds));

        error.Message.ShouldContain("1 answers and this is call 2");
        client.Calls.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Time_to_first_token_and_duration_pass_on_its_clock()
    {
        var time = new FakeTimeProvider();
        var answer = ScriptedAnswer.Text("a", "b") with { TimeToFirstToken = TimeSpan.FromMilliseconds(30), Duration = TimeSpan.FromMilliseconds(50) };
        var arrivals = new List<(string, double)>();
        var began = time.GetTimestamp();
        var reading = ReadAsync();

        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
        }

        await reading;
        arrivals.ShouldBe([("a", 30), ("b", 40), ("", 50)]);

        async Task ReadAsync()
        {
            await foreach (var update in new ScriptedChatClient(time, answer).GetStreamingResponseAsync(Hello, cancellationToken: TestEnds))
            {
                arrivals.Add((update.Text, time.GetElapsedTime(began).TotalMilliseconds));
            }

            arrivals.Add(("", time.GetElapsedTime(began).TotalMilliseconds));
        }
    }

    [Fact]
    public async Task A_hang_lasts_until_it_is_cancelled_or_for_ever()
    {
        using var stop = new CancellationTokenSource();
        var client = new ScriptedChatClient(ScriptedAnswer.Hangs(), ScriptedAnswer.HangsForEver());
        var listening = client.GetResponseAsync(Hello, cancellationToken: stop.Token);
        var deaf = client.GetResponseAsync(Hello, cancellationToken: stop.Token);

        await stop.CancelAsync();

        await listening.ShouldThrowAsync<OperationCanceledException>();
        deaf.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_failure_comes_after_the_chunks()
    {
        var client = new ScriptedChatClient(ScriptedAnswer.Text("half ") with { Failure = new IOException("reset") });
        var heard = "";

        var reading = async () =>
        {
            await foreach (var update in client.GetStreamingResponseAsync(Hello, cancellationToken: TestEnds))
            {
                heard += update.Text;
            }
        };

        await reading.ShouldThrowAsync<IOException>();
        heard.ShouldBe("half ");
    }

    [Fact]
    public void Chunks_are_not_empty_and_make_the_whole()
    {
        var chunks = ScriptedAnswer.Text("abcdefg").InChunks(3).Chunks;

        chunks.Count.ShouldBe(3);
        string.Concat(chunks).ShouldBe("abcdefg");
        ScriptedAnswer.Text("ab").InChunks(10).Chunks.ShouldBe(["a", "b"]);
    }

    [Theory]
    [InlineData("pass", "PASS: why not", "PASS")]
    [InlineData("json", """{"will_respond":false,"response":"why not"}""", """{"will_respond":false,"response":""}""")]
    public void A_decision_is_written_in_whichever_protocol(string protocol, string withReason, string without)
    {
        var spoken = DecisionProtocols.Find(protocol);

        DecisionText.Write(new Decision.Pass("why not"), spoken).ShouldBe(withReason);
        DecisionText.Write(new Decision.Pass(""), spoken).ShouldBe(without);
        spoken.TryRead(ModelAnswer.Of(DecisionText.Write(new Decision.Speak("so \"be\" it"), spoken)), out var decision, out _).ShouldBeTrue();
        decision.ShouldBe(new Decision.Speak("so \"be\" it"));
    }

    [Fact]
    public void A_decision_that_its_protocol_cannot_say_is_misuse() =>
        Should.Throw<ArgumentException>(() => ScriptedAnswer.Speak("PASS", PassWordProtocol.Instance)).Message.ShouldContain("pass");
}
