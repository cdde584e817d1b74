using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Polyphony.Samples.OtlpWaterfall;

/// <summary>Lets a mind that answers at once take the time of a small model: a while until the first word, and a little for each word.</summary>
internal sealed class SlowVoice(IChatClient inner) : DelegatingChatClient(inner)
{
    private static readonly TimeSpan ToFirstWord = TimeSpan.FromMilliseconds(120);
    private static readonly TimeSpan ForEachWord = TimeSpan.FromMilliseconds(10);

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Delay(ToFirstWord, TimeProvider.System, cancellationToken);
        await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
        {
            foreach (var word in update.Text.Split(' ').Select((word, i) => i == 0 ? word : " " + word))
            {
                yield return new(ChatRole.Assistant, word) { ModelId = update.ModelId };
                await Task.Delay(ForEachWord, TimeProvider.System, cancellationToken);
            }
        }
    }
}
