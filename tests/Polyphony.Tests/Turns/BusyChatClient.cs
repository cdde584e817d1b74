using Microsoft.Extensions.AI;

namespace Polyphony.Tests.Turns;

/// <summary>A model whose every chunk is there at once, so that nobody ever waits for it.</summary>
internal sealed class BusyChatClient(IReadOnlyList<string> chunks, int at, Action then) : IChatClient
{
    public int Written { get; private set; }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("the loop streams");

#pragma warning disable CS1998 // The point is that it never waits.
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
#pragma warning restore CS1998
    {
        foreach (var chunk in chunks)
        {
            if (++Written == at)
            {
                then();
            }

            yield return new(ChatRole.Assistant, chunk);
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
