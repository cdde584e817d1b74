using System.Text.Json;
using Polyphony.Cli.Tests.Commands;
using Polyphony.Inference.Protocols;

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
        asked.ShouldAllBe(r => r.Contains("Only rhymes here.") && r.Contains("live voice conversation") && r.Contains("Guest: hello there") && r.Contains("Decide: speak or stay silent."));
    }

    [Fact]
    public async Task A_model_that_passes_leaves_the_room_silent()
    {
        using var server = new ModelServer(request => ModelServer.Streams(request) ? ModelServer.Stream("PASS") : ModelServer.Whole("ok"));
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--endpoint", server.Address, "--model", "tiny");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.Trim().ShouldBe("Guest: hello");
    }

    [Fact]
    public async Task A_model_that_fails_is_a_failure_and_nothing_answers_in_its_place()
    {
        using var server = new ModelServer(request => ModelServer.Streams(request) ? new(500, "{}") : ModelServer.Whole("ok"));
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--endpoint", server.Address, "--model", "tiny");

        run.ExitCode.ShouldBe(1);
        run.Output.Trim().ShouldBe("Guest: hello");
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

    [Fact]
    public async Task A_grammar_goes_to_the_server_in_the_body()
    {
        using var server = new ModelServer(request => ModelServer.Streams(request)
            ? ModelServer.Stream("{\\\"will_respond\\\": true, ", "\\\"response\\\": \\\"The wall leans.\\\"}")
            : ModelServer.Whole("ok"));
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--endpoint", server.Address, "--model", "tiny", "--protocol", "json-grammar");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain(": The wall leans.");
        run.Error.ShouldContain("decision protocol json-grammar");
        var asked = JsonDocument.Parse(server.Requests.First(ModelServer.Streams)).RootElement;
        asked.GetProperty("grammar").GetString().ShouldBe(JsonGrammarProtocol.Grammar);
        asked.TryGetProperty("response_format", out _).ShouldBeFalse();
        asked.GetProperty("model").GetString().ShouldBe("tiny");
        asked.GetProperty("messages").GetArrayLength().ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Tools_are_offered_and_one_is_required_and_its_call_is_the_decision()
    {
        const string Call =
            """
            data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"tiny","choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"speak","arguments":"{\"text\": \"The wall leans.\"}"}}]}}]}

            data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"tiny","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

            data: [DONE]


            """;
        using var server = new ModelServer(request => ModelServer.Streams(request) ? new(200, Call) : ModelServer.Whole("ok"));
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--endpoint", server.Address, "--model", "tiny", "--protocol", "tools");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain(": The wall leans.");
        var asked = JsonDocument.Parse(server.Requests.First(ModelServer.Streams)).RootElement;
        asked.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("function").GetProperty("name").GetString()).ShouldBe(["speak", "pass"]);
        asked.GetProperty("tool_choice").GetString().ShouldBe("required");
        asked.GetProperty("parallel_tool_calls").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task An_answer_that_the_server_cut_off_is_a_failure_that_says_so_and_a_probe_tells_it()
    {
        using var scratch = new Scratch();
        using var server = new ModelServer(request => ModelServer.Streams(request)
            ? new(200, ModelServer.Part("I was about to say that") +
                """data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"tiny","choices":[{"index":0,"delta":{},"finish_reason":"length"}]}""" + "\n\ndata: [DONE]\n\n")
            : ModelServer.Whole("ok"));
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--endpoint", server.Address, "--model", "tiny", "--probes", scratch.At("run.jsonl"));

        run.ExitCode.ShouldBe(1);
        run.Output.Trim().ShouldBe("Guest: hello");
        run.Error.ShouldContain("cut off at the length limit");
        (await File.ReadAllTextAsync(scratch.At("run.jsonl"), TestContext.Current.CancellationToken)).ShouldContain("\"finish_reason\":\"length\"");
    }
}
