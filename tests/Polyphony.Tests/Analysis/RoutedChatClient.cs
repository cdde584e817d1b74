using Microsoft.Extensions.AI;

namespace Polyphony.Tests.Analysis;

/// <summary>One model for a room, as its personas share it: what it is asked of analyses goes to one double, and what it is asked of turns to another.</summary>
internal sealed class RoutedChatClient(IChatClient analyst, IChatClient speaker) : IChatClient
{
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("the stream is the only path");

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        (options is { ResponseFormat: ChatResponseFormatJson, Temperature: 0.2f } ? analyst : speaker).GetStreamingResponseAsync(messages, options, cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) => speaker.GetService(serviceType, serviceKey);

    public void Dispose()
    {
    }
}
