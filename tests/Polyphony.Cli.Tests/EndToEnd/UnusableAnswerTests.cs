using Polyphony.Cli.Models;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>Servers whose answers are no answers of a model: endless, or without a choice.</summary>
public sealed class UnusableAnswerTests
{
    private const string TooLong = "the server's answer has more than 16 MiB; check what answers at --endpoint";

    private const string NoChoice = "the server's answer holds no choice; check that --endpoint is an OpenAI-compatible chat server and --model one of its models";

    [Fact]
    public async Task A_stream_whose_line_never_ends_fails_its_turn_and_is_read_no_further()
    {
        await ShouldFailBoundedAsync(new(200, "data: ", Endless: "x"));
    }

    [Fact]
    public async Task A_stream_of_words_that_never_ends_fails_its_turn_and_is_read_no_further()
    {
        await ShouldFailBoundedAsync(new(200, ModelServer.Part("on "), Endless: ": still here\n\n"));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(500)]
    public async Task An_answer_that_never_ends_keeps_every_persona_out_and_is_read_no_further(int status)
    {
        using var server = new ModelServer(_ => new(status, "{", Endless: " "));
        var run = await ChatAsync(server);

        run.ExitCode.ShouldBe(1);
        run.Output.ShouldBeEmpty();
        run.Error.ShouldContain($"(AdapterWarmup): {TooLong}");
        server.LongestAnswer.ShouldBeLessThan(4 * BoundedAnswers.MostBytes);
    }

    [Fact]
    public async Task An_answer_without_a_choice_keeps_every_persona_out_and_says_what_to_check()
    {
        using var server = new ModelServer(_ => new(200, "{}"));
        var run = await ChatAsync(server);

        run.ExitCode.ShouldBe(1);
        run.Output.ShouldBeEmpty();
        run.Error.ShouldContain($"(AdapterWarmup): {NoChoice}");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("data: {}\n\ndata: [DONE]\n\n")]
    [InlineData("data: [DONE]\n\n")]
    public async Task A_stream_without_a_choice_fails_its_turn_and_says_what_to_check(string body)
    {
        using var server = new ModelServer(request => ModelServer.Streams(request) ? new(200, body) : ModelServer.Whole("ok"));
        var run = await ChatAsync(server);

        run.ExitCode.ShouldBe(1);
        run.Error.ShouldContain($"Failed: respond: {NoChoice}");
    }

    [Fact]
    public async Task A_stream_that_breaks_off_is_never_said_by_half()
    {
        using var server = new ModelServer(request => ModelServer.Streams(request) ? new(200, ModelServer.Part("The mill is old and it leans to")) : ModelServer.Whole("ok"));
        var run = await ChatAsync(server);

        run.ExitCode.ShouldBe(1);
        run.Output.Trim().ShouldBe("Guest: hello");
        run.Error.ShouldContain("Failed: respond: the server's answer broke off: its stream closed without a finish reason");
    }

    [Theory]
    [InlineData("data: [DONE]\n\n")]
    [InlineData("data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\": \"stop\"}]}\n\n")]
    public async Task A_stream_with_a_finish_reason_or_a_last_word_alone_is_whole(string end)
    {
        using var server = new ModelServer(request => ModelServer.Streams(request) ? new(200, ModelServer.Part("The mill is old.") + end) : ModelServer.Whole("ok"));
        var run = await ChatAsync(server);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain("The mill is old.");
    }

    private static async Task ShouldFailBoundedAsync(ModelAnswer endless)
    {
        using var server = new ModelServer(request => ModelServer.Streams(request) ? endless : ModelServer.Whole("ok"));
        var run = await ChatAsync(server);

        run.ExitCode.ShouldBe(1);
        run.Output.Trim().ShouldBe("Guest: hello");
        run.Error.ShouldContain($"Failed: respond: {TooLong}");
        server.LongestAnswer.ShouldBeLessThan(4 * BoundedAnswers.MostBytes);
    }

    private static Task<ProgramProcess> ChatAsync(ModelServer server) =>
        ProgramProcess.RunWithInputAsync("hello\n", "chat", "--endpoint", server.Address, "--model", "tiny");
}
