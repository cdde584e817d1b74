using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>An OpenAI-compatible server on loopback behind the personas.</summary>
public sealed class EndpointTests
{
    [Fact]
    public async Task A_model_behind_an_endpoint_speaks_for_the_personas()
    {
        using var server = new ModelServer(request => ModelServer.Streams(request) ? ModelServer.Stream("The wall ", "leans.") : ModelServer.Whole("ok"));
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--endpoint", server.Address, "--model", "tiny");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain(": The wall leans.");
        run.Error.ShouldContain("tiny");
        run.Error.ShouldNotContain("adapter card");
        server.Requests.ShouldAllBe(request => request.Contains("\"model\":\"tiny\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_layout_the_doctrine_and_the_voice_reach_the_model()
    {
        using var scratch = new Scratch();
        using var server = new ModelServer(request => ModelServer.Streams(request) ? ModelServer.Stream("PASS") : ModelServer.Whole("ok"));
        var run = await ProgramProcess.RunWithInputAsync(
            "hello there\n", "chat", "--endpoint", server.Address, "--model", "tiny", "--layout", "shared", "--doctrine", scratch.Write("d.txt", "Only rhymes here."), "--voice");

        run.ExitCode.ShouldBe(0, run.Error);
        var asked = server.Requests.Where(ModelServer.Streams).ToArray();
        asked.ShouldNotBeEmpty();
        asked.ShouldAllBe(r => r.Contains("Only rhymes here.") && r.Contains("live voice conversation") && r.Contains("You: hello there") && r.Contains("Decide: speak or stay silent."));
    }

    [Fact]
    public async Task A_model_that_passes_leaves_the_room_silent()
    {
        using var server = new ModelServer(request => ModelServer.Streams(request) ? ModelServer.Stream("PASS") : ModelServer.Whole("ok"));
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--endpoint", server.Address, "--model", "tiny");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.Trim().ShouldBe("You: hello");
    }

    [Fact]
    public async Task A_model_that_fails_is_a_failure_and_nothing_answers_in_its_place()
    {
        using var server = new ModelServer(request => ModelServer.Streams(request) ? new(500, "{}") : ModelServer.Whole("ok"));
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--endpoint", server.Address, "--model", "tiny");

        run.ExitCode.ShouldBe(1);
        run.Output.Trim().ShouldBe("You: hello");
        run.Error.ShouldContain("Failed: respond");
    }

    [Fact]
    public async Task A_server_that_is_not_there_keeps_every_persona_out()
    {
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--endpoint", "http://127.0.0.1:1/v1", "--model", "tiny");

        run.ExitCode.ShouldBe(1);
        run.Output.ShouldBeEmpty();
        run.Error.ShouldContain("AdapterWarmup");
    }
}
