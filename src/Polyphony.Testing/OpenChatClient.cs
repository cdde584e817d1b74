using System.Diagnostics;
using System.Threading.Tasks.Sources;
using Microsoft.Extensions.AI;
using Polyphony.Inference;
using Polyphony.Turns;

namespace Polyphony.Testing;

/// <summary>
/// A model that the harness itself completes: every call is handed over as an <see cref="OpenCall"/>, and lasts until the harness says. No timer, no thread.
/// </summary>
/// <remarks>A call is not bound to its token; a turn that ends before it leaves it behind.</remarks>
public sealed class OpenChatClient : IChatClient
{
    private readonly Action<OpenCall> _onCall;

    /// <param name="onCall">Told of every call, on the caller's thread. It may complete the call at once, or keep it.</param>
    public OpenChatClient(Action<OpenCall> onCall)
    {
        ArgumentNullException.ThrowIfNull(onCall);
        _onCall = onCall;
    }

    /// <summary>How long the last completed call lasted, in <see cref="Stopwatch"/> ticks, as the harness measures it: from the call until its completion was asked for.</summary>
    public long LastCallTicks { get; internal set; }

    /// <inheritdoc/>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var call = new OpenCall(this, messages, options as PersonaChatOptions);
        _onCall(call);
        return call;
    }

    /// <inheritdoc/>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

/// <summary>One call of an <see cref="OpenChatClient"/>. Complete it or fail it, once; whoever waits for it goes on inside that very call.</summary>
public sealed class OpenCall : IAsyncEnumerable<ChatResponseUpdate>, IAsyncEnumerator<ChatResponseUpdate>, IValueTaskSource<bool>
{
    private readonly OpenChatClient _client;
    private ManualResetValueTaskSourceCore<bool> _core;
    private ChatResponseUpdate? _update;
    private bool _taken;

    internal OpenCall(OpenChatClient client, IEnumerable<ChatMessage> messages, PersonaChatOptions? options)
    {
        _client = client;
        Messages = messages;
        Offer = options?.Offer;
        EnteredAt = Stopwatch.GetTimestamp();
    }

    /// <summary>The prompt.</summary>
    public IEnumerable<ChatMessage> Messages { get; }

    /// <summary>What the call answers; null for a call outside a turn.</summary>
    public Offer? Offer { get; }

    /// <summary>When the call was made, as a <see cref="Stopwatch"/> timestamp.</summary>
    public long EnteredAt { get; }

    /// <inheritdoc/>
    ChatResponseUpdate IAsyncEnumerator<ChatResponseUpdate>.Current => _update!;

    /// <summary>Answers the call.</summary>
    /// <param name="text">All that the model writes.</param>
    public void Complete(string text)
    {
        _update = new(ChatRole.Assistant, text);
        _client.LastCallTicks = Stopwatch.GetTimestamp() - EnteredAt;
        _core.SetResult(true);
    }

    /// <summary>Fails the call.</summary>
    public void Fail(Exception error)
    {
        _client.LastCallTicks = Stopwatch.GetTimestamp() - EnteredAt;
        _core.SetException(error);
    }

    IAsyncEnumerator<ChatResponseUpdate> IAsyncEnumerable<ChatResponseUpdate>.GetAsyncEnumerator(CancellationToken cancellationToken) => this;

    ValueTask<bool> IAsyncEnumerator<ChatResponseUpdate>.MoveNextAsync()
    {
        if (_taken)
        {
            return ValueTask.FromResult(false);
        }

        _taken = true;
        return new(this, _core.Version);
    }

    ValueTask IAsyncDisposable.DisposeAsync() => ValueTask.CompletedTask;

    bool IValueTaskSource<bool>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
