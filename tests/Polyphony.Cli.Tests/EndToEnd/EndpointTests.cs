using System.Net;
using System.Net.Sockets;
using System.Text;
using Polyphony.Cli.Tests.Commands;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>An OpenAI-compatible server on loopback behind the personas.</summary>
public sealed class EndpointTests
{
    [Fact]
    public async Task A_model_behind_an_endpoint_speaks_for_the_personas()
    {
        using var server = new Server(request => (200, request.Contains("\"stream\":true", StringComparison.Ordinal) ? Stream("The wall ", "leans.") : Whole("ok")));
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--endpoint", server.Address, "--model", "tiny");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain(": The wall leans.");
        run.Error.ShouldContain("tiny");
        run.Error.ShouldNotContain("adapter card");
        server.Requests.ShouldAllBe(request => request.Contains("\"model\":\"tiny\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_model_that_passes_leaves_the_room_silent()
    {
        using var server = new Server(request => (200, request.Contains("\"stream\":true", StringComparison.Ordinal) ? Stream("PASS") : Whole("ok")));
        var run = await ProgramProcess.RunWithInputAsync("hello\n", "chat", "--endpoint", server.Address, "--model", "tiny");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.Trim().ShouldBe("You: hello");
    }

    [Fact]
    public async Task A_model_that_fails_is_a_failure_and_nothing_answers_in_its_place()
    {
        using var server = new Server(request => request.Contains("\"stream\":true", StringComparison.Ordinal) ? (500, "{}") : (200, Whole("ok")));
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

    private static string Whole(string text) =>
        $$$"""{"id":"1","object":"chat.completion","created":1,"model":"tiny","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"{{{text}}}"}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";

    private static string Stream(params string[] parts) => string.Concat(parts.Select(part =>
        $$$"""data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"tiny","choices":[{"index":0,"delta":{"role":"assistant","content":"{{{part}}}"}}]}""" + "\n\n")) + "data: [DONE]\n\n";

    private sealed class Server : IDisposable
    {
        private const int MostRequests = 500;
        private readonly HttpListener _listener = new();
        private readonly List<string> _requests = [];

        public Server(Func<string, (int Status, string Body)> answer)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var port = ((IPEndPoint)probe.LocalEndpoint).Port;
            probe.Stop();
            Address = $"http://127.0.0.1:{port}/v1";
            _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            _listener.Start();
            _ = ServeAsync(answer);
        }

        public string Address { get; }

        public IReadOnlyList<string> Requests
        {
            get
            {
                lock (_requests)
                {
                    return [.. _requests];
                }
            }
        }

        public void Dispose() => _listener.Close();

        private async Task ServeAsync(Func<string, (int Status, string Body)> answer)
        {
            for (var i = 0; i < MostRequests; i++)
            {
                HttpListenerContext context;
                try
                {
                    context = await _listener.GetContextAsync();
                }
                catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }

                using var reader = new StreamReader(context.Request.InputStream);
                var request = await reader.ReadToEndAsync();
                lock (_requests)
                {
                    _requests.Add(request);
                }

                var (status, body) = answer(request);
                context.Response.StatusCode = status;
                context.Response.ContentType = body.StartsWith("data:", StringComparison.Ordinal) ? "text/event-stream" : "application/json";
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
                context.Response.Close();
            }
        }
    }
}
