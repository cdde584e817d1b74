using Microsoft.Extensions.AI;
using Polyphony.Llama.Engine;
using Polyphony.Testing.Gguf;

namespace Polyphony.Llama.Tests;

/// <summary>A tiny model, its engine and a client on it; all gone when the test has ended.</summary>
internal sealed class ChatStage : IAsyncDisposable
{
    public static readonly EngineOptions Small = new() { ContextTokens = 8192, Lanes = 4, Prefixes = 8, Threads = 1, FullPrecision = true };

    private readonly Scratch _scratch = new();

    public ChatStage(EngineOptions? size = null, TimeProvider? time = null, LlamaChatOptions? options = null, GgufModelSpec? spec = null)
    {
        Model = Tests.Engine.Open(_scratch, spec);
        Engine = LlamaEngine.Start(Model, size ?? Small, time);
        Client = new(Engine, options ?? new() { ReplyTokens = 24 });
    }

    public LlamaModel Model { get; }

    public LlamaEngine Engine { get; }

    public LlamaChatClient Client { get; }

    /// <summary>A request of nobody that holds the engine's thread at one of its words.</summary>
    public Holder Hold(int words) => new(this, words);

    public async Task<ChatResponse> AskAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null) =>
        await Client.GetResponseAsync(messages, options, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Client.Dispose();
        Model.Dispose();
        _scratch.Dispose();
    }

    /// <summary>Holds the thread from <see cref="Reached"/> until it is ended.</summary>
    internal sealed class Holder : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly HeldConstraint _constraint;
        private readonly EngineRun _run;
        private bool _hasEnded;

        public Holder(ChatStage stage, int words)
        {
            _constraint = new(stage.Model, words);
            _run = stage.Engine.Submit(new() { Lane = new(new("nobody"), new("nowhere")), Prompt = stage.Model.Tokenize("Go on."), MaxTokens = 1000, Constraint = _constraint }, _end.Token);
        }

        public Task Reached => _constraint.Reached.Soon();

        public async ValueTask DisposeAsync()
        {
            if (_hasEnded)
            {
                return;
            }

            _hasEnded = true;
            await _end.CancelAsync();
            _constraint.Release();
            await _run.Answer.Soon();
            _constraint.Dispose();
            _end.Dispose();
        }
    }
}
