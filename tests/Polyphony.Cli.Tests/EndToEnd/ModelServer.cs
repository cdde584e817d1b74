using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Polyphony.Cli.Tests.EndToEnd;

/// <summary>What a server answers.</summary>
/// <param name="Status">The status of HTTP.</param>
/// <param name="Body">The body, or its beginning.</param>
/// <param name="Endless">What comes again and again behind the body, until the client goes or has got a great deal of it.</param>
internal sealed record ModelAnswer(int Status, string Body, string? Endless = null);

/// <summary>A server on loopback that speaks the OpenAI protocol, one request after the other.</summary>
internal sealed class ModelServer : IDisposable
{
    /// <summary>What an endless answer ends at, so that a client that reads all of it does not hang.</summary>
    public const long MostBytes = 128 * 1024 * 1024;

    private const int MostRequests = 500;
    private readonly HttpListener _listener = new();
    private readonly List<string> _requests = [];
    private long _longest;

    public ModelServer(Func<string, ModelAnswer> answer)
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

    /// <summary>How many bytes of its longest answer the server got rid of.</summary>
    public long LongestAnswer => Volatile.Read(ref _longest);

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

    /// <summary>Whether the request wants its answer as a stream.</summary>
    public static bool Streams(string request) => request.Contains("\"stream\":true", StringComparison.Ordinal);

    /// <summary>An answer in one piece.</summary>
    public static ModelAnswer Whole(string text) => new(
        200,
        $$$"""{"id":"1","object":"chat.completion","created":1,"model":"tiny","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"{{{text}}}"}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""");

    /// <summary>An answer as a stream.</summary>
    public static ModelAnswer Stream(params string[] parts) => new(200, string.Concat(parts.Select(Part)) + "data: [DONE]\n\n");

    /// <summary>One event of a stream.</summary>
    public static string Part(string text) =>
        $$$"""data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"tiny","choices":[{"index":0,"delta":{"role":"assistant","content":"{{{text}}}"}}]}""" + "\n\n";

    public void Dispose() => _listener.Close();

    private async Task ServeAsync(Func<string, ModelAnswer> answer)
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

            await AnswerAsync(context.Response, answer(request));
        }
    }

    private async Task AnswerAsync(HttpListenerResponse response, ModelAnswer answer)
    {
        response.StatusCode = answer.Status;
        response.ContentType = answer.Body.StartsWith("data:", StringComparison.Ordinal) ? "text/event-stream" : "application/json";
        try
        {
            await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer.Body));
            var piece = answer.Endless is { } endless ? Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(endless, 64 * 1024 / endless.Length))) : [];
            for (var sent = 0L; piece.Length > 0 && sent < MostBytes; sent += piece.Length)
            {
                await response.OutputStream.WriteAsync(piece);
                _longest = Math.Max(_longest, sent + piece.Length);
            }

            response.Close();
        }
        catch (Exception gone) when (gone is HttpListenerException or IOException or ObjectDisposedException)
        {
            // The client has read enough.
        }
    }
}
