namespace Polyphony.Cli.Models;

/// <summary>
/// Reads no more of one answer of a server than <see cref="MostBytes"/>, streamed or whole: who serves must not be able to fill this machine's memory. And takes no stream that breaks off for a whole answer.
/// </summary>
internal sealed class BoundedAnswers : DelegatingHandler
{
    /// <summary>The most bytes one answer may have, with all that a protocol puts around its words: 16 MiB.</summary>
    public const int MostBytes = 16 * 1024 * 1024;

    // A key goes to the server that was named, and to no other.
    public BoundedAnswers()
        : base(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        var bounded = new StreamContent(new BoundedStream(
            await response.Content.ReadAsStreamAsync(cancellationToken), response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType == "text/event-stream" ? new() : null));
        foreach (var (name, values) in response.Content.Headers)
        {
            bounded.Headers.TryAddWithoutValidation(name, values);
        }

        response.Content = bounded;
        return response;
    }

    private sealed class BoundedStream(Stream inner, StreamEnd? end) : Stream
    {
        private int _left = MostBytes;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer) => Counted(inner.Read(buffer), buffer);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Counted(await inner.ReadAsync(buffer, cancellationToken), buffer.Span);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }

        private int Counted(int read, ReadOnlySpan<byte> buffer)
        {
            end?.Saw(buffer[..read], isAsked: buffer.Length > 0);
            _left -= read;
            return _left >= 0
                ? read
                : throw new UnusableAnswerException($"the server's answer has more than {MostBytes / 1024 / 1024} MiB; check what answers at --endpoint");
        }
    }
}
