using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using OpenAI;
using Polyphony.Inference;

namespace Polyphony.Cli.Models;

/// <summary>Puts one model of an OpenAI-compatible server behind all personas: one client for the model, never one for each persona.</summary>
internal sealed class EndpointAdapterFactory : IPersonaAdapterFactory, IDisposable
{
    /// <summary>The environment variable that holds the server's key.</summary>
    public const string KeyVariable = "POLYPHONY_API_KEY";

    private readonly HttpClient _http = new(new BoundedAnswers()) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly WarmClient _client;
    private readonly OpenAIClient _server;

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
            Transport = new HttpClientPipelineTransport(_http),
        };

        // The protocol wants a key in every call, also where the server ignores it.
        _server = new OpenAIClient(new ApiKeyCredential(string.IsNullOrEmpty(key) ? "none" : key), options);
        _client = new(_server.GetChatClient(model).AsIChatClient());
    }

    /// <summary>The model, as all personas share it.</summary>
    public IChatClient Client => _client;

    public ValueTask<IChatClient> BuildAsync(InferenceProfile profile, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IChatClient>(_client);

    /// <summary>An embedding model of the same server.</summary>
    public IEmbeddingGenerator<string, Embedding<float>> EmbeddingsOf(string model) => _server.GetEmbeddingClient(model).AsIEmbeddingGenerator();

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
    }

    /// <summary>
    /// The shared client. Its first warm-up asks the server for one token; the others find it warm, or fail as the first did. An answer without a choice is a failure
    /// that says so, however the packages below take it.
    /// </summary>
    private sealed class WarmClient(IChatClient inner) : DelegatingChatClient(inner), IAdapterWarmup
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
        private Task? _warm;

        public async ValueTask WarmUpAsync(InferenceProfile profile, CancellationToken cancellationToken) => await (_warm ??= AskAsync(cancellationToken));

        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            try
            {
                return await base.GetResponseAsync(messages, EndpointGrammar.InBody(options), cancellationToken);
            }
            catch (ArgumentOutOfRangeException)
            {
                // What taking the first of no choices throws.
                throw WithoutChoice();
            }
        }

        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var hasChoice = false;
            await foreach (var update in base.GetStreamingResponseAsync(messages, EndpointGrammar.InBody(options), cancellationToken))
            {
                hasChoice |= update.Role is not null || update.FinishReason is not null || update.Contents.Any(content => content is not UsageContent);
                yield return update;
            }

            if (!hasChoice)
            {
                throw WithoutChoice();
            }
        }

        private static UnusableAnswerException WithoutChoice() => new(
            "the server's answer holds no choice; check that --endpoint is an OpenAI-compatible chat server and --model one of its models");

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
