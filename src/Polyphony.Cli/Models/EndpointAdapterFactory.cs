using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using OpenAI;
using Polyphony.Inference;

namespace Polyphony.Cli.Models;

/// <summary>Puts one model of an OpenAI-compatible server behind all personas: one client for the model, never one for each persona.</summary>
internal sealed class EndpointAdapterFactory : IPersonaAdapterFactory, IDisposable
{
    /// <summary>The environment variable that holds the server's key.</summary>
    public const string KeyVariable = "POLYPHONY_API_KEY";

    private readonly WarmClient _client;

    /// <param name="address">The server's base address; <c>/v1</c> is added where it has no path.</param>
    /// <param name="model">The model to ask there.</param>
    /// <param name="key">The server's key; null where it needs none.</param>
    public EndpointAdapterFactory(Uri address, string model, string? key)
    {
        var options = new OpenAIClientOptions
        {
            Endpoint = address.AbsolutePath is "" or "/" ? new Uri(address, "/v1") : address,

            // A failed call is a failed turn, told at once. The turn has its own deadline.
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
        };

        // The protocol wants a key in every call, also where the server ignores it.
        var client = new OpenAIClient(new ApiKeyCredential(string.IsNullOrEmpty(key) ? "none" : key), options);
        _client = new(client.GetChatClient(model).AsIChatClient());
    }

    public ValueTask<IChatClient> BuildAsync(InferenceProfile profile, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IChatClient>(_client);

    public void Dispose() => _client.Dispose();

    /// <summary>The shared client. Its first warm-up asks the server for one token; the others find it warm, or fail as the first did.</summary>
    private sealed class WarmClient(IChatClient inner) : DelegatingChatClient(inner), IAdapterWarmup
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
        private Task? _warm;

        public async ValueTask WarmUpAsync(InferenceProfile profile, CancellationToken cancellationToken) => await (_warm ??= AskAsync(cancellationToken));

        private async Task AskAsync(CancellationToken cancellationToken)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Patience);
            try
            {
                await GetResponseAsync([new(ChatRole.User, "Hi")], new() { MaxOutputTokens = 1 }, limit.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"the server did not answer within {Patience.TotalSeconds:0} s");
            }
        }
    }
}
