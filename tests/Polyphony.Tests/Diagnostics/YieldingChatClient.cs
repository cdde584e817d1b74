using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Polyphony.Tests.Diagnostics;

/// <summary>A model that always answers the same, each time on whatever thread comes by.</summary>
internal sealed class YieldingChatClient(string answer) : IChatClient
{
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        yield return new(ChatRole.Assistant, answer);
        await Task.Yield();
        yield return new(ChatRole.Assistant, [new UsageContent(new() { InputTokenCount = 7, OutputTokenCount = 5 })]);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
