using Microsoft.Extensions.AI;
using Polyphony.Cli.Commands;
using Polyphony.Inference;
using Polyphony.Llama;
using Polyphony.Llama.Engine;
using Polyphony.Prompting;

namespace Polyphony.Cli.Models;

/// <summary>One model file, its engine, and one client on it for all personas.</summary>
internal sealed class LocalMind : IPersonaAdapterFactory, IDisposable
{
    private const int MostWindow = 4_096;
    private const int ReplyTokens = 256;

    // What a persona's own part of a prompt may take beside its reply.
    private const int TailTokens = 384;
    private const int MostLanes = 48;
    private const int SparePrefixes = 8;

    private readonly LlamaModel _model;
    private readonly LlamaEngine _engine;
    private readonly LlamaChatClient _client;
    private readonly int _window;
    private readonly int _replyTokens;

    private LocalMind(LlamaModel model, LlamaEngine engine, int window, int replyTokens)
    {
        (_model, _engine, _window, _replyTokens) = (model, engine, window, replyTokens);
        Name = Path.GetFileNameWithoutExtension(model.Path);
        _client = new(engine, new() { Model = Name, ReplyTokens = replyTokens });
    }

    /// <summary>Asks it; one for all personas.</summary>
    public IChatClient Client => _client;

    /// <summary>What it is called in reports.</summary>
    public string Name { get; }

    /// <summary>Opens a file and starts its engine.</summary>
    /// <param name="flag">What named the file.</param>
    /// <param name="file">The file.</param>
    /// <param name="personas">How many shall think at once.</param>
    /// <param name="replyTokens">The most tokens of a reply.</param>
    /// <exception cref="UsageException">The file cannot be used, or the engine is not there; the message says what to do.</exception>
    public static LocalMind Open(string flag, string file, int personas, int replyTokens = ReplyTokens)
    {
        LlamaModel? model = null;
        LlamaEngine? engine = null;
        try
        {
            model = LlamaModel.Open(LlamaLibrary.Load(), file);
            var window = Math.Min(MostWindow, model.TrainedContext);
            var lanes = Math.Clamp(personas + 1, 2, MostLanes);
            engine = LlamaEngine.Start(model, new() { ContextTokens = window + (lanes * (replyTokens + TailTokens)), Lanes = lanes, Prefixes = lanes + SparePrefixes });
            return new(model, engine, window, replyTokens);
        }
        catch (LlamaException unusable)
        {
            End(engine);
            model?.Dispose();
            throw new UsageException(flag, Quoted.OneLine(unusable.Message), unusable);
        }
    }

    /// <summary>The model as the program's registry has it.</summary>
    public ModelDescriptor Describe(Inference.Protocols.IDecisionProtocol protocol, PromptLayout layout) => new(Name, _window, protocol) { Layout = layout, ReplyTokens = _replyTokens, Tokens = _client.GetRequiredService<ITokenCounter>() };

    public ValueTask<IChatClient> BuildAsync(InferenceProfile profile, CancellationToken cancellationToken) => ValueTask.FromResult<IChatClient>(_client);

    public void Dispose()
    {
        End(_engine);
        _client.Dispose();
        _model.Dispose();
    }

    private static void End(LlamaEngine? engine) => engine?.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
