using System.Net;
using System.Net.Sockets;

namespace Polyphony.Samples.OtlpWaterfall;

/// <summary>A collector of OTLP on loopback that keeps what it is sent by http/protobuf, uncompressed. Enough to look at a program by itself; not a service.</summary>
internal sealed class OtlpCollector : IDisposable
{
    private const int MostRequests = 10_000;
    private const int MostBytes = 64 * 1024 * 1024;

    private readonly HttpListener _listener = new();
    private readonly Lock _keeping = new();
    private readonly List<byte[]> _bodies = [];
    private readonly List<OtlpSpan> _spans = [];
    private readonly List<OtlpMetric> _metrics = [];

    public OtlpCollector()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        Address = new($"http://127.0.0.1:{port}/");
        _listener.Prefixes.Add(Address.AbsoluteUri);
        _listener.Start();
        _ = ServeAsync();
    }

    /// <summary>What <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> would be.</summary>
    public Uri Address { get; }

    /// <summary>Every span until now: a copy. A request is kept before it is answered, so a flushed exporter's spans are all here.</summary>
    public IReadOnlyList<OtlpSpan> Spans => Copy(_spans);

    /// <summary>Every metric until now, as often as it was sent: a copy.</summary>
    public IReadOnlyList<OtlpMetric> Metrics => Copy(_metrics);

    /// <summary>The requests as they came: a copy.</summary>
    public IReadOnlyList<byte[]> Bodies => Copy(_bodies);

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
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

            await AnswerAsync(context);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            if (context.Request.ContentLength64 is <= 0 or > MostBytes)
            {
                context.Response.StatusCode = (int)HttpStatusCode.LengthRequired;
            }
            else
            {
                var body = new byte[context.Request.ContentLength64];
                await context.Request.InputStream.ReadExactlyAsync(body);
                context.Response.StatusCode = (int)Keep(context.Request.Url?.AbsolutePath, body);
            }

            // An empty answer is an empty message: everything was taken.
            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
        }
        catch (Exception gone) when (gone is HttpListenerException or IOException or ObjectDisposedException)
        {
            // The exporter has gone, or this has.
        }
    }

    private HttpStatusCode Keep(string? path, byte[] body)
    {
        lock (_keeping)
        {
            try
            {
                switch (path)
                {
                    case "/v1/traces": _spans.AddRange(OtlpReader.Spans(body)); break;
                    case "/v1/metrics": _metrics.AddRange(OtlpReader.Metrics(body)); break;
                    default: return HttpStatusCode.NotFound;
                }
            }
            catch (Google.Protobuf.InvalidProtocolBufferException)
            {
                return HttpStatusCode.BadRequest;
            }

            _bodies.Add(body);
            return HttpStatusCode.OK;
        }
    }

    private IReadOnlyList<T> Copy<T>(List<T> kept)
    {
        lock (_keeping)
        {
            return [.. kept];
        }
    }
}
